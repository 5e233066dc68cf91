#include "maild/send/render.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/desk/capability.h"
#include "common/desk/document.h"
#include "common/mail/compose.h"
#include "common/mail/mail.h"
#include "common/store/statements.h"
#include "maild/send/headers.h"

void
rendered_clear(struct rendered *rendered)
{
    g_clear_pointer(&rendered->bytes, g_bytes_unref);
    g_clear_pointer(&rendered->envelope_from, g_free);
    g_clear_pointer(&rendered->rfc_message_id, g_free);
}

struct rendering {
    DbTx *tx;
    const struct render_setting *setting;
    const OutboxMail *mail;
    json_t *document;
    GArray *attachments; /* struct mail_attachment: owns name, type and content */
};

/* --- attachments ------------------------------------------------------------------ */

static void
attachment_clear(void *data)
{
    struct mail_attachment *a = data;
    g_free((char *)a->name);
    g_free((char *)a->content_type);
    g_bytes_unref(a->content);
}

/* What the document says of the attachment with this number. */
static json_t *
described(const struct rendering *r, int64_t ordinal)
{
    json_t *list =
        json_object_get(json_object_get(r->document, "message"), "attachments");
    json_t *entry;
    size_t i;
    json_array_foreach(list, i,
                       entry) if (json_integer_value(json_object_get(entry, "ordinal"))
                                  == ordinal) return entry;
    return NULL;
}

static bool
attach(struct rendering *r, const OutboxAttachment *a, GError **error)
{
    struct slice raw = { g_bytes_get_data(a->content, NULL),
                         g_bytes_get_size(a->content) };
    const struct mail_part part = { .encoding = a->encoding, .length = raw.n };
    GBytes *content = mail_part_decode(raw, &part, error);
    if (!content)
        return false;

    const char *name =
        json_string_value(json_object_get(described(r, a->ordinal), "name"));
    struct mail_attachment attachment = {
        .name = headers_one_line(name ? name : a->name),
        .content_type = g_strdup(a->content_type),
        .content = content,
    };
    g_array_append_val(r->attachments, attachment);
    return true;
}

/* A link that opens one part of the message for the recipient; part 0 is all of it. */
static char *
make_link(const struct rendering *r, int64_t ordinal, GError **error)
{
    const Config *config = r->setting->config;
    struct slice key = capability_keys_of(config).present;
    const struct capability capability = {
        .tenant = db_tx_tenant(r->tx),
        .id = uuid_make(),
        .kind = CAPABILITY_PART,
        .conversation = r->mail->conversation,
        .person = r->mail->person,
        .message = r->mail->message,
        .ordinal = ordinal,
        .expires_at = clock_now_us() + LIMIT_LINK_DAYS * CLOCK_DAY,
    };
    if (!capability_add(r->tx, key, &capability, error))
        return NULL;
    g_autofree char *token = capability_token(key, &capability);
    return g_strdup_printf("%s/attachments/%s", config->portal.base_url, token);
}

/* The portal as this tenant's people know it. */
static char *
portal_url(const struct rendering *r, GError **error)
{
    const char *base_url = r->setting->config->portal.base_url;
    g_autoptr(DbRows) rows = db_query(r->tx, SQL_PORTAL_HOME, error);
    if (!rows)
        return NULL;
    if (db_is_null(rows, 0, 0))
        return g_strdup(base_url);
    return g_strdup_printf("%s://%s",
                           g_str_has_prefix(base_url, "https:") ? "https" : "http",
                           db_get_text(rows, 0, 0));
}

/* What shows a customer their ticket, and lets them answer, without a sign-in. */
static bool
add_links(struct rendering *r, GError **error)
{
    json_t *links = json_object_get(r->document, "links");
    struct slice key = capability_keys_of(r->setting->config).present;
    const struct capability capability = {
        .tenant = db_tx_tenant(r->tx),
        .id = uuid_make(),
        .kind = CAPABILITY_VIEW,
        .conversation = r->mail->conversation,
        .person = r->mail->person,
        .expires_at = clock_now_us() + LIMIT_VIEW_DAYS * CLOCK_DAY,
    };
    g_autofree char *portal = portal_url(r, error);
    if (!portal)
        return false;
    json_object_set_new(links, "portal", json_string(portal));
    if (!headers_is_outside(r->mail) || uuid_is_nil(r->mail->conversation)
        || uuid_is_nil(r->mail->person))
        return true;
    if (!capability_add(r->tx, key, &capability, error))
        return false;
    g_autofree char *token = capability_token(key, &capability);
    g_autofree char *url = g_strdup_printf("%s/t/%s", portal, token);
    json_object_set_new(links, "ticket", json_string(url));
    return true;
}

static bool
link_to(struct rendering *r, const OutboxAttachment *a, GError **error)
{
    g_autofree char *url = make_link(r, a->ordinal, error);
    if (!url)
        return false;
    json_object_set_new(described(r, a->ordinal), "url", json_string(url));
    return true;
}

/* What we made of a mail may be wrong: an agent finds the original behind this link. */
static bool
add_original(struct rendering *r, GError **error)
{
    json_t *message = json_object_get(r->document, "message");
    if (!json_is_object(message) || headers_is_outside(r->mail)
        || !headers_passes_attachments(r->mail->template))
        return true;
    g_autofree char *url = make_link(r, CAPABILITY_WHOLE, error);
    if (!url)
        return false;
    json_object_set_new(message, "original_url", json_string(url));
    return true;
}

