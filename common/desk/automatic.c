#include "common/desk/automatic.h"

#include <string.h>

#define DEAD_DAYS 60       /* a mailbox that is not there may come back */
#define COMPLAINT_DAYS 365 /* who calls our mail spam has said it */

#define YES true
#define no false

static const struct automatic_rule rules[] = {
    /* name, opens, internal, reopens, told, brings, paused days */
    [AUTOMATIC_PERSON] = { "person", YES, no, YES, YES, YES, 0 },
    [AUTOMATIC_LOOP] = { "loop", no, no, no, no, no, 0 },
    [AUTOMATIC_HARD] = { "hard bounce", YES, YES, YES, YES, no, DEAD_DAYS },
    [AUTOMATIC_SOFT] = { "soft bounce", YES, YES, YES, YES, no, 0 },
    [AUTOMATIC_DELAYED] = { "delayed", YES, YES, no, YES, no, 0 },
    [AUTOMATIC_DELIVERED] = { "delivered", YES, YES, no, no, no, 0 },
    [AUTOMATIC_COMPLAINT] = { "complaint", YES, YES, no, YES, no, COMPLAINT_DAYS },
    [AUTOMATIC_RECEIPT] = { "read receipt", no, YES, no, no, no, 0 },
    [AUTOMATIC_CHALLENGE] = { "challenge", YES, YES, no, YES, no, 0 },
    [AUTOMATIC_VACATION] = { "vacation", YES, no, no, no, no, 0 },
    [AUTOMATIC_CALENDAR] = { "calendar", YES, no, no, YES, no, 0 },
    [AUTOMATIC_ANSWER] = { "answer of a machine", YES, no, no, no, no, 0 },
    [AUTOMATIC_LIST] = { "list", YES, no, YES, YES, no, 0 },
    [AUTOMATIC_BULK] = { "bulk", YES, no, no, YES, no, 0 },
    [AUTOMATIC_NOTICE] = { "notice of a machine", YES, no, no, YES, no, 0 },
};

const struct automatic_rule *
automatic_rule_of(enum automatic_kind kind)
{
    return &rules[kind];
}

/* --- what becomes of ours ------------------------------------------------------------ */

/* Classes that say "this mailbox is not there": RFC 3463 §3.2, §3.3. Others may pass. */
static bool
is_dead_address(const char *status)
{
    static const char *const dead[] = { "5.1.1", "5.1.2",  "5.1.3", "5.1.6",
                                        "5.1.8", "5.1.10", "5.2.1", NULL };
    return g_strv_contains(dead, status);
}

enum automatic_kind
automatic_kind_of_failure(const char *action, const char *status, bool is_address)
{
    if (strcmp(action, "delayed") == 0)
        return AUTOMATIC_DELAYED;
    if (strcmp(action, "failed") != 0)
        return AUTOMATIC_DELIVERED;
    return is_address && is_dead_address(status) ? AUTOMATIC_HARD : AUTOMATIC_SOFT;
}

/* --- everything else -------------------------------------------------------------- */

static bool
has_part(const Mail *mail, const char *content_type)
{
    for (guint i = 0; i < mail->parts->len; i++) {
        const struct mail_part *part = mail->parts->pdata[i];
        if (strcmp(part->content_type, content_type) == 0)
            return true;
    }
    return false;
}

/* How the services that ask a sender to confirm begin their subjects. */
static bool
is_challenge(const Mail *mail)
{
    static const char *const begins[] = {
        "please confirm your message",
        "please confirm your email",
        "confirm your message",
        "please verify your message",
        "please verify your email to",
        "verify your email to",
        "sender verification",
        "sender confirmation",
        "confirmation required for your message",
        "your message is awaiting confirmation",
        "your email requires verification",
        "[boxbe]",
        "[spam arrest]",
        "spamarrest",
    };
    static const char *const words[] = { "confirm", "verif" };
    g_autofree char *subject = g_utf8_strdown(mail->subject, -1);
    g_autofree char *text = g_utf8_strdown(mail->text, -1);
    bool begun = false, asks = false;

    for (size_t i = 0; i < G_N_ELEMENTS(begins); i++)
        begun |= g_str_has_prefix(subject, begins[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        asks |= strstr(text, words[i]) != NULL;
    return begun && asks;
}

enum automatic_kind
automatic_kind_of(const Mail *mail, bool answers_ours, const char *method)
{
    if (mail->automatic == MAIL_AUTO_LOOP)
        return AUTOMATIC_LOOP;
    if (has_part(mail, "message/disposition-notification"))
        return AUTOMATIC_RECEIPT;
    if (method && (strcmp(method, "REPLY") == 0 || strcmp(method, "COUNTER") == 0))
        return AUTOMATIC_CALENDAR;
    if ((answers_ours || mail->automatic != MAIL_AUTO_NONE) && is_challenge(mail))
        return AUTOMATIC_CHALLENGE;
    if (mail->is_out_of_office || mail->automatic == MAIL_AUTO_REPLIED)
        return AUTOMATIC_VACATION;
    switch (mail->automatic) {
    case MAIL_AUTO_LIST:
        return AUTOMATIC_LIST;
    case MAIL_AUTO_BULK:
        return answers_ours ? AUTOMATIC_ANSWER : AUTOMATIC_BULK;
    case MAIL_AUTO_GENERATED:
        return answers_ours ? AUTOMATIC_ANSWER : AUTOMATIC_NOTICE;
    default:
        return AUTOMATIC_PERSON;
    }
}
