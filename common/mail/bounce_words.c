#include "common/mail/bounce_words.h"

#include <string.h>

/* --- phrases, casefolded ------------------------------------------------------------- */

static const char *const subjects[] = {
    "undeliver",
    "undelivered mail",
    "undeliverable",
    "unzustellbar",
    "delivery failure",
    "delivery failed",
    "delivery has failed",
    "delivery status notification",
    "delivery notification",
    "delivery report",
    "delivery problem",
    "delivery error",
    "delivery delayed",
    "failed delivery",
    "failed to deliver",
    "failed mail",
    "could not deliver",
    "unable to deliver",
    "mail delivery fail",
    "mail delivery status",
    "mail delivery system",
    "mail failed",
    "mail failure",
    "mail system error",
    "message delivery fail",
    "message delayed",
    "message could not be delivered",
    "failure notice",
    "failure delivery",
    "returned mail",
    "returned to sender",
    "returning message to sender",
    "non remis",
    "non delivery",
    "nondeliverable",
    "non-deliverable",
    "non-delivery",
    "error sending your mail",
    "warning: message ",
    "warning: could not send message",
    "delayed mail",
    "mail delayed",
    "smtp server: errors from",
    "не доставлено",
    "недоставлен",
    "не удалось доставить",
    "не вдалося доставити",
    "nie można dostarczyć",
    "ei voida toimittaa",
    "ei voitu toimittaa",
    "kunde inte levereras",
    "olevererbar",
    "kunne ikke leveres",
    "nelivrabil",
    "teslim edilemez",
    "teslim edilemiyor",
    "δεν είναι δυνατή η παράδοση",
    "לא ניתן למסירה",
    "تعذر التسليم",
    "配達できません",
    "未送达",
    "未傳遞",
    "無法傳遞",
    "배달되지",
    "配信できません",
    "配信不能",
    "送信できません",
    "エラーメール",
    "退信",
    "无法送达",
    "传输失败",
    "傳輸失敗",
    "投递失败",
    "投遞失敗",
    "반송",
    "전송 실패",
    "échec de la remise",
    "échec de remise",
    "fehlgeschlagen",
    "nicht zugestellt",
    "nicht zustellbar",
    "no se puede entregar",
    "no entregado",
    "não entregue",
    "não é possível entregar",
    "non recapitabile",
    "impossibile recapitare",
    "mancato recapito",
    "onbestelbaar",
    "niet bezorgd",
    "niedostarcz",
    "nie dostarczono",
    "nedoručiteln",
    "kézbesíthetetlen",
    "det går inte att leverera",
    "kan ikke leveres",
    "ikke leveret",
    "teslim edilemedi",
};

static const char *const texts[] = {
    "could not be delivered",
    "couldn't be delivered",
    "cannot be delivered",
    "can't be delivered",
    "can not be delivered",
    "not be delivered",
    "not been delivered",
    "was not delivered",
    "wasn't able to deliver",
    "was not able to deliver",
    "unable to deliver",
    "were unable to deliver",
    "could not deliver",
    "cannot deliver",
    "can't deliver",
    "failed to deliver",
    "trouble delivering",
    "error delivering your mail",
    "trying to deliver",
    "delivery to the following",
    "delivery to these recipients",
    "delivery failed",
    "delivery has failed",
    "delivery failure",
    "delivery has been delayed",
    "delivery attempts",
    "delivery errors",
    "fatal errors",
    "did not reach the",
    "did not reach some or all",
    "could not be reached",
    "didn't reach the",
    "undeliverable",
    "undelivered",
    "returned to sender",
    "returned below",
    "returned mail",
    "transcript of session follows",
    "no valid recipients were found",
    "problem with the e-mail address",
    "permanent error",
    "temporary error",
    "user unknown",
    "unknown user",
    "invalid user",
    "invalid final delivery",
    "no such user",
    "mailbox is full",
    "mailbox full",
    "over quota",
    "couldn't find the group",
    "message not delivered",
    "message was not accepted",
    "address rejected",
    "failed recipient",
    "не может быть доставлен",
    "не удалось доставить",
    "送信できませんでした",
    "配信できません",
    "配送できません",
    "無法",
    "无法发送",
    "无法送达",
    "전송하지 못",
    "nicht zugestellt werden",
    "konnte nicht",
    "n'a pas pu être remis",
    "n'a pas pu être délivré",
    "no se pudo entregar",
    "no se ha podido entregar",
    "não pôde ser entregue",
    "non è stato possibile",
    "kon niet worden",
    "kunde inte levereras",
    "nie można dostarczyć",
    "impossibile recapitare",
    "kunne ikke leveres",
    "ei voitu toimittaa",
    "teslim edilemedi",
    "není možné doručit",
    "nem kézbesíthető",
    "не вдалося доставити",
};

