#include "common/mail/bounce_text.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/mail/address.h"
#include "common/mail/bounce_reason.h"
#include "common/mail/bounce_words.h"
#include "common/mail/message_id.h"

/* What is looked at of a report's words: they come first, the returned message follows. */
#define REPORT_BYTES (32u << 10)

/* --- is it a report? ----------------------------------------------------------------- */

/* Names of those who write delivery reports, as part of an address or of its name. */
static const char *const daemons[] = { "mailer-daemon",
                                       "mailerdaemon",
                                       "postmaster",
                                       "post_master",
                                       "poostmaster",
                                       "mdaemon",
                                       "mail.delivery",
                                       "mail delivery",
                                       "mail-daemon",
                                       "courier mail server",
                                       "mail_delivery",
                                       "delivery subsystem",
                                       "microsoftexchange329e71ec" };

static bool
names_daemon(const char *text)
{
    g_autofree char *lower = g_ascii_strdown(text, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(daemons); i++) {
        if (strstr(lower, daemons[i]))
            return true;
    }
    return false;
}

/* How far the sender itself tells that this is a report. */
enum sender { SENDER_ANY, SENDER_MACHINE, SENDER_POSTMASTER, SENDER_DAEMON };

/* Postmasters are people as well, and any machine may send with the null path. */
static enum sender
sender_of(const struct bounce_facts *f)
{
    g_autofree char *path = header_get_unfolded(f->header, "Return-Path");
    g_autofree char *from = header_get_text(f->header, "From");
    g_autofree char *lower = g_ascii_strdown(from, -1);
    if (header_find(f->header, "X-Failed-Recipients")
        || (names_daemon(lower) && !strstr(lower, "postmaster")))
        return SENDER_DAEMON;
    if (names_daemon(path) || names_daemon(lower))
        return SENDER_POSTMASTER;
    return f->return_path && *f->return_path == 0 ? SENDER_MACHINE : SENDER_ANY;
}

/* An answer that a person's account gave by itself is none, though it may quote one. */
static bool
is_vacation(const struct bounce_facts *f)
{
    static const char *const fields[] = { "X-Autoreply", "X-Autorespond",
                                          "X-Autoresponder", "X-Mail-Autoreply" };
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (header_find(f->header, fields[i]))
            return true;
    }
    g_autofree char *submitted = header_get_unfolded(f->header, "Auto-Submitted");
    return strstr(submitted, "vacation") != NULL;
}

/* An address that begins its line is the usual form of "the following failed:". */
static int
place_score(const char *text, gsize at, gsize end)
{
    gsize start = at;
    while (start > 0 && strchr(" \t<\"'*>", text[start - 1]))
        start--;
    bool begins = start == 0 || text[start - 1] == '\n';
    const char *after = text + end + strspn(text + end, ">\"' \t");
    if (!begins)
        return *after == ':' ? 1 : 0;
    return *after == '\n' || *after == 0 || *after == ':' ? 5 : 3;
}

