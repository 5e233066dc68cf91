#include "maild/lmtp/command.h"

#include <glib.h>
#include <string.h>

#include "maild/lmtp/address.h"

static void
refuse(struct lmtp_event *event, enum lmtp_reply reply)
{
    *event = (struct lmtp_event){ .type = LMTP_BAD, .reply = reply };
}

static struct slice
cut_spaces(struct slice s)
{
    while (s.n > 0 && *s.p == ' ')
        s = slice_sub(s, 1, s.n);
    return s;
}

/* The next word of *rest, which ends at a space. */
static struct slice
cut_word(struct slice *rest)
{
    struct slice s = cut_spaces(*rest);
    size_t n = 0;
    while (n < s.n && s.p[n] != ' ')
        n++;
    *rest = cut_spaces(slice_sub(s, n, s.n));
    return slice_sub(s, 0, n);
}

/* Decimal digits, all of the slice; 18 of them fit. */
static bool
read_number(struct slice s, int64_t *ret_number)
{
    int64_t number = 0;
    if (s.n == 0 || s.n > 18)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (!g_ascii_isdigit(s.p[i]))
            return false;
        number = number * 10 + (s.p[i] - '0');
    }
    *ret_number = number;
    return true;
}

/* A name goes into our trace line, so nothing that means something there may be in it. */
static bool
is_name(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!g_ascii_isalnum(s.p[i]) && !memchr("-._:[]", s.p[i], 6))
            return false;
    return s.n > 0 && s.n <= 255;
}

static void
parse_lhlo(struct slice rest, struct lmtp_event *event)
{
    event->text = cut_word(&rest);
    if (!is_name(event->text) || rest.n > 0)
        refuse(event, LMTP_BAD_ARGUMENT);
}

/* FROM:<path> or TO:<path>; spaces before the path are wrong but common. */
static bool
cut_path(struct slice *rest, const char *keyword, struct slice *ret_address)
{
    if (!slice_starts_nocase(*rest, keyword))
        return false;
    struct slice s = cut_spaces(slice_sub(*rest, strlen(keyword), rest->n));
    if (!lmtp_path_cut(&s, ret_address) || (s.n > 0 && *s.p != ' '))
        return false;
    *rest = cut_spaces(s);
    return true;
}

/* One parameter of MAIL: only what LHLO offered (RFC 1870, 6152, 6531). */
static bool
take_mail_parameter(struct slice word, struct lmtp_event *event)
{
    if (slice_starts_nocase(word, "SIZE="))
        return read_number(slice_sub(word, strlen("SIZE="), word.n), &event->size);
    if (slice_equal_nocase(word, "SMTPUTF8")) {
        event->smtputf8 = true;
        return true;
    }
    return slice_equal_nocase(word, "BODY=7BIT")
           || slice_equal_nocase(word, "BODY=8BITMIME");
}

static void
parse_mail(struct slice rest, struct lmtp_event *event)
{
    event->size = -1;
    if (!cut_path(&rest, "FROM:", &event->text)
        || (event->text.n > 0 && !lmtp_address_has_domain(event->text))) {
        refuse(event, LMTP_BAD_SENDER);
        return;
    }
    while (rest.n > 0)
        if (!take_mail_parameter(cut_word(&rest), event)) {
            refuse(event, LMTP_BAD_PARAMETER);
            return;
        }
    if (!event->smtputf8 && !lmtp_address_is_ascii(event->text))
        refuse(event, LMTP_NEEDS_SMTPUTF8);
}

static void
parse_rcpt(struct slice rest, struct lmtp_event *event)
{
    if (!cut_path(&rest, "TO:", &event->text) || event->text.n == 0
        || (!lmtp_address_has_domain(event->text)
            && !slice_equal_nocase(event->text, "postmaster")))
        refuse(event, LMTP_BAD_RECIPIENT);
    else if (rest.n > 0)
        refuse(event, LMTP_BAD_PARAMETER);
}

/* A chunk follows at once, so a BDAT that we can't read leaves us without a place where
   the next command begins. */
static void
parse_bdat(struct slice rest, struct lmtp_event *event)
{
    struct slice size = cut_word(&rest), last = cut_word(&rest);

    event->last = slice_equal_nocase(last, "LAST");
    if (!read_number(size, &event->size) || (last.n > 0 && !event->last) || rest.n > 0)
        *event = (struct lmtp_event){ .type = LMTP_HANG_UP, .reply = LMTP_BAD_ARGUMENT };
}

static void
parse_nothing(struct slice rest, struct lmtp_event *event)
{
    if (rest.n > 0)
        refuse(event, LMTP_BAD_ARGUMENT);
}

static void
parse_anything(struct slice rest, struct lmtp_event *event)
{
    (void)rest;
    (void)event;
}

static void
parse_smtp(struct slice rest, struct lmtp_event *event)
{
    (void)rest;
    refuse(event, LMTP_SAY_LHLO); /* RFC 2033 §4.1 */
}

static void
parse_not_offered(struct slice rest, struct lmtp_event *event)
{
    (void)rest;
    refuse(event, LMTP_NOT_OFFERED);
}

static const struct {
    const char *verb;
    enum lmtp_event_type type;
    void (*parse)(struct slice rest, struct lmtp_event *event);
} commands[] = {
    { "LHLO", LMTP_LHLO, parse_lhlo },
    { "MAIL", LMTP_MAIL, parse_mail },
    { "RCPT", LMTP_RCPT, parse_rcpt },
    { "DATA", LMTP_DATA, parse_nothing },
    { "BDAT", LMTP_BDAT, parse_bdat },
    { "RSET", LMTP_RSET, parse_nothing },
    { "NOOP", LMTP_NOOP, parse_anything },
    { "VRFY", LMTP_VRFY, parse_anything },
    { "HELP", LMTP_HELP, parse_anything },
    { "QUIT", LMTP_QUIT, parse_nothing },
    { "HELO", LMTP_BAD, parse_smtp },
    { "EHLO", LMTP_BAD, parse_smtp },
    { "EXPN", LMTP_BAD, parse_not_offered },
    { "AUTH", LMTP_BAD, parse_not_offered },
    { "STARTTLS", LMTP_BAD, parse_not_offered },
};

void
lmtp_command_parse(struct slice line, struct lmtp_event *ret_event)
{
    /* Some clients leave a space at the end of a line (RFC 5321 §4.1.1). */
    while (line.n > 0 && line.p[line.n - 1] == ' ')
        line.n--;
    struct slice rest = line;
    struct slice verb = cut_word(&rest);

    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (slice_equal_nocase(verb, commands[i].verb)) {
            *ret_event = (struct lmtp_event){ .type = commands[i].type };
            commands[i].parse(rest, ret_event);
            return;
        }
    refuse(ret_event, LMTP_UNKNOWN_COMMAND);
}
