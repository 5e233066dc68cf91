#include "common/desk/post.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/mail/compose.h"
#include "common/store/inbound.h"
#include "common/store/statements.h"
#include "common/text/markdown.h"

/* --- what is taken ---------------------------------------------------------------- */

static bool
check_words(const struct post_words *words, GError **error)
{
    size_t bytes = 0;
    g_autofree char *trimmed = g_strstrip(g_strdup(words->text));

    for (size_t i = 0; i < words->n_files; i++)
        bytes += words->files[i].content.n;
    if (!*trimmed && words->n_files == 0)
        return error_set(error, ERR_REJECT, "there are no words in this message");
    if (strlen(words->text) > LIMIT_POST_BYTES)
        return error_set(error, ERR_REJECT, "the message is longer than %d characters",
                         LIMIT_POST_BYTES);
    if (words->n_files > LIMIT_POST_FILES || bytes > LIMIT_POST_FILE_BYTES)
        return error_set(error, ERR_REJECT, "more than %d files, or more than %d MB",
                         LIMIT_POST_FILES, LIMIT_POST_FILE_BYTES >> 20);
    return true;
}

/* --- the message ------------------------------------------------------------------ */

/* One line without control characters: what may stand in a header. */
static char *
one_line(const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);

    for (const char *c = text; *c; c = g_utf8_next_char(c)) {
        gunichar u = g_utf8_get_char(c);
        g_string_append_unichar(
            out, g_unichar_iscntrl(u) || u == 0x2028 || u == 0x2029 ? ' ' : u);
    }
    return g_strstrip(g_string_free(g_steal_pointer(&out), FALSE));
}

/* Whatever the browser called it: only type/subtype, and never a type that a mail reader
   would take for structure of the mail. */
static bool
is_plain_type(const char *type)
{
    size_t slashes = 0;

    for (const char *c = type; *c; c++) {
        slashes += *c == '/';
        if (!g_ascii_isalnum(*c) && !strchr("/-.+", *c))
            return false;
    }
    return slashes == 1 && strlen(type) < 100
           && g_ascii_strncasecmp(type, "multipart/", 10) != 0
           && g_ascii_strncasecmp(type, "message/", 8) != 0;
}

static void
attachment_clear(void *data)
{
    struct mail_attachment *attachment = data;
    g_free((char *)(uintptr_t)attachment->name);
    g_bytes_unref(attachment->content);
}

static GArray *
attachments_of(const struct post_words *words)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(struct mail_attachment));

    g_array_set_clear_func(list, attachment_clear);
    for (size_t i = 0; i < words->n_files; i++) {
        const struct post_file *file = &words->files[i];
        struct mail_attachment attachment = {
            .name = one_line(file->name),
            .content_type = is_plain_type(file->content_type) ? file->content_type : NULL,
            .content = g_bytes_new_static(file->content.p, file->content.n),
        };
        g_array_append_val(list, attachment);
    }
    return list;
}

static GBytes *
compose(const struct post_words *words, const char *subject, const char *queue_address,
        const char *queue_name, GError **error)
{
    char id[UUID_TEXT_SIZE];
    g_autofree char *line = one_line(subject);
    g_autofree char *name = one_line(words->author->name);
    g_autofree char *message_id = g_strdup_printf("%s@%s", uuid_format(uuid_make(), id),
                                                  strrchr(queue_address, '@') + 1);
    g_autofree char *html = markdown_html(slice_from(words->text));
    g_autoptr(GArray) attachments = attachments_of(words);
    const struct mail_box to[] = { { queue_name, queue_address }, { NULL, NULL } };
    const struct mail_draft draft = {
        .from = { name, words->author->address },
        .to = to,
        .subject = line,
        .message_id = message_id,
        .date_us = clock_now_us(),
        .text = words->text,
        .html = *html ? html : NULL,
        .attachments = (const struct mail_attachment *)(const void *)attachments->data,
        .n_attachments = attachments->len,
    };
    return mail_compose(&draft, error);
}

