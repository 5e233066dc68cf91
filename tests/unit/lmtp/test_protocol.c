#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "maild/lmtp/address.h"
#include "maild/lmtp/protocol.h"
#include "tests/unit/lmtp/trace.h"

#define BYTES(literal)                                                                   \
    {                                                                                    \
        literal, sizeof(literal) - 1                                                     \
    }

struct protocol_case {
    const char *name;
    struct slice input;
    const char *want;
};

static const struct protocol_case commands[] = {
    { "lhlo", BYTES("LHLO mx.example\r\n"), "LHLO <mx.example>\n" },
    { "any case", BYTES("lHlO [10.0.0.1]\r\n"), "LHLO <[10.0.0.1]>\n" },
    { "lhlo without name", BYTES("LHLO\r\n"), "501\n" },
    { "lhlo that would forge a trace", BYTES("LHLO a(by\r\n"), "501\n" },
    { "lhlo two words", BYTES("LHLO a b\r\n"), "501\n" },
    { "smtp", BYTES("EHLO a\r\nHELO a\r\n"), "500\n500\n" },
    { "mail", BYTES("MAIL FROM:<a@b.example>\r\n"), "MAIL <a@b.example>\n" },
    { "mail null", BYTES("MAIL FROM:<>\r\n"), "MAIL <>\n" },
    { "mail with space", BYTES("mail from: <a@b> \r\n"), "MAIL <a@b>\n" },
    { "mail size", BYTES("MAIL FROM:<a@b> SIZE=12 BODY=8BITMIME\r\n"),
      "MAIL <a@b> 12\n" },
    { "mail size wrong", BYTES("MAIL FROM:<a@b> SIZE=1x\r\n"), "555\n" },
    { "mail size empty", BYTES("MAIL FROM:<a@b> SIZE=\r\n"), "555\n" },
    { "mail size huge", BYTES("MAIL FROM:<a@b> SIZE=9999999999999999999\r\n"), "555\n" },
    { "mail binary", BYTES("MAIL FROM:<a@b> BODY=BINARYMIME\r\n"), "555\n" },
    { "mail unknown parameter", BYTES("MAIL FROM:<a@b> RET=HDRS\r\n"), "555\n" },
    { "mail utf8", BYTES("MAIL FROM:<\xc3\xa4@b> SMTPUTF8\r\n"),
      "MAIL <\xc3\xa4@b> utf8\n" },
    { "mail utf8 not said", BYTES("MAIL FROM:<\xc3\xa4@b>\r\n"), "553\n" },
    { "mail not utf8", BYTES("MAIL FROM:<\xe4@b> SMTPUTF8\r\n"), "501\n" },
    { "mail without domain", BYTES("MAIL FROM:<a>\r\n"), "501\n" },
    { "mail without brackets", BYTES("MAIL FROM:a@b\r\n"), "501\n" },
    { "mail not closed", BYTES("MAIL FROM:<a@b\r\n"), "501\n" },
    { "mail glued", BYTES("MAIL FROM:<a@b>SIZE=1\r\n"), "501\n" },
    { "source route", BYTES("MAIL FROM:<@x,@y.z:a@b>\r\n"), "MAIL <a@b>\n" },
    { "source route not ended", BYTES("MAIL FROM:<@x,@y>\r\n"), "501\n" },
    { "quoted", BYTES("RCPT TO:<\"a> b\\\"\"@c>\r\n"), "RCPT <\"a> b\\\"\"@c>\n" },
    { "quoted not closed", BYTES("RCPT TO:<\"a@c>\r\n"), "501\n" },
    { "quoted ends in backslash", BYTES("RCPT TO:<\"a\\\r\n"), "501\n" },
    { "literal", BYTES("RCPT TO:<a@[IPv6:::1]>\r\n"), "RCPT <a@[IPv6:::1]>\n" },
    { "literal not closed", BYTES("RCPT TO:<a@[1>\r\n"), "501\n" },
    { "rcpt", BYTES("RCPT TO:<desk+t0k@d.example>\r\n"), "RCPT <desk+t0k@d.example>\n" },
    { "rcpt null", BYTES("RCPT TO:<>\r\n"), "501\n" },
    { "rcpt postmaster", BYTES("RCPT TO:<PostMaster>\r\n"), "RCPT <PostMaster>\n" },
    { "rcpt local", BYTES("RCPT TO:<root>\r\n"), "501\n" },
    { "rcpt parameter", BYTES("RCPT TO:<a@b> NOTIFY=NEVER\r\n"), "555\n" },
    { "rcpt two at", BYTES("RCPT TO:<a@b@c>\r\n"), "501\n" },
    { "rcpt list", BYTES("RCPT TO:<a@b>,<c@d>\r\n"), "501\n" },
    { "small ones", BYTES("NOOP x\r\nRSET\r\nVRFY a\r\nHELP\r\n"),
      "NOOP\nRSET\nVRFY\nHELP\n" },
    { "arguments", BYTES("RSET x\r\nDATA x\r\nQUIT x\r\n"), "501\n501\n501\n" },
    { "not offered", BYTES("STARTTLS\r\nAUTH PLAIN\r\nEXPN a\r\n"), "502\n502\n502\n" },
    { "unknown", BYTES("GET / HTTP/1.1\r\nRSETS\r\n\r\n"), "500\n500\n500\n" },
    { "nothing after quit", BYTES("QUIT\r\nNOOP\r\nDATA\r\n"), "QUIT\n" },
    { "pipelined",
      BYTES("LHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\nDATA\r\n"
            "x\r\n.\r\nQUIT\r\n"),
      "LHLO <a>\nMAIL <a@b>\nRCPT <c@d>\nRCPT <e@f>\nDATA\n[x\\r\\n]\nQUIT\n" },
};