static bool
is_address_byte(char c)
{
    return g_ascii_isalnum(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~.", c)) || (c & 0x80);
}

/* The address around the @ at `at`; NULL when there is none. */
static char *
address_around(const char *text, gsize at, gsize length, gsize *ret_start, gsize *ret_end)
{
    gsize start = at, end = at + 1;
    while (start > 0 && at - start < 128 && is_address_byte(text[start - 1]))
        start--;
    while (end < length && end - at < 256
           && (g_ascii_isalnum(text[end]) || strchr("-._", text[end])) && text[end])
        end++;
    while (start < at && strchr("'`=*.|", text[start]))
        start++;
    while (end > at + 1 && strchr(".-_", text[end - 1]))
        end--;
    *ret_start = start;
    *ret_end = end;
    return address_normalise((struct slice){ text + start, end - start });
}

/* Parcels can't be delivered either: what is about a mail has a code, or gives it back, or
   names who didn't get it on a line of its own. */
static bool
is_about_mail(const struct bounce_facts *f, const char *text)
{
    gsize n = strlen(text);
    g_autofree char *code = bounce_words_status(text, 0, n, NULL);
    if (code || f->gives_back)
        return true;
    for (gsize i = 0; i < n; i++) {
        gsize start = 0, end = 0;
        g_autofree char *address =
            text[i] == '@' ? address_around(text, i, n, &start, &end) : NULL;
        if (address && place_score(text, start, end) == 5)
            return true;
    }
    return false;
}

static bool
is_report(const struct bounce_facts *f, const char *text, const char *folded)
{
    if (is_vacation(f))
        return false;
    bool subject = bounce_words_in_subject(f->subject);
    bool said = bounce_words_in_text(folded);
    const struct mime_node *top = structure_node(f->structure, 0);
    bool type =
        strcmp(top->type, "multipart/report") == 0
        && (!*top->report_type || strcmp(top->report_type, "delivery-status") == 0);
    switch (sender_of(f)) {
    case SENDER_DAEMON:
        return subject || said || type;
    case SENDER_POSTMASTER:
        return type || (subject && said) || ((subject || said) && is_about_mail(f, text));
    case SENDER_MACHINE:
        return type || ((subject || said) && is_about_mail(f, text));
    case SENDER_ANY:
        break;
    }
    return said && (type || (subject && is_about_mail(f, text)))
           && !g_str_has_prefix(f->subject, "Re:")
           && !header_find(f->header, "In-Reply-To");
}

/* --- or a list's refusal? ------------------------------------------------------------- */

/* The addresses that list managers write from, by a part of the local part. */
static bool
is_list_manager(const struct bounce_facts *f)
{
    static const char *const names[] = {
        "-admin", "-owner", "owner-",   "-bounces",  "-bounce",  "-request",
        "-help",  "-ctl",   "-robot",   "mailman",   "listserv", "majordomo",
        "sympa",  "ezmlm",  "listproc", "listmaster"
    };
    g_autofree char *local = g_strndup(f->from, strcspn(f->from, "@"));
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strstr(local, names[i]))
            return true;
    }
    return false;
}

/* A list that doesn't take our mail has not delivered it, whatever it calls its note. */
static bool
is_list_refusal(const struct bounce_facts *f, const char *folded)
{
    g_autofree char *subject = g_utf8_casefold(f->subject, -1);
    return is_list_manager(f)
           && (bounce_words_refused_by_list(folded)
               || bounce_words_refused_by_list(subject));
}

/* --- whom it is about ---------------------------------------------------------------- */

struct candidate {
    char *address;
    int score;
    gsize at; /* where it stands in the report */
};

static void
candidate_clear(void *data)
{
    g_free(((struct candidate *)data)->address);
}

/* Words right before an address, and what they say about it. */
static const struct {
    const char *word;
    int score;
} leads[] = {
    { "rcpt to:", 6 },
    { "recipient:", 6 },
    { "recipient address:", 6 },
    { "address:", 4 },
    { "delivered to:", 5 },
    { "deliver to", 4 },
    { "deliver mail to", 5 },
    { "delivering your mail to", 6 },
    { "failed recipient:", 6 },
    { "userid:", 6 },
    { "expanded from:", 8 },
    { "expanded from", 8 },
    { "to:", 1 },
    { " to", 3 },
    { "for", 2 },
    { "user", 3 },
    { "mail from:", -8 },
    { "from:", -8 },
    { "from", -6 },
    { "by", -4 },
    { "sender:", -8 },
    { "sender", -4 },
    { "id:", -9 },
    { "contact", -8 },
};

static int
lead_score(const char *text, gsize at)
{
    gsize end = at;
    while (end > 0 && strchr(" \t\n<\"'[(", text[end - 1]) && at - end < 16)
        end--;
    for (size_t i = 0; i < G_N_ELEMENTS(leads); i++) {
        size_t n = strlen(leads[i].word);
        if (end >= n && g_ascii_strncasecmp(text + end - n, leads[i].word, n) == 0)
            return leads[i].score;
    }
    return 0;
}

static void
add_candidate(GArray *list, char *address, int score, gsize at)
{
    for (guint i = 0; i < list->len; i++) {
        struct candidate *c = &g_array_index(list, struct candidate, i);
        if (strcmp(c->address, address) == 0) {
            c->score = MAX(c->score, score);
            g_free(address);
            return;
        }
    }
    struct candidate c = { address, score, at };
    g_array_append_val(list, c);
}

/* Those who the report was sent to wrote the message; those who sent it are machines. Whom
   the last server on the way had it for is whom it is about. */
