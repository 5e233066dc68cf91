#include "maild/imap/imap.h"

#include <libetpan/mailimap.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/limits.h"

#define SLOWEST_BYTES_PER_SECOND (16u << 10)

struct Imap {
    Stream *stream;
    mailimap *session;
};

struct ImapMessages {
    clist *answers; /* of struct mailimap_msg_att: where the bodies lie */
    GArray *messages;
};

typedef struct mailimap_response MailimapResponse;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailimapResponse, mailimap_response_free)

/* --- errors ----------------------------------------------------------------------- */

/* The server's own words, which may be anything. */
static char *
said(const Imap *imap)
{
    const char *text = imap->session->imap_response;
    g_autofree char *words =
        g_utf8_make_valid(text ? text : "", text ? (gssize)strnlen(text, 200) : 0);
    return g_strdup(g_strstrip(words));
}

static bool
failed(Imap *imap, int code, GError **error)
{
    GError *reason = stream_take_error(imap->stream);
    if (reason) {
        g_propagate_error(error, reason);
        return false;
    }
    if (code == MAILIMAP_ERROR_STREAM)
        return error_set(error, ERR_RETRY, "the connection broke");
    return error_set(error, ERR_RETRY, "the server's answer is not IMAP (libetpan: %d)",
                     code);
}

/* --- begin and end ---------------------------------------------------------------- */

Imap *
imap_greet(Stream *take_stream, bool *ret_preauth, GError **error)
{
    g_autoptr(Imap) imap = g_new0(Imap, 1);
    imap->stream = take_stream;
    imap->session = mailimap_new(0, NULL);

    stream_arm(imap->stream, LIMIT_IMAP_SECONDS, 0);
    int code = mailimap_connect(imap->session, stream_mailstream(imap->stream));
    if (code == MAILIMAP_NO_ERROR_AUTHENTICATED
        || code == MAILIMAP_NO_ERROR_NON_AUTHENTICATED) {
        *ret_preauth = code == MAILIMAP_NO_ERROR_AUTHENTICATED;
        return g_steal_pointer(&imap);
    }
    failed(imap, code, error);
    return NULL;
}

void
imap_free(Imap *imap)
{
    static const char farewell[] = "0 LOGOUT\r\n";
    if (!imap)
        return;
    mailstream *s = stream_mailstream(imap->stream);
    stream_arm(imap->stream, 1, 0);
    if (mailstream_write(s, farewell, sizeof farewell - 1) > 0)
        mailstream_flush(s);
    imap->session->imap_stream = NULL; /* else mailimap_free would wait for the answer */
    mailimap_free(imap->session);
    stream_free(imap->stream);
    g_free(imap);
}

Stream *
imap_stream(Imap *imap)
{
    return imap->stream;
}

/* --- commands --------------------------------------------------------------------- */

static bool
send_text(Imap *imap, const char *text, GError **error)
{
    mailstream *s = stream_mailstream(imap->stream);
    if (mailstream_write(s, text, strlen(text)) < 0 || mailstream_write(s, "\r\n", 2) < 0
        || mailstream_flush(s) < 0)
        return failed(imap, MAILIMAP_ERROR_STREAM, error);
    return true;
}

static bool
send_command(Imap *imap, const char *text, GError **error)
{
    return mailimap_send_current_tag(imap->session) == MAILIMAP_NO_ERROR
               ? send_text(imap, text, error)
               : failed(imap, MAILIMAP_ERROR_STREAM, error);
}

static bool
refused(Imap *imap, GError **error)
{
    g_autofree char *words = said(imap);
    return error_set(error, ERR_DENIED, "the server refused: %s", words);
}

/* Read up to the tagged answer; its first line is in libetpan's buffer already. */
static bool
parse_answer(Imap *imap, GError **error)
{
    g_autoptr(MailimapResponse) response = NULL;
    int code = mailimap_parse_response(imap->session, &response);

    /* libetpan calls BAD what it also calls an answer with a foreign tag; with the words
       of the server there it is the former. */
    if (code == MAILIMAP_ERROR_PROTOCOL && imap->session->imap_response)
        return refused(imap, error);
    if (code != MAILIMAP_NO_ERROR)
        return failed(imap, code, error);
    return response->rsp_resp_done->rsp_data.rsp_tagged->rsp_cond_state->rsp_type
                   == MAILIMAP_RESP_COND_STATE_OK
               ? true
               : refused(imap, error);
}