static const struct protocol_case lines[] = {
    { "bare lf", BYTES("NOOP\nQUIT\r\nRSET\r\n"), "500\nRSET\n" },
    { "bare cr", BYTES("NOOP\rQUIT\r\nRSET\r\n"), "500\nRSET\n" },
    { "cr cr lf", BYTES("NOOP\r\r\nRSET\r\n"), "500\nRSET\n" },
    { "lf cr", BYTES("NOOP\n\rQUIT\r\nRSET\r\n"), "500\nRSET\n" },
    { "nul", BYTES("NO\0OP\r\nRSET\r\n"), "500\nRSET\n" },
    { "nul after cr", BYTES("NOOP\r\0\nQUIT\r\nRSET\r\n"), "500\nRSET\n" },
    { "lf in address", BYTES("RCPT TO:<a@b>\nDATA\r\nRSET\r\n"), "500\nRSET\n" },
    { "answered at once", BYTES("NOOP\n"), "500\n" },
    { "not ended", BYTES("NOOP"), "" },
    { "half ended", BYTES("NOOP\r"), "" },
};

static const struct protocol_case data[] = {
    { "empty", BYTES("DATA\r\n.\r\nNOOP\r\n"), "DATA\n[]\nNOOP\n" },
    { "one line", BYTES("DATA\r\na\r\n.\r\n"), "DATA\n[a\\r\\n]\n" },
    { "stuffed", BYTES("DATA\r\n..\r\n..a\r\n.b\r\nc.\r\n.\r\n"),
      "DATA\n[.\\r\\n.a\\r\\nb\\r\\nc.\\r\\n]\n" },
    { "stuffed first", BYTES("DATA\r\n...\r\n.\r\n"), "DATA\n[..\\r\\n]\n" },
    { "nul", BYTES("DATA\r\na\0b\r\n.\r\n"), "DATA\n[a\\0b\\r\\n]\n" },
    { "not ended", BYTES("DATA\r\na\r\n.\r"), "DATA\n[a\\r\\n\n" },
    { "dot within", BYTES("DATA\r\na.\r\nb\r\n.\r\n"), "DATA\n[a.\\r\\nb\\r\\n]\n" },
    /* What other servers have taken for an end; for us none is. */
    { "lf . lf", BYTES("DATA\r\na\n.\nMAIL\r\n.\r\n"),
      "DATA\n[a\\n.\\nMAIL\\r\\n] unclean\n" },
    { "lf . crlf", BYTES("DATA\r\na\n.\r\nMAIL\r\n.\r\n"),
      "DATA\n[a\\n.\\r\\nMAIL\\r\\n] unclean\n" },
    { "cr . cr", BYTES("DATA\r\na\r.\rMAIL\r\n.\r\n"),
      "DATA\n[a\\r.\\rMAIL\\r\\n] unclean\n" },
    { "crlf . lf", BYTES("DATA\r\na\r\n.\nMAIL\r\n.\r\n"),
      "DATA\n[a\\r\\n\\nMAIL\\r\\n] unclean\n" },
    { "crlf . cr", BYTES("DATA\r\na\r\n.\rMAIL\r\n.\r\n"),
      "DATA\n[a\\r\\n\\rMAIL\\r\\n] unclean\n" },
    { "crlf . cr cr lf", BYTES("DATA\r\na\r\n.\r\r\nb\r\n.\r\n"),
      "DATA\n[a\\r\\n\\r\\r\\nb\\r\\n] unclean\n" },
    { "cr lf cr . crlf", BYTES("DATA\r\na\r\n\r.\r\nb\r\n.\r\n"),
      "DATA\n[a\\r\\n\\r.\\r\\nb\\r\\n] unclean\n" },
    { "cr cr lf . crlf", BYTES("DATA\r\na\r\r\n.\r\nNOOP\r\n"),
      "DATA\n[a\\r\\r\\n] unclean\nNOOP\n" },
    { "crlf . nul crlf", BYTES("DATA\r\na\r\n.\0\r\nb\r\n.\r\n"),
      "DATA\n[a\\r\\n\\0\\r\\nb\\r\\n]\n" },
    { "lf at start", BYTES("DATA\r\n\n.\r\n.\r\n"), "DATA\n[\\n.\\r\\n] unclean\n" },
    { "clean again", BYTES("DATA\r\n\n\r\n.\r\nDATA\r\na\r\n.\r\n"),
      "DATA\n[\\n\\r\\n] unclean\nDATA\n[a\\r\\n]\n" },
};