static bool
add_attachments(struct rendering *r, GError **error)
{
    const json_t *message = json_object_get(r->document, "message");
    if (!json_is_true(json_object_get(message, "has_attachments"))
        || !headers_passes_attachments(r->mail->template))
        return true;

    g_autoptr(GPtrArray) list =
        outbox_attachments(r->tx, r->mail->message, LIMIT_ATTACHED_BYTES, error);
    if (!list)
        return false;
    for (size_t i = 0; i < list->len; i++) {
        const OutboxAttachment *a = list->pdata[i];
        if (!(a->content ? attach(r, a, error) : link_to(r, a, error)))
            return false;
    }
    return true;
}

/* --- addresses -------------------------------------------------------------------- */

/* The secret may have changed since the row was made: the token is of the one that its
   digest belongs to. */
static char *
reply_address(const struct rendering *r)
{
    const OutboxMail *mail = r->mail;
    struct capability_keys keys = capability_keys_of(r->setting->config);
    const struct capability capability = {
        .tenant = db_tx_tenant(r->tx),
        .id = mail->capability.id,
        .kind = CAPABILITY_REPLY,
        .conversation = mail->capability.conversation,
        .person = mail->person,
        .expires_at = mail->capability.expires_at,
    };
    const struct slice candidates[] = { keys.present, keys.previous };
    if (uuid_is_nil(capability.id) || !mail->queue_address)
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(candidates) && candidates[i].n; i++) {
        g_autofree char *token = capability_token(candidates[i], &capability);
        struct sha256 digest = capability_digest(slice_from(token));
        if (memcmp(digest.b, mail->capability.digest.b, SHA256_SIZE) == 0)
            return capability_address(mail->queue_address, token);
    }
    return NULL;
}

static char *
message_id(const OutboxMail *mail)
{
    char id[UUID_TEXT_SIZE];
    return mail->rfc_message_id ? g_strdup(mail->rfc_message_id)
                                : g_strdup_printf("%s@%s", uuid_format(uuid_make(), id),
                                                  mail->tenant_name);
}

/* --- the whole -------------------------------------------------------------------- */

static char *
optional_line(const char *text)
{
    g_autofree char *line = text ? headers_one_line(text) : NULL;
    return line && *line ? g_steal_pointer(&line) : NULL;
}

static GBytes *
compose(const struct rendering *r, const struct rendered_mail *words,
        const char *reply_to, const char *const *references, const char *id,
        GError **error)
{
    const OutboxMail *mail = r->mail;
    const char *own =
        mail->queue_address ? mail->queue_address : r->setting->config->administrator;
    const char *automatic = headers_auto_submitted(mail);
    bool outside = headers_is_outside(mail);
    size_t n = g_strv_length((char **)references);
    g_autofree char *from = headers_from_name(mail, r->document);
    g_autofree char *to = headers_one_line(mail->recipient_name);
    g_autofree char *queue = optional_line(mail->queue_name);
    g_autofree char *subject = headers_one_line(words->subject);
    g_autofree char *topic = outside ? optional_line(mail->thread_topic) : NULL;
    g_autofree char *index = outside ? headers_thread_index(mail) : NULL;

    const struct mail_box tos[] = { { to, mail->address }, { NULL, NULL } };
    const struct mail_box replies[] = { { queue, reply_to }, { NULL, NULL } };
    const struct mail_draft draft = {
        .from = { from, own },
        .to = tos,
        .reply_to = replies,
        .subject = subject,
        .message_id = id,
        .in_reply_to = n ? references[n - 1] : NULL,
        .references = references,
        .date_us = clock_now_us(),
        .auto_submitted = automatic,
        .loop_address = automatic ? own : NULL,
        .thread_topic = topic,
        .thread_index = index,
        .text = words->text,
        .html = words->html,
        .attachments = (const struct mail_attachment *)(void *)r->attachments->data,
        .n_attachments = r->attachments->len,
    };
    if (!own) {
        error_set(error, ERR_REJECT, "the tenant has no queue to send this from");
        return NULL;
    }
    return mail_compose(&draft, error);
}

static bool
find_references(const struct rendering *r, char ***ret_references, GError **error)
{
    g_autofree char *answers = NULL;
    g_auto(GStrv) seen = NULL;
    if (headers_is_outside(r->mail)
        && !outbox_thread(r->tx, r->mail->id, &answers, &seen, error))
        return false;
    *ret_references = headers_references(r->mail, (const char *const *)seen, answers);
    return true;
}

static bool
render(struct rendering *r, struct rendered *ret, GError **error)
{
    const OutboxMail *mail = r->mail;
    g_auto(rendered_mail) words = { NULL, NULL, NULL };
    g_auto(GStrv) references = NULL;

    if (!add_attachments(r, error) || !add_original(r, error) || !add_links(r, error)
        || !find_references(r, &references, error)
        || !template_set_render_mail(r->setting->templates, mail->tenant_name,
                                     mail->locale, mail->template, r->document, &words,
                                     error))
        return false;

    g_autofree char *reply_to = reply_address(r);
    g_autofree char *id = message_id(mail);
    GBytes *bytes =
        compose(r, &words, reply_to, (const char *const *)references, id, error);
    if (!bytes)
        return false;
    ret->bytes = bytes;
    ret->envelope_from = g_strdup(headers_envelope_from(mail, reply_to));
    ret->rfc_message_id = g_steal_pointer(&id);
    return true;
}

bool
render_mail(DbTx *tx, const struct render_setting *setting, const OutboxMail *mail,
            struct rendered *ret, GError **error)
{
    g_autoptr(json_t) document =
        document_for_outbox(tx, mail->id, setting->config->carry_decrypted, error);
    if (!document)
        return false;
    struct rendering r = {
        .tx = tx,
        .setting = setting,
        .mail = mail,
        .document = document,
        .attachments = g_array_new(FALSE, FALSE, sizeof(struct mail_attachment)),
    };
    g_array_set_clear_func(r.attachments, attachment_clear);
    bool good = render(&r, ret, error);
    g_array_unref(r.attachments);
    return good;
}