static bool
read_answer(Imap *imap, GError **error)
{
    if (!mailimap_read_line(imap->session))
        return failed(imap, MAILIMAP_ERROR_STREAM, error);
    return parse_answer(imap, error);
}

bool
imap_command(Imap *imap, GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    stream_arm(imap->stream, LIMIT_IMAP_SECONDS, 0);
    return send_command(imap, text, error) && read_answer(imap, error);
}

bool
imap_command_literals(Imap *imap, uint64_t literal_bytes, GError **error,
                      const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    stream_arm(imap->stream,
               LIMIT_IMAP_SECONDS + (int64_t)(literal_bytes / SLOWEST_BYTES_PER_SECOND),
               literal_bytes);
    return send_command(imap, text, error) && read_answer(imap, error);
}

/* Read lines until the server says "+"; untagged ones in between are news that a later
   look finds anyway. Anything else is the tagged answer, which says why not. */
static bool
read_go_ahead(Imap *imap, GError **error)
{
    for (;;) {
        const char *line = mailimap_read_line(imap->session);
        if (!line)
            return failed(imap, MAILIMAP_ERROR_STREAM, error);
        if (*line == '+')
            return true;
        if (*line != '*')
            return parse_answer(imap, error)
                   && error_set(error, ERR_RETRY, "the server did not wait for the rest");
    }
}

/* "+ <base64>" as text for people. */
static char *
read_challenge(const char *line)
{
    gsize n = 0;
    g_autofree char *base64 = g_strstrip(g_strdup(line + 1));
    g_autofree guchar *bytes = g_base64_decode(base64, &n);
    g_autofree char *text = g_utf8_make_valid((const char *)bytes, (gssize)MIN(n, 200));
    return g_strdup(g_strstrip(text));
}

static bool
answer_challenges(Imap *imap, const char *message, char **ret_reason, GError **error)
{
    for (int challenges = 0;; challenges++) {
        const char *line = mailimap_read_line(imap->session);
        if (!line)
            return failed(imap, MAILIMAP_ERROR_STREAM, error);
        if (*line != '+')
            return parse_answer(imap, error);
        if (challenges == 2)
            return error_set(error, ERR_RETRY, "the server does not stop asking");
        if (!message) {
            g_free(*ret_reason);
            *ret_reason = read_challenge(line);
        }
        if (!send_text(imap, message ? message : "", error))
            return false;
        message = NULL;
    }
}

bool
imap_authenticate(Imap *imap, const char *mechanism, const char *message, bool initial,
                  GError **error)
{
    g_autofree char *command = g_strconcat("AUTHENTICATE ", mechanism, initial ? " " : "",
                                           initial ? message : "", NULL);
    g_autofree char *reason = NULL;

    stream_arm(imap->stream, LIMIT_IMAP_SECONDS, 0);
    if (!send_command(imap, command, error))
        return false;
    if (answer_challenges(imap, initial ? NULL : message, &reason, error))
        return true;
    if (reason && *reason)
        g_prefix_error(error, "%s: ", reason);
    return false;
}

bool
imap_idle_begin(Imap *imap, GError **error)
{
    stream_arm(imap->stream, LIMIT_IMAP_SECONDS, 0);
    return send_command(imap, "IDLE", error) && read_go_ahead(imap, error);
}

bool
imap_idle_end(Imap *imap, GError **error)
{
    stream_arm(imap->stream, LIMIT_IMAP_SECONDS, 0);
    return send_text(imap, "DONE", error) && read_answer(imap, error);
}

/* --- answers ---------------------------------------------------------------------- */

bool
imap_can(Imap *imap, const char *capability)
{
    const struct mailimap_connection_info *info = imap->session->imap_connection_info;
    if (!info || !info->imap_capability)
        return false;
    bool auth = g_str_has_prefix(capability, "AUTH=");
    clist *list = info->imap_capability->cap_list;
    for (clistiter *at = clist_begin(list); at; at = clist_next(at)) {
        const struct mailimap_capability *each = clist_content(at);
        if (each->cap_type == MAILIMAP_CAPABILITY_AUTH_TYPE
                ? auth
                      && !g_ascii_strcasecmp(each->cap_data.cap_auth_type, capability + 5)
                : !g_ascii_strcasecmp(each->cap_data.cap_name, capability))
            return true;
    }
    return false;
}