static const struct protocol_case chunks[] = {
    { "one", BYTES("BDAT 3 LAST\r\na\r\nNOOP\r\n"), "BDAT 3 last\n[a\\r\\n]\nNOOP\n" },
    { "exact", BYTES("BDAT 5\r\n.\r\n\n\rBDAT 1 LAST\r\n\0QUIT\r\n"),
      "BDAT 5\n[.\\r\\n\\n\\r]\nBDAT 1 last\n[\\0]\nQUIT\n" },
    { "none", BYTES("BDAT 0 LAST\r\nNOOP\r\n"), "BDAT 0 last\n[]\nNOOP\n" },
    { "no commands within", BYTES("BDAT 6\r\nQUIT\r\nRSET\r\n"),
      "BDAT 6\n[QUIT\\r\\n]\nRSET\n" },
    { "not ended", BYTES("BDAT 9\r\nabc"), "BDAT 9\n[abc\n" },
    { "no size", BYTES("BDAT\r\nNOOP\r\n"), "end 501\n" },
    { "negative", BYTES("BDAT -1\r\nNOOP\r\n"), "end 501\n" },
    { "too many digits", BYTES("BDAT 1234567890123456789\r\nNOOP\r\n"), "end 501\n" },
    { "not LAST", BYTES("BDAT 1 LOST\r\nNOOP\r\n"), "end 501\n" },
    { "more words", BYTES("BDAT 1 LAST x\r\nNOOP\r\n"), "end 501\n" },
};

struct cut {
    size_t first, second, turn;
};

/* Two pieces of given lengths, then the rest. */
static size_t
two_pieces(void *pieces)
{
    struct cut *cut = pieces;
    switch (cut->turn++) {
    case 0:
        return cut->first;
    case 1:
        return cut->second;
    default:
        return 0;
    }
}

