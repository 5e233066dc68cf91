#include "common/mail/bounce_reason.h"

#include <stdbool.h>
#include <string.h>

#define MAX_WORDS 30

/* In order: what is more special comes before what its words hold as well ("domain does
   not exist", "does not exist"), and takes them. Casefolded. */
static const struct reason {
    const char *code; /* class, if nothing else says it, subject and detail */
    const char *words[MAX_WORDS];
} reasons[] = {
    { "5.1.2",
      { "host unknown", "unknown host", "host not found", "domain not found",
        "no such domain", "domain does not exist", "domain doesn't exist",
        "name or service not known", "find any host named", "find any host by that name",
        "nxdomain", "unrouteable address", "unrouteable mail domain",
        "unroutable address", "bad destination host", "unknown domain", "invalid domain",
        "domain unbekannt" } },
    { "5.2.1", { "mailbox disabled",          "account disabled",
                 "mailbox is disabled",       "account is disabled",
                 "account has been disabled", "account has been suspended",
                 "account suspended",         "user suspended",
                 "mailbox is inactive",       "account inactive",
                 "account is inactive",       "user is inactive",
                 "account is closed",         "account has been closed",
                 "no longer active",          "no longer in use",
                 "has been deactivated",      "account expired",
                 "mailbox is locked",         "konto ist deaktiviert" } },
    { "5.2.2",
      { "mailbox is full",
        "mailbox full",
        "mail box full",
        "over quota",
        "overquota",
        "quota exceeded",
        "exceeded quota",
        "exceeds quota",
        "quota violation",
        "out of quota",
        "storage quota",
        "disk quota",
        "exceeded storage allocation",
        "mailbox exceeds",
        "mailbox exceeded",
        "inbox is full",
        "postfach ist voll",
        "postfach voll",
        "boîte pleine",
        "buzón lleno",
        "casella piena",
        "ящик переполнен",
        "邮箱已满",
        "メールボックスがいっぱい" } },
    { "5.1.1",
      { "user unknown",
        "unknown user",
        "no such user",
        "user not found",
        "no such mailbox",
        "mailbox not found",
        "unknown recipient",
        "recipient unknown",
        "recipient not found",
        "no such recipient",
        "no mailbox here by that name",
        "recipient name is not recognized",
        "unknown mailbox",
        "unknown local",
        "not a valid mailbox",
        "user doesn't exist",
        "does not exist",
        "doesn't exist",
        "n'existe pas",
        "no existe",
        "existiert nicht",
        "not listed in",
        "user doesn't have a",
        "invalid recipient",
        "wasn't found at",
        "empfänger unbekannt",
        "не существует",
        "存在しません" } },
    { "5.3.4",
      { "message too large", "message too big", "message size exceeds",
        "exceeds size limit", "exceeds the maximum", "exceeds maximum", "too large for",
        "larger than the", "size limit exceeded", "nachricht zu gross" } },
    { "5.4.6",
      { "too many hops", "mail loop", "mail is looping", "mail forwarding loop",
        "routing loop", "loop detected", "loops back to" } },
    { "4.4.7", /* "useful only as a persistent transient error": RFC 3463 §3.5 */
      { "retry timeout exceeded", "retry time not reached",
        "have been failing for a long", "delivery time expired", "message expired",
        "envelope expired", "in the queue too long", "long failure period",
        "too long in queue", "queue lifetime" } },
    { "5.7.1",
      { "relay access denied", "relaying denied", "unable to relay",
        "relay not permitted", "relaying not allowed", "access denied", "blocked by",
        "blocklist", "blacklist", "looks like spam", "identified as spam",
        "detected as spam", "considered spam", "policy reasons", "policy violation",
        "not allowed to send", "sender address rejected", "message content rejected",
        "contains a virus" } },
    { "5.4.1",
      { "connection refused", "connection timed out", "no answer from host",
        "unable to connect", "could not connect", "couldn't connect",
        "host is unreachable", "no route to host", "network is unreachable" } },
};

/* True, the words taken out of `text`, when it has any of them. */
static bool
take(const struct reason *reason, char *text)
{
    bool found = false;
    for (size_t i = 0; i < MAX_WORDS && reason->words[i]; i++) {
        size_t n = strlen(reason->words[i]);
        for (char *at = text; (at = strstr(at, reason->words[i])); at += n) {
            memset(at, ' ', n);
            found = true;
        }
    }
    return found;
}

/* Sentences are wrapped anywhere: any run of white space as one space, in place. */
static void
unwrap(char *text)
{
    char *out = text;
    for (const char *p = text; *p; p++) {
        bool space = g_ascii_isspace(*p);
        if (!space || (out > text && out[-1] != ' '))
            *out++ = space ? ' ' : *p;
    }
    *out = 0;
}

char *
bounce_reason_status(const char *text, gsize from, gsize to, char class_)
{
    g_autofree char *part = g_strndup(text + from, to - from);
    g_autofree char *valid = g_utf8_make_valid(part, -1);
    g_autofree char *folded = g_utf8_casefold(valid, -1);
    unwrap(folded);

    const struct reason *found = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++) {
        if (!take(&reasons[i], folded))
            continue;
        if (found)
            return NULL;
        found = &reasons[i];
    }
    if (!found)
        return NULL;
    char *status = g_strdup(found->code);
    if (class_)
        *status = class_;
    return status;
}