static int
role_score(const struct bounce_facts *f, const char *address)
{
    if (strcmp(address, f->from) == 0 || names_daemon(address))
        return -6;
    if (g_str_has_prefix(address, "abuse@"))
        return -3;
    if (g_strcmp0(address, f->returned_for) == 0)
        return 4;
    return strcmp(address, f->to) == 0 ? -2 : 0;
}

static GArray *
find_candidates(const struct bounce_facts *f, const char *text, gsize length)
{
    GArray *list = g_array_new(false, false, sizeof(struct candidate));
    g_array_set_clear_func(list, candidate_clear);
    gsize announced = bounce_words_announcement(text);
    for (gsize i = 0; i < length && list->len < LIMIT_ADDRESSES; i++) {
        gsize start = 0, end = 0;
        if (text[i] != '@')
            continue;
        char *address = address_around(text, i, length, &start, &end);
        if (!address)
            continue;
        int score = 1 + lead_score(text, start) + place_score(text, start, end)
                    + role_score(f, address) + (start > announced ? 2 : 0);
        add_candidate(list, address, score, start);
    }
    return list;
}

/* X-Failed-Recipients (exim, Gmail) says it without any doubt. */
static void
add_failed_recipients(const struct bounce_facts *f, GArray *list)
{
    g_autofree char *value = header_get_unfolded(f->header, "X-Failed-Recipients");
    g_autoptr(GPtrArray) boxes =
        g_ptr_array_new_with_free_func((GDestroyNotify)mail_address_free);
    address_read_list(value, boxes);
    for (guint i = 0; i < boxes->len; i++) {
        const struct mail_address *a = boxes->pdata[i];
        if (*a->address)
            add_candidate(list, g_strdup(a->address), 20, 0);
    }
}

/* Servers of old name who they don't know without a domain, on a line of its own start:
   the returned message tells the rest. */
static bool
is_named_bare(const char *text, const char *address)
{
    size_t n = strcspn(address, "@");
    const char *line = text + bounce_words_announcement(text);
    while ((line = strchr(line, '\n'))) {
        line++;
        line += strspn(line, " \t<\"'");
        if (n && g_ascii_strncasecmp(line, address, n) == 0
            && (!line[n] || strchr(" \t\n>\"':,", line[n])))
            return true;
    }
    return false;
}

static void
add_named_bare(const struct bounce_facts *f, const char *text, GArray *list)
{
    const char *const known[] = { f->returned_for, f->returned_to };
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        if (known[i] && is_named_bare(text, known[i])) {
            add_candidate(list, g_strdup(known[i]), 9, bounce_words_announcement(text));
            return;
        }
    }
}

/* The To of the returned message. */
static void
add_returned_to(const struct bounce_facts *f, GArray *list)
{
    if (f->returned_to && *f->returned_to)
        add_candidate(list, g_strdup(f->returned_to), 1, 0);
}

/* --- what it says -------------------------------------------------------------------- */

/* The line around `at`, and the one behind it when the sentence goes on. */
static char *
line_at(const char *text, gsize at)
{
    gsize start = at, end = at;
    while (start > 0 && text[start - 1] != '\n' && at - start < 400)
        start--;
    while (text[end] && text[end] != '\n' && end - at < 600)
        end++;
    g_autofree char *line = g_strndup(text + start, end - start);
    g_autofree char *valid = g_utf8_make_valid(line, -1);
    return g_strdup(g_strstrip(valid));
}

struct verdict {
    bool delayed;
    char *status; /* of the whole report, where a recipient has none of its own */
};

/* The status that text[from .. to) states; where it is but an SMTP reply, or nothing, the
   one its words amount to: of class 4 for a delay (RFC 3463 §3.1). NULL: neither. *ret_at
   is `to` when no code stands there. */
static char *
status_in(const char *text, gsize from, gsize to, bool delayed, gsize *ret_at)
{
    g_autofree char *code = bounce_words_status(text, from, to, ret_at);
    if (code && text[*ret_at + 1] == '.')
        return g_steal_pointer(&code);
    char class_ = code ? *code : delayed ? '4' : 0;
    char *reason = bounce_reason_status(text, from, to, class_);
    return reason ? reason : g_steal_pointer(&code);
}