static size_t
one_byte(void *unused)
{
    (void)unused;
    return 1;
}

static void
check(const struct protocol_case *c, const char *how, char *got_take)
{
    g_autofree char *got = got_take;
    if (strcmp(got, c->want) != 0)
        fail_msg("%s, %s: got\n%swant\n%s", c->name, how, got, c->want);
}

/* Whole, byte by byte, and cut at every place and every two neighbouring places. */
static void
check_all(const struct protocol_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct protocol_case *c = &cases[i];
        check(c, "whole", trace_lmtp(c->input, NULL, NULL));
        check(c, "bytes", trace_lmtp(c->input, one_byte, NULL));
        for (size_t at = 1; at < c->input.n; at++)
            for (size_t next = 1; next < 4; next++)
                check(c, "cut",
                      trace_lmtp(c->input, two_pieces, &(struct cut){ at, next, 0 }));
    }
}

static void
test_commands(void **state)
{
    (void)state;
    check_all(commands, G_N_ELEMENTS(commands));
}

static void
test_lines(void **state)
{
    (void)state;
    check_all(lines, G_N_ELEMENTS(lines));
}

static void
test_data(void **state)
{
    (void)state;
    check_all(data, G_N_ELEMENTS(data));
}

static void
test_chunks(void **state)
{
    (void)state;
    check_all(chunks, G_N_ELEMENTS(chunks));
}

static void
test_long_lines(void **state)
{
    (void)state;
    for (size_t n = LIMIT_LMTP_LINE - 1; n <= LIMIT_LMTP_LINE + 1; n++) {
        g_autoptr(GString) input = g_string_new("NOOP ");
        while (input->len < n)
            g_string_append_c(input, 'x');
        g_string_append(input, "\r\nRSET\r\n");
        struct protocol_case c = { "long",
                                   { input->str, input->len },
                                   n > LIMIT_LMTP_LINE ? "500\nRSET\n" : "NOOP\nRSET\n" };
        check(&c, "whole", trace_lmtp(c.input, NULL, NULL));
        check(&c, "bytes", trace_lmtp(c.input, one_byte, NULL));
    }
}

static void
test_long_address(void **state)
{
    (void)state;
    for (size_t n = LIMIT_ADDRESS_BYTES - 1; n <= LIMIT_ADDRESS_BYTES + 1; n++) {
        g_autofree char *local = g_strnfill(n - 2, 'a');
        g_autofree char *input = g_strdup_printf("RCPT TO:<%s@b>\r\n", local);
        g_autofree char *fits = g_strdup_printf("RCPT <%s@b>\n", local);
        struct protocol_case c = { "long", slice_from(input),
                                   n > LIMIT_ADDRESS_BYTES ? "501\n" : fits };
        check(&c, "whole", trace_lmtp(c.input, NULL, NULL));
    }
}

static void
test_normalise(void **state)
{
    static const struct {
        const char *address, *want;
    } cases[] = {
        { "Support@Desk.Example", "support@desk.example" },
        { "\"Sup\\port\"@desk.example", "support@desk.example" },
        { "\"a@b\"@c.example", "a@b@c.example" },
        { "a@B\xc3\x9c"
          "cher.example",
          "a@xn--bcher-kva.example" },
        { "\xc3\x84@b", "\xc3\xa4@b" },
        { "Postmaster", "postmaster" },
        { "a@[IPv6:::1]", "a@[ipv6:::1]" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t n = strlen(cases[i].address);
        g_autofree char *exact = g_memdup2(cases[i].address, n);
        g_autofree char *got = lmtp_address_normalise((struct slice){ exact, n });
        assert_string_equal(got, cases[i].want);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands),   cmocka_unit_test(test_lines),
        cmocka_unit_test(test_data),       cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_long_lines), cmocka_unit_test(test_long_address),
        cmocka_unit_test(test_normalise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
