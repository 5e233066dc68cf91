#include "maild/send/dialog.h"

#include <string.h>

#include "common/base/limits.h"

Dialog *
dialog_new(void)
{
    Dialog *dialog = g_new0(Dialog, 1);
    dialog->pending = g_string_new(NULL);
    return dialog;
}

void
dialog_free(Dialog *dialog)
{
    if (!dialog)
        return;
    g_string_free(dialog->pending, TRUE);
    g_free(dialog->text);
    g_free(dialog->queue_id);
    g_free(dialog);
}

void
dialog_sent(Dialog *dialog, struct slice line)
{
    static const struct {
        const char *verb;
        enum dialog_stage stage;
    } verbs[] = {
        { "MAIL FROM:", DIALOG_MAIL },
        { "RCPT TO:", DIALOG_RCPT },
        { "DATA", DIALOG_DATA },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (slice_starts_nocase(line, verbs[i].verb) && dialog->stage < DIALOG_BODY)
            dialog->stage = verbs[i].stage;
}

/* --- replies ---------------------------------------------------------------------- */

/* "5.1.1" in front of a reply's text (RFC 2034 §4): its length, 0 when there is none. */
static size_t
enhanced_length(struct slice text)
{
    size_t i = 0;
    if (text.n < 5 || !strchr("245", text.p[0]) || text.p[1] != '.')
        return 0;
    i = 2;
    for (int group = 0; group < 2; group++) {
        size_t digits = 0;
        while (i < text.n && g_ascii_isdigit(text.p[i]) && digits < 4)
            i++, digits++;
        if (digits == 0 || digits > 3)
            return 0;
        if (group == 0 && (i == text.n || text.p[i++] != '.'))
            return 0;
    }
    return i == text.n || text.p[i] == ' ' ? i : 0;
}

char *
dialog_queue_id(const char *text)
{
    static const char *const marks[] = { "queued as ", "queued mail for delivery as ",
                                         " id=" };
    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
        const char *at = strstr(text, marks[i]);
        if (!at)
            continue;
        at += strlen(marks[i]);
        size_t n = strcspn(at, " \t()<>[],;");
        while (n > 0 && at[n - 1] == '.')
            n--;
        if (n > 0 && n <= 200)
            return g_strndup(at, n);
    }
    return NULL;
}

/* Sendmail and Exim name it in front: "2.0.0 4ABC123 Message accepted for delivery",
   "OK id=1abc". */
static char *
queue_id_of(const char *text)
{
    char *id = dialog_queue_id(text);
    const char *accepted = id ? NULL : strstr(text, " Message accepted for delivery");
    if (!accepted)
        return id;
    const char *start = accepted;
    while (start > text && start[-1] != ' ')
        start--;
    return accepted > start ? g_strndup(start, (gsize)(accepted - start)) : NULL;
}

static void
keep_reply(Dialog *dialog, int code)
{
    struct slice text = { dialog->pending->str, dialog->pending->len };
    size_t n = enhanced_length(text);

    dialog->code = code;
    g_free(dialog->text);
    dialog->text = g_strchomp(g_utf8_make_valid(text.p, (gssize)text.n));
    memcpy(dialog->enhanced, text.p, n);
    dialog->enhanced[n] = '\0';
}

/* What a complete reply means where the mail stands. "221 bye" and the like, after the
   reply that decided, change nothing. */
static void
take_reply(Dialog *dialog, int code)
{
    dialog->replies++;
    if (dialog->answered)
        return;
    if (dialog->stage == DIALOG_BODY) {
        dialog->answered = true;
        dialog->taken = code / 100 == 2;
        keep_reply(dialog, code);
        if (dialog->taken)
            dialog->queue_id = queue_id_of(dialog->text);
    } else if (dialog->stage == DIALOG_DATA && code == 354) {
        dialog->stage = DIALOG_BODY;
    } else if (code >= 400) {
        keep_reply(dialog, code);
        dialog->closed = code == 421;
    }
}

static void
add_text(GString *pending, struct slice text, bool is_first)
{
    /* Each line of a reply repeats the enhanced status. */
    size_t n = is_first ? 0 : enhanced_length(text);
    text = slice_trim(slice_sub(text, n, text.n));
    if (pending->len && text.n)
        g_string_append_c(pending, ' ');
    size_t room = LIMIT_REPLY_BYTES - MIN(pending->len, LIMIT_REPLY_BYTES);
    for (size_t i = 0; i < MIN(text.n, room); i++)
        g_string_append_c(pending, g_ascii_iscntrl(text.p[i]) ? ' ' : text.p[i]);
}

void
dialog_received(Dialog *dialog, struct slice line)
{
    while (line.n && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
        line.n--;
    if (line.n < 3 || !g_ascii_isdigit(line.p[0]) || !g_ascii_isdigit(line.p[1])
        || !g_ascii_isdigit(line.p[2]) || (line.n > 3 && !strchr(" -", line.p[3])))
        return;

    int code = (line.p[0] - '0') * 100 + (line.p[1] - '0') * 10 + (line.p[2] - '0');
    add_text(dialog->pending, slice_sub(line, 4, line.n), dialog->pending->len == 0);
    if (line.n > 3 && line.p[3] == '-')
        return;
    take_reply(dialog, code);
    g_string_truncate(dialog->pending, 0);
}

/* --- what it amounts to ----------------------------------------------------------- */

/* Replies that say we may not use this relay, or not this way: who runs the desk mends
   that, and the mail waits. */
static bool
is_about_us(int code)
{
    return code == 421 || code == 530 || code == 534 || code == 535 || code == 538;
}

enum dialog_outcome
dialog_outcome(const Dialog *dialog)
{
    if (dialog->taken)
        return DIALOG_TAKEN;
    if (dialog->stage == DIALOG_BODY && !dialog->answered)
        return DIALOG_UNKNOWN;
    if (dialog->stage == DIALOG_CONNECT || dialog->code < 400
        || is_about_us(dialog->code))
        return DIALOG_BROKEN;
    return dialog->code >= 500 ? DIALOG_REFUSED : DIALOG_LATER;
}