bool
imap_select(Imap *imap, const char *folder, struct imap_folder *ret_folder,
            GError **error)
{
    stream_arm(imap->stream, LIMIT_IMAP_SECONDS, 0);
    imap->session->imap_state = MAILIMAP_STATE_AUTHENTICATED; /* we did, not libetpan */
    int code = mailimap_select(imap->session, folder);
    if (code == MAILIMAP_ERROR_SELECT || code == MAILIMAP_ERROR_PROTOCOL)
        return refused(imap, error);
    if (code != MAILIMAP_NO_ERROR)
        return failed(imap, code, error);

    const struct mailimap_selection_info *info = imap->session->imap_selection_info;
    if (!info || info->sel_uidvalidity == 0)
        return error_set(error, ERR_RETRY, "the server gives no UIDVALIDITY");
    *ret_folder = (struct imap_folder){
        .uidvalidity = info->sel_uidvalidity,
        .exists = info->sel_exists,
        .read_only = info->sel_perm == MAILIMAP_MAILBOX_READONLY,
    };
    return true;
}

uint32_t
imap_exists(const Imap *imap)
{
    return imap->session->imap_selection_info->sel_exists;
}

static int
compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

GArray *
imap_found(Imap *imap)
{
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    const struct mailimap_response_info *info = imap->session->imap_response_info;
    clist *list = info ? info->rsp_search_result : NULL;

    for (clistiter *at = list ? clist_begin(list) : NULL; at; at = clist_next(at))
        g_array_append_vals(numbers, clist_content(at), 1);
    g_array_sort(numbers, compare_numbers);
    return numbers;
}

static void
read_attribute(struct imap_message *message, const struct mailimap_msg_att_static *att)
{
    switch (att->att_type) {
    case MAILIMAP_MSG_ATT_UID:
        message->uid = att->att_data.att_uid;
        break;
    case MAILIMAP_MSG_ATT_RFC822_SIZE:
        message->size = att->att_data.att_rfc822_size;
        message->has_size = true;
        break;
    case MAILIMAP_MSG_ATT_BODY_SECTION: {
        const struct mailimap_msg_att_body_section *section =
            att->att_data.att_body_section;
        message->body = (struct slice){ section->sec_body_part, section->sec_length };
        break;
    }
    default:
        break;
    }
}

static struct imap_message
read_message(const struct mailimap_msg_att *answer)
{
    struct imap_message message = { 0 };
    for (clistiter *at = clist_begin(answer->att_list); at; at = clist_next(at)) {
        const struct mailimap_msg_att_item *item = clist_content(at);
        if (item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC && item->att_data.att_static)
            read_attribute(&message, item->att_data.att_static);
    }
    return message;
}

ImapMessages *
imap_take_fetched(Imap *imap)
{
    ImapMessages *fetched = g_new0(ImapMessages, 1);
    struct mailimap_response_info *info = imap->session->imap_response_info;

    fetched->messages = g_array_new(FALSE, FALSE, sizeof(struct imap_message));
    if (!info || !info->rsp_fetch_list)
        return fetched;
    fetched->answers = g_steal_pointer(&info->rsp_fetch_list);
    for (clistiter *at = clist_begin(fetched->answers); at; at = clist_next(at)) {
        struct imap_message message = read_message(clist_content(at));
        if (message.uid) /* flags of others come unasked, without a UID */
            g_array_append_val(fetched->messages, message);
    }
    return fetched;
}

void
imap_messages_free(ImapMessages *messages)
{
    if (!messages)
        return;
    if (messages->answers)
        mailimap_fetch_list_free(messages->answers);
    g_array_unref(messages->messages);
    g_free(messages);
}

size_t
imap_messages_count(const ImapMessages *messages)
{
    return messages->messages->len;
}

const struct imap_message *
imap_messages_get(const ImapMessages *messages, size_t i)
{
    return &g_array_index(messages->messages, struct imap_message, i);
}