static const char *const delays[] = {
    "not yet been delivered",
    "not been delivered yet",
    "has been delayed",
    "is delayed",
    "delayed",
    "delay reason",
    "still being retried",
    "will be retried",
    "will continue to be attempted",
    "delivery attempts will continue",
    "warning message only",
    "do not need to resend",
    "don't need to resend",
    "keep trying",
    "will retry",
    "temporarily",
};

/* Of list managers, about a mail that they have not passed on. */
static const char *const refusals[] = {
    "you are not a member of",
    "you are not member",
    "you are not subscribed to",
    "you are not allowed to post",
    "you are not allowed to send this message",
    "you are not authorized to post",
    "you are not authorized to send",
    "not authorized to send mail to the",
    "non-members are not allowed to post",
    "message has been rejected by the list",
    "message was rejected by the list",
    "mailing-list was rejected",
    "mailing list was rejected",
    "message was automatically rejected",
    "message has been automatically rejected",
};

/* It isn't refused yet. */
static const char *const holds[] = {
    "is being held",       "awaits moderator",       "awaiting moderat",
    "held for moderation", "moderator for approval",
};

/* Words before the message that is given back, at the start of a line but for dashes. */
static const char *const returned[] = {
    "below this line is a copy",
    "this is a copy of the message",
    "this is a copy of your message",
    "original message follows",
    "original message headers",
    "the header of the original message",
    "the original message",
    "original message",
    "message headers follow",
    "message header follows",
    "returned message",
    "unsent message",
    "enclosed is a copy",
    "message text follows",
    "copy of the original message",
    "copy of your message",
    "here is a copy of",
    "message follows",
    "begin forwarded message",
};

static bool
holds_any(const char *text, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strstr(text, words[i]))
            return true;
    }
    return false;
}

bool
bounce_words_in_subject(const char *subject)
{
    g_autofree char *folded = g_utf8_casefold(subject, -1);
    return holds_any(folded, subjects, G_N_ELEMENTS(subjects));
}

bool
bounce_words_in_text(const char *folded)
{
    return holds_any(folded, texts, G_N_ELEMENTS(texts));
}

bool
bounce_words_refused_by_list(const char *folded)
{
    return holds_any(folded, refusals, G_N_ELEMENTS(refusals))
           && !holds_any(folded, holds, G_N_ELEMENTS(holds));
}

bool
bounce_words_delay(const char *folded)
{
    return holds_any(folded, delays, G_N_ELEMENTS(delays));
}

/* --- where the report ends ----------------------------------------------------------- */

static bool
begins_returned(const char *line)
{
    const char *mark = line + strspn(line, " \t");
    bool marked = *mark && strchr("-=*|", *mark);
    const char *p = line + strspn(line, "-=*| \t");
    const char *field = p + strspn(p, "> ");
    if (g_ascii_strncasecmp(field, "Return-Path: <", 14) == 0
        || strncmp(field, "Received: from ", 15) == 0
        || strncmp(field, "Received: by ", 13) == 0
        || strncmp(field, "Received: (", 11) == 0)
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(returned); i++) {
        size_t n = strlen(returned[i]);
        if (g_ascii_strncasecmp(p, returned[i], n) == 0
            && (marked || p[n + strspn(p + n, ".:- \t")] == '\n'))
            return true;
    }
    return false;
}