/* --- into the desk ---------------------------------------------------------------- */

/* Put it where all that comes in is; only its message makes it visible to its author, so it
   is finished after that. */
static bool
store(const struct desk_context *desk, const Ticket *ticket, GBytes *raw,
      const char *author, struct uuid *ret_inbound, GError **error)
{
    const char *recipients[] = { ticket->queue_address, NULL };
    gsize n = 0;
    const char *bytes = g_bytes_get_data(raw, &n);
    struct inbound_new new = {
        .id = uuid_make(),
        .door = desk->door,
        .envelope_from = author,
        .recipients = recipients,
        .size = (int64_t)n,
        .raw = { bytes, n },
    };
    *ret_inbound = new.id;
    return inbound_add(desk->tx, &new, error);
}

static bool
say(const struct desk_context *desk, const Ticket *ticket, enum apply_voice voice,
    const struct post_words *words, struct uuid *ret_message, GError **error)
{
    struct apply_message message = { .voice = voice,
                                     .author = words->author,
                                     .text = words->text,
                                     .evidence = words->evidence,
                                     .received_at = clock_now_us() };
    g_autoptr(GBytes) raw =
        compose(words, ticket->subject, ticket->queue_address, ticket->queue_name, error);
    if (!raw)
        return false;
    struct slice bytes = { g_bytes_get_data(raw, NULL), g_bytes_get_size(raw) };
    g_autoptr(Mail) mail = mail_parse(bytes, NULL, error);
    if (!mail
        || !store(desk, ticket, raw, words->author->address, &message.inbound, error))
        return false;
    message.mail = mail;
    return apply_say(desk, ticket, &message, ret_message, error)
           && inbound_finish(desk->tx, message.inbound, "done", "applied", NULL, error);
}

bool
post_say(const struct desk_context *desk, struct uuid conversation,
         enum apply_voice voice, const struct post_words *words, struct uuid *ret_message,
         GError **error)
{
    if (!check_words(words, error))
        return false;
    g_autoptr(Ticket) ticket =
        ticket_get(desk->tx, conversation, words->author->id, error);
    return ticket && say(desk, ticket, voice, words, ret_message, error);
}

static bool
first_queue(DbTx *tx, struct uuid *ret_queue, GError **error)
{
    g_autoptr(DbRows) rows = db_query(tx, SQL_QUEUE_FIRST, error);
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0)
        return error_set(error, ERR_CONFLICT, "this help desk has no queue yet");
    *ret_queue = db_get_uuid(rows, 0, 0);
    return true;
}

bool
post_open(const struct desk_context *desk, const struct post_opening *opening,
          const struct post_words *words, struct uuid *ret_conversation, GError **error)
{
    struct uuid queue = opening->queue, message;
    g_autofree char *subject = one_line(opening->subject);

    if (!check_words(words, error))
        return false;
    if (!*subject || g_utf8_strlen(subject, -1) > LIMIT_POST_SUBJECT_CHARS)
        return error_set(error, ERR_REJECT, "a subject of 1 to %d characters is needed",
                         LIMIT_POST_SUBJECT_CHARS);
    if (uuid_is_nil(queue) && !first_queue(desk->tx, &queue, error))
        return false;
    const struct apply_opening apply = { .channel = opening->channel,
                                         .source = opening->source,
                                         .queue = queue,
                                         .requester = words->author,
                                         .subject = subject,
                                         .category = opening->category,
                                         .priority = opening->priority,
                                         .custom_fields = opening->custom_fields,
                                         .evidence = "opened it while signed in" };
    if (!apply_open(desk, &apply, ret_conversation, error))
        return false;
    g_autoptr(Ticket) ticket =
        ticket_get(desk->tx, *ret_conversation, words->author->id, error);
    return ticket && say(desk, ticket, VOICE_CUSTOMER_OPENS, words, &message, error);
}