static void
add_bounce(GPtrArray *list, const char *recipient, const char *text, gsize from, gsize to,
           const struct verdict *verdict)
{
    from = MIN(from, to);
    gsize at = 0;
    struct mail_bounce *b = g_new0(struct mail_bounce, 1);
    b->recipient = g_strdup(recipient);
    b->status = status_in(text, from, to, verdict->delayed, &at);
    b->diagnostic = b->status && at < to ? line_at(text, at) : g_strdup("");
    if (!b->status)
        b->status = g_strdup(verdict->status);
    b->action = g_strdup(verdict->delayed && *b->status == '4' ? "delayed" : "failed");
    b->original_message_id = g_strdup("");
    g_ptr_array_add(list, b);
}

/* The candidates that share the best score, each with the words up to the next one. */
static void
add_best(GPtrArray *list, const GArray *candidates, const char *text, gsize length,
         const struct verdict *verdict)
{
    int best = -1;
    for (guint i = 0; i < candidates->len; i++)
        best = MAX(best, g_array_index(candidates, struct candidate, i).score);

    for (guint i = 0; i < candidates->len && best >= 0; i++) {
        const struct candidate *c = &g_array_index(candidates, struct candidate, i);
        if (c->score != best)
            continue;
        gsize to = length;
        for (guint k = i + 1; k < candidates->len; k++) {
            const struct candidate *next =
                &g_array_index(candidates, struct candidate, k);
            if (next->score == best && next->at > c->at)
                to = MIN(to, next->at);
        }
        add_bounce(list, c->address, text, c->at, to, verdict);
        if (best < 5) /* only a guess: one is enough */
            return;
    }
    if (best < 0)
        add_bounce(list, "", text, 0, length, verdict);
}

/* The words of a report, from which the returned message has been cut. */
static void
read_words(const struct bounce_facts *f, const char *text, const char *folded,
           GPtrArray *list)
{
    gsize length = strlen(text);
    struct verdict verdict = { .delayed = bounce_words_delay(folded) };
    gsize at = 0;
    verdict.status = status_in(text, 0, length, verdict.delayed, &at);
    if (!verdict.status)
        verdict.status = g_strdup(verdict.delayed ? "4.0.0" : "5.0.0");

    g_autoptr(GArray) candidates = find_candidates(f, text, length);
    add_failed_recipients(f, candidates);
    add_named_bare(f, text, candidates);
    bool any = false;
    for (guint i = 0; i < candidates->len; i++)
        any = any || g_array_index(candidates, struct candidate, i).score > 0;
    if (!any)
        add_returned_to(f, candidates);
    add_best(list, candidates, text, length, &verdict);
    g_free(verdict.status);
}

/* RFC 3463 §3.8: X.7.2, the sender is not authorised to send to this list. */
static void
add_list_refusal(const struct bounce_facts *f, const char *text, GPtrArray *list)
{
    const struct verdict verdict = { .status = (char *)"5.7.2" };
    g_autoptr(GArray) candidates = find_candidates(f, text, strlen(text));
    add_best(list, candidates, text, 0, &verdict);
}

void
bounce_text_read(const struct bounce_facts *f, GPtrArray *list)
{
    gsize length = MIN(bounce_words_report_length(f->text), REPORT_BYTES);
    g_autofree char *cut = g_strndup(f->text, length);
    g_autofree char *text = g_utf8_make_valid(cut, -1);
    g_autofree char *folded = g_utf8_casefold(text, -1);
    if (is_report(f, text, folded))
        read_words(f, text, folded, list);
    else if (is_list_refusal(f, folded))
        add_list_refusal(f, text, list);
}

char *
bounce_text_message_id(const char *text)
{
    for (const char *p = text; p; p = strchr(p, '\n')) {
        p += *p == '\n';
        if (g_ascii_strncasecmp(p, "message-id:", 11) != 0)
            continue;
        const char *value = p + 11;
        size_t n = strcspn(value, "\n");
        if (strspn(value, " \t") == n && value[n] && strchr(" \t", value[n + 1]))
            n += 1 + strcspn(value + n + 1, "\n");
        g_autofree char *line = g_strndup(value, n);
        g_strdelimit(line, "\n\t", ' ');
        g_autofree char *id = message_id_read(line);
        if (id && strchr(id, '@'))
            return g_steal_pointer(&id);
    }
    return NULL;
}