gsize
bounce_words_report_length(const char *text)
{
    gsize n = strlen(text);

    for (const char *p = text; p && *p; p = strchr(p, '\n')) {
        p += *p == '\n';
        /* Sendmail's "The original message was received at" opens its report. */
        if (begins_returned(p) && g_ascii_strncasecmp(p, "The original message was", 24))
            return (gsize)(p - text);
    }
    return n;
}

gsize
bounce_words_announcement(const char *text)
{
    static const char *const words[] = {
        "following recipient", "following address",
        "following person",    "the following",
        "addresses failed",    "not delivered to",
        "be delivered to",     "unable to deliver message to",
        "fatal errors",        "failed recipient"
    };
    g_autofree char *lower = g_ascii_strdown(text, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        const char *at = strstr(lower, words[i]);
        if (at)
            return (gsize)(at - lower);
    }
    return strlen(text);
}

/* --- status codes -------------------------------------------------------------------- */

/* "5.1.1" at p, not part of a longer number (an address of IP, a version). */
static size_t
enhanced_length(const char *text, gsize at, gsize to)
{
    const char *p = text + at;
    if ((*p != '4' && *p != '5') || (at > 0 && (g_ascii_isalnum(p[-1]) || p[-1] == '.')))
        return 0;
    size_t n = 1;
    for (int group = 0; group < 2; group++) {
        size_t digits = 0;
        if (at + n >= to || p[n] != '.')
            return 0;
        n++;
        while (at + n + digits < to && g_ascii_isdigit(p[n + digits]))
            digits++;
        if (digits == 0 || digits > 3)
            return 0;
        n += digits;
    }
    if (at + n < to
        && (g_ascii_isdigit(p[n]) || (p[n] == '.' && g_ascii_isdigit(p[n + 1]))))
        return 0;
    return n;
}

/* "550" at p, as a reply: followed by space, "-" or the like, and not within a number. */
static bool
is_reply(const char *text, gsize at, gsize to)
{
    const char *p = text + at;
    if ((*p != '4' && *p != '5') || at + 3 > to || !strchr("0123457", p[1])
        || !g_ascii_isdigit(p[1]) || !g_ascii_isdigit(p[2]))
        return false;
    if (at > 0 && (g_ascii_isalnum(p[-1]) || strchr(".-/@=_", p[-1])))
        return false;
    char after = at + 3 < to ? p[3] : ' ';
    return strchr(" -:,\n)\t", after) && after;
}

char *
bounce_words_status(const char *text, gsize from, gsize to, gsize *ret_at)
{
    gsize reply = to, good = to, at = to;
    for (gsize i = from; i < to; i++) {
        if (text[i] != '4' && text[i] != '5')
            continue;
        size_t n = enhanced_length(text, i, to);
        if (n) {
            if (good == to)
                good = i;
            /* A generic code is only taken when no other says more. */
            if (strncmp(text + i + 1, ".0.0", 4) != 0 || n != 5) {
                at = i;
                break;
            }
        } else if (reply == to && is_reply(text, i, to)) {
            reply = i;
        }
    }
    if (at == to)
        at = good;
    if (ret_at)
        *ret_at = at < to ? at : reply;
    if (at < to)
        return g_strndup(text + at, enhanced_length(text, at, to));
    return reply < to ? g_strdup_printf("%c.0.0", text[reply]) : NULL;
}

char *
bounce_words_last_reply(const char *text)
{
    gsize n = strlen(text), at = n;
    for (gsize i = 0; i + 4 < n; i++) {
        if (!is_reply(text, i, n))
            continue;
        gsize code = i + 4;
        while (code < n && strchr("'\"(#<", text[code]))
            code++;
        if (enhanced_length(text, code, n))
            at = code;
    }
    return at < n ? g_strndup(text + at, enhanced_length(text, at, n)) : NULL;
}
