#include "maild/send/headers.h"

#include <string.h>

/* Outlook's is base64 of 22 bytes and 5 more an answer: this is of more than fifty. It has
   no spaces to fold at. */
#define THREAD_INDEX_CHARS 400

/* How each template's mail presents itself. */
static const struct manner {
    const char *template;
    enum { BY_DESK, BY_AUTHOR, BY_ACTOR } voice; /* whose name stands in From */
    bool replies;                                /* it answers the recipient's own mail */
    bool passes_attachments;
} manners[] = {
    { "acknowledgement", BY_DESK, true, false },
    { "answer", BY_AUTHOR, false, true },
    { "resolved", BY_DESK, true, false },
    { "new_ticket", BY_AUTHOR, false, true },
    { "customer_reply", BY_AUTHOR, false, true },
    { "note", BY_AUTHOR, false, true },
    { "agent_answer", BY_AUTHOR, false, true },
    { "assigned", BY_ACTOR, false, false },
    { "status", BY_ACTOR, false, false },
    { "rated", BY_ACTOR, false, false },
    { "escalated", BY_ACTOR, false, false },
    { "merged", BY_ACTOR, false, false },
    { "split", BY_ACTOR, false, false },
    { "delivery_failed", BY_DESK, false, false },
    { "refused", BY_DESK, true, false },
    { "transcript", BY_DESK, true, false },
    { "alarm", BY_DESK, false, false },
};

static const struct manner *
manner_of(const char *template)
{
    static const struct manner plain = { "", BY_DESK, false, false };
    for (size_t i = 0; i < G_N_ELEMENTS(manners); i++)
        if (strcmp(manners[i].template, template) == 0)
            return &manners[i];
    return &plain;
}

bool
headers_is_outside(const OutboxMail *mail)
{
    return strcmp(mail->role, "requester") == 0 || strcmp(mail->role, "cc") == 0;
}

bool
headers_passes_attachments(const char *template)
{
    return manner_of(template)->passes_attachments;
}

static bool
breaks_line(gunichar c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
}

char *
headers_one_line(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *line = g_string_new(NULL);
    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        g_string_append_unichar(line, breaks_line(c) ? ' ' : c);
    }
    return g_strstrip(g_string_free(line, FALSE));
}

/* --- From ------------------------------------------------------------------------- */

static const char *
text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text && *text ? text : NULL;
}

static const char *
speaker(const OutboxMail *mail, const json_t *document)
{
    const json_t *message = json_object_get(document, "message");
    const json_t *author = json_object_get(message, "author");
    const char *name = text_at(author, "name");
    switch (manner_of(mail->template)->voice) {
    case BY_AUTHOR:
        return name ? name : text_at(author, "address");
    case BY_ACTOR:
        return text_at(json_object_get(document, "actor"), "name");
    case BY_DESK:
        break;
    }
    return NULL;
}

char *
headers_from_name(const OutboxMail *mail, const json_t *document)
{
    const char *name = speaker(mail, document);
    const char *queue = mail->queue_name ? mail->queue_name : "Postern";
    g_autofree char *whole = !name || strcmp(name, queue) == 0 ? g_strdup(queue)
                             : headers_is_outside(mail)
                                 ? g_strdup_printf("%s (%s)", name, queue)
                                 : g_strdup_printf("%s via %s", name, queue);
    return headers_one_line(whole);
}

/* --- machines --------------------------------------------------------------------- */

const char *
headers_auto_submitted(const OutboxMail *mail)
{
    if (headers_is_outside(mail))
        return mail->automatic ? "auto-replied" : NULL;
    return manner_of(mail->template)->replies ? "auto-replied" : "auto-generated";
}

const char *
headers_envelope_from(const OutboxMail *mail, const char *reply_to)
{
    bool answers =
        headers_is_outside(mail) ? mail->automatic : manner_of(mail->template)->replies;
    if (answers || !reply_to)
        return "";
    return reply_to;
}

/* --- threads ---------------------------------------------------------------------- */

/* Others choose their Message-IDs; not all of them can be repeated. */
static bool
can_stand(const char *id)
{
    size_t n = strlen(id);
    for (size_t i = 0; i < n; i++)
        if (!g_ascii_isgraph(id[i]) || id[i] == '<' || id[i] == '>')
            return false;
    return n > 0 && n <= 900;
}

static void
add_id(GStrvBuilder *ids, const char *id)
{
    if (id && can_stand(id))
        g_strv_builder_add(ids, id);
}

char **
headers_references(const OutboxMail *mail, const char *const *seen, const char *answers)
{
    g_autoptr(GStrvBuilder) ids = g_strv_builder_new();
    char conversation[UUID_TEXT_SIZE];

    if (headers_is_outside(mail)) {
        for (size_t i = 0; seen && seen[i]; i++)
            if (g_strcmp0(seen[i], answers) != 0)
                add_id(ids, seen[i]);
        add_id(ids, answers);
    } else if (!uuid_is_nil(mail->conversation)) {
        g_autofree char *root = g_strdup_printf(
            "%s@%s", uuid_format(mail->conversation, conversation), mail->tenant_name);
        add_id(ids, mail->carried_message_id);
        add_id(ids, root);
    }
    return g_strv_builder_end(ids);
}

char *
headers_thread_index(const OutboxMail *mail)
{
    g_autoptr(GString) index = g_string_new(NULL);
    for (const char *p = mail->thread_index; p && *p; p++) {
        if (*p == ' ' || *p == '\t')
            continue; /* it was folded */
        if (!g_ascii_isalnum(*p) && *p != '+' && *p != '/' && *p != '=')
            return NULL;
        g_string_append_c(index, *p);
    }
    return index->len > 0 && index->len <= THREAD_INDEX_CHARS ? g_strdup(index->str)
                                                              : NULL;
}
