#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/base/limits.h"
#include "maild/lmtp/session.h"

/* Addresses that start with a letter a–d are that tenant's; all else is nobody's. */
static void
route(GPtrArray *asks)
{
    for (size_t i = 0; i < asks->len; i++) {
        struct lmtp_recipient *r = g_ptr_array_index(asks, i);
        if (r->answered)
            continue;
        bool known = r->address[0] >= 'a' && r->address[0] <= 'd';
        r->answered = true;
        r->reply = known ? LMTP_RECIPIENT_OK : LMTP_UNKNOWN_RECIPIENT;
        r->tenant.b[0] = known ? (uint8_t)r->address[0] : 0;
    }
}

/* What a run of one session led to. */
struct outcome {
    GString *replies; /* the codes, "220 250 " */
    GString *stored;  /* "tenant(from>recipients)[body]" a row */
    int questions;
    enum lmtp_session_state state;
};

static void
store_row(struct outcome *outcome, const LmtpMessage *message, struct lmtp_row *row,
          char poison)
{
    g_autofree char *raw = g_strndup((const char *)row->raw->data, row->raw->len);
    const char *id = strstr(raw, "\tid ");
    assert_non_null(id);
    const char *body = strstr(id, "\r\n");
    assert_non_null(body);

    row->answered = true;
    row->reply = row->tenant.b[0] == (uint8_t)poison ? LMTP_CANNOT_STORE : LMTP_STORED;
    g_autofree char *list = g_strjoinv(",", (char **)row->addresses->pdata);
    g_string_append_printf(outcome->stored, "%c(%s>%s)[%s]", row->tenant.b[0],
                           message->from, list, body + 2);
}

static void
store(struct outcome *outcome, LmtpSession *session, char poison)
{
    g_autoptr(LmtpMessage) message = lmtp_session_take(session);
    for (size_t i = 0; i < message->rows->len; i++)
        store_row(outcome, message, g_ptr_array_index(message->rows, i), poison);
    assert_true(lmtp_message_is_answered(message));
    lmtp_session_committed(session, message);
}

static void
answer(struct outcome *outcome, LmtpSession *session, char poison)
{
    for (;;)
        switch (lmtp_session_state(session)) {
        case LMTP_SESSION_ROUTES:
            outcome->questions++;
            route(lmtp_session_asks(session));
            lmtp_session_routed(session);
            break;
        case LMTP_SESSION_COMMITS:
            store(outcome, session, poison);
            break;
        case LMTP_SESSION_READS:
        case LMTP_SESSION_OVER:
            return;
        }
}

static void
collect_codes(struct outcome *outcome, LmtpSession *session)
{
    g_auto(GStrv) lines = g_strsplit(lmtp_session_output(session)->str, "\r\n", -1);
    for (size_t i = 0; lines[i]; i++)
        if (strlen(lines[i]) > 3 && lines[i][3] == ' ')
            g_string_append_printf(outcome->replies, "%.4s", lines[i]);
}

/* Push `input` in pieces of `piece` bytes, answering every question at once, or, `late`,
   only when all has been pushed. */
static struct outcome
run(struct slice input, size_t piece, bool late, char poison)
{
    size_t in_flight = 0;
    struct outcome outcome = { g_string_new(NULL), g_string_new(NULL), 0, 0 };
    g_autoptr(LmtpSession) session = lmtp_session_new(
        &(struct lmtp_session_options){ "desk.example", "10.0.0.1", 100, &in_flight });
    for (size_t at = 0; at < input.n; at += piece) {
        struct slice part = slice_sub(input, at, at + piece);
        g_autofree char *exact = g_memdup2(part.p, part.n);
        lmtp_session_push(session, (struct slice){ exact, part.n });
        if (!late)
            answer(&outcome, session, poison);
    }
    answer(&outcome, session, poison);
    collect_codes(&outcome, session);
    outcome.state = lmtp_session_state(session);
    g_clear_pointer(&session, lmtp_session_free);
    assert_int_equal(in_flight, 0);
    return outcome;
}

static void
clear(struct outcome *outcome)
{
    g_string_free(outcome->replies, TRUE);
    g_string_free(outcome->stored, TRUE);
}

#define HELLO "LHLO mx\r\n"
#define TO(address) "RCPT TO:<" address "@x>\r\n"
#define TEN "0123456789"
#define NINETY TEN TEN TEN TEN TEN TEN TEN TEN TEN

struct session_case {
    const char *name, *input, *replies, *stored;
    char poison;
};

static const struct session_case cases[] = {
    { "one mail", HELLO "MAIL FROM:<S@X>\r\n" TO("A") "DATA\r\nhi\r\n.\r\nQUIT\r\n",
      "220 250 250 250 354 250 221 ", "a(s@x>a@x)[hi\r\n]", 0 },
    { "one reply a recipient, unknown ones left out",
      HELLO "MAIL FROM:<>\r\n" TO("a") TO("x") TO("a2") TO("y") "DATA\r\n.\r\n",
      "220 250 250 250 550 250 550 354 250 250 ", "a(>a@x,a2@x)[]", 0 },
    { "said twice, stored once", HELLO "MAIL FROM:<>\r\n" TO("a") TO("A") "DATA\r\n.\r\n",
      "220 250 250 250 250 354 250 250 ", "a(>a@x)[]", 0 },
    { "a row a tenant",
      HELLO "MAIL FROM:<>\r\n" TO("a") TO("b") TO("a2") "DATA\r\n1\r\n.\r\n",
      "220 250 250 250 250 250 354 250 250 250 ", "a(>a@x,a2@x)[1\r\n]b(>b@x)[1\r\n]",
      0 },
    { "one row poisoned",
      HELLO "MAIL FROM:<>\r\n" TO("a") TO("b") TO("a2") "DATA\r\n.\r\n",
      "220 250 250 250 250 250 354 554 250 554 ", "a(>a@x,a2@x)[]b(>b@x)[]", 'a' },
    { "two mails",
      HELLO
      "MAIL FROM:<1@x>\r\n" TO("a") "DATA\r\n1\r\n.\r\n"
                                    "MAIL FROM:<2@x>\r\n" TO("b") "DATA\r\n2\r\n.\r\n",
      "220 250 250 250 354 250 250 250 354 250 ", "a(1@x>a@x)[1\r\n]b(2@x>b@x)[2\r\n]",
      0 },
    { "nobody", HELLO "MAIL FROM:<>\r\n" TO("x") "DATA\r\nRSET\r\n",
      "220 250 250 550 503 250 ", "", 0 },
    { "order",
      "MAIL FROM:<>\r\n" HELLO TO("a") "DATA\r\nMAIL FROM:<>\r\nMAIL FROM:<>\r\n",
      "220 503 250 503 503 250 503 ", "", 0 },
    { "lhlo resets", HELLO "MAIL FROM:<>\r\n" TO("a") HELLO "DATA\r\n",
      "220 250 250 250 250 503 ", "", 0 },
    { "rset", HELLO "MAIL FROM:<>\r\n" TO("a") "RSET\r\nDATA\r\n",
      "220 250 250 250 250 503 ", "", 0 },
    { "bad rcpt between",
      HELLO "MAIL FROM:<>\r\n" TO("a") "RCPT TO:<>\r\n" TO("b") "NOOP\r\n",
      "220 250 250 250 501 250 250 ", "", 0 },
    { "declared too large", HELLO "MAIL FROM:<> SIZE=101\r\n" TO("a"), "220 250 552 503 ",
      "", 0 },
    { "declared as large as can be", HELLO "MAIL FROM:<> SIZE=100\r\n", "220 250 250 ",
      "", 0 },
    { "exactly full",
      HELLO "MAIL FROM:<>\r\n" TO("a") "DATA\r\n" NINETY "01234567\r\n.\r\n",
      "220 250 250 250 354 250 ", "a(>a@x)[" NINETY "01234567\r\n]", 0 },
    { "one byte over",
      HELLO "MAIL FROM:<>\r\n" TO("a") TO("a2") "DATA\r\n" NINETY
                                                "012345678\r\n.\r\nNOOP\r\n",
      "220 250 250 250 250 354 552 552 250 ", "", 0 },
    { "bare lf", HELLO "MAIL FROM:<>\r\n" TO("a") "DATA\r\nx\n.\nQUIT\r\n.\r\nNOOP\r\n",
      "220 250 250 250 354 550 250 ", "", 0 },
    { "utf8", HELLO "MAIL FROM:<> SMTPUTF8\r\n" TO("a\xc3\xa4") "DATA\r\n.\r\n",
      "220 250 250 250 354 250 ", "a(>a\xc3\xa4@x)[]", 0 },
    { "utf8 not said", HELLO "MAIL FROM:<>\r\n" TO("a\xc3\xa4") TO("a") "NOOP\r\n",
      "220 250 250 553 250 250 ", "", 0 },
    { "chunks",
      HELLO "MAIL FROM:<>\r\n" TO("a") "BDAT 3\r\na\nbBDAT 2\r\n.\rBDAT 0 LAST\r\n",
      "220 250 250 250 250 250 250 ", "a(>a@x)[a\nb.\r]", 0 },
    { "chunk without mail", HELLO "BDAT 6 LAST\r\nQUIT\r\nMAIL FROM:<>\r\n",
      "220 250 503 250 ", "", 0 },
    { "chunk without recipient",
      HELLO "MAIL FROM:<>\r\nBDAT 6\r\nQUIT\r\n" TO("a") "DATA\r\n.\r\n",
      "220 250 250 503 250 354 250 ", "a(>a@x)[]", 0 },
    { "data after chunk",
      HELLO "MAIL FROM:<>\r\n" TO("a") "BDAT 1\r\nxDATA\r\n" TO("b") "BDAT 1 LAST\r\ny",
      "220 250 250 250 250 503 503 250 ", "a(>a@x)[xy]", 0 },
    { "chunks too large",
      HELLO "MAIL FROM:<>\r\n" TO("a") TO("b") "BDAT 10\r\n" TEN "BDAT 91\r\n1" NINETY
                                               "BDAT 1\r\nxBDAT 1 LAST\r\ny"
                                               "BDAT 1 LAST\r\nzNOOP\r\n",
      "220 250 250 250 250 250 552 552 552 552 503 250 ", "", 0 },
    { "chunk unreadable", HELLO "MAIL FROM:<>\r\n" TO("a") "BDAT x\r\nNOOP\r\n",
      "220 250 250 250 501 ", "", 0 },
    { "small ones", "NOOP\r\nVRFY a\r\nHELP\r\nEHLO a\r\nFOO\r\nQUIT\r\nNOOP\r\n",
      "220 250 252 214 500 500 221 ", "", 0 },
};

static void
check(const struct session_case *c, size_t piece, bool late)
{
    struct outcome got = run(slice_from(c->input), piece, late, c->poison);
    if (strcmp(got.replies->str, c->replies) != 0
        || strcmp(got.stored->str, c->stored) != 0)
        fail_msg("%s, pieces of %zu%s:\ngot  %s %s\nwant %s %s", c->name, piece,
                 late ? ", late" : "", got.replies->str, got.stored->str, c->replies,
                 c->stored);
    clear(&got);
}

static void
test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        for (size_t piece = 1; piece <= strlen(cases[i].input); piece++) {
            check(&cases[i], piece, false);
            check(&cases[i], piece, true);
        }
}

/* Recipients that come together are one question. */
static void
test_one_question(void **state)
{
    static const char input[] =
        HELLO "MAIL FROM:<>\r\n" TO("a") TO("b") TO("c") "DATA\r\n";
    (void)state;
    struct outcome got = run(slice_from(input), sizeof input, false, 0);
    assert_int_equal(got.questions, 1);
    clear(&got);
}

static void
test_too_many_recipients(void **state)
{
    g_autoptr(GString) input = g_string_new(HELLO "MAIL FROM:<>\r\n");
    (void)state;
    for (int i = 0; i < LIMIT_LMTP_RECIPIENTS + 1; i++)
        g_string_append_printf(input, TO("a%d"), i);
    struct outcome got = run((struct slice){ input->str, input->len }, 1000, false, 0);
    assert_true(g_str_has_suffix(got.replies->str, "250 452 "));
    clear(&got);
}

static void
test_too_many_errors(void **state)
{
    g_autoptr(GString) input = g_string_new(HELLO "MAIL FROM:<>\r\n");
    (void)state;
    for (int i = 0; i < LIMIT_LMTP_ERRORS + 5; i++)
        g_string_append_printf(input, TO("x%d"), i);
    struct outcome got = run((struct slice){ input->str, input->len }, 1 << 20, false, 0);
    assert_int_equal(got.state, LMTP_SESSION_OVER);
    assert_true(g_str_has_suffix(got.replies->str, "550 550 421 "));
    assert_int_equal(got.replies->len, 4 * (3 + LIMIT_LMTP_ERRORS + 2));
    clear(&got);
}

/* The server has no room: the bytes are let go at once, the rest is taken and refused. */
static void
test_give_up(void **state)
{
    size_t in_flight = 0;
    (void)state;
    g_autoptr(LmtpSession) session = lmtp_session_new(
        &(struct lmtp_session_options){ "desk.example", "unix", 1000, &in_flight });
    struct outcome outcome = { g_string_new(NULL), g_string_new(NULL), 0, 0 };

    lmtp_session_push(session,
                      slice_from(HELLO "MAIL FROM:<>\r\n" TO("a") "DATA\r\nabc"));
    answer(&outcome, session, 0);
    assert_true(lmtp_session_collects(session));
    assert_true(in_flight > 3);
    lmtp_session_give_up_message(session);
    assert_false(lmtp_session_collects(session));
    assert_int_equal(in_flight, 0);
    lmtp_session_push(session, slice_from("def\r\n.\r\nNOOP\r\n"));
    collect_codes(&outcome, session);
    assert_string_equal(outcome.replies->str, "220 250 250 250 354 452 250 ");
    assert_true(lmtp_session_is_idle(session));
    clear(&outcome);
}

static void
test_trace_header(void **state)
{
    size_t in_flight = 0;
    (void)state;
    g_autoptr(LmtpSession) session = lmtp_session_new(
        &(struct lmtp_session_options){ "desk.example", "10.0.0.1", 1000, &in_flight });
    struct outcome outcome = { g_string_new(NULL), g_string_new(NULL), 0, 0 };

    lmtp_session_push(session,
                      slice_from("LHLO mx.example\r\nMAIL FROM:<Ada@x.example>\r\n" TO(
                          "A+T") "DATA\r\nX: y\r\n.\r\n"));
    answer(&outcome, session, 0); /* the question, and then stops to commit: done too */
    assert_string_equal(outcome.stored->str, "a(ada@x.example>a+t@x)[X: y\r\n]");

    lmtp_session_push(
        session, slice_from("MAIL FROM:<Ada@x.example>\r\n" TO("A+T") "DATA\r\n.\r\n"));
    route(lmtp_session_asks(session));
    lmtp_session_routed(session);
    g_autoptr(LmtpMessage) message = lmtp_session_take(session);
    const struct lmtp_row *row = g_ptr_array_index(message->rows, 0);
    g_autofree char *raw = g_strndup((const char *)row->raw->data, row->raw->len);
    assert_true(g_str_has_prefix(raw, "Return-Path: <Ada@x.example>\r\n"
                                      "Delivered-To: a+t@x\r\n"
                                      "Received: from mx.example ([10.0.0.1])\r\n"
                                      "\tby desk.example (Postern) with LMTP\r\n"
                                      "\tid "));
    assert_true(g_str_has_suffix(raw, " +0000\r\n"));
    clear(&outcome);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_one_question),
        cmocka_unit_test(test_too_many_recipients),
        cmocka_unit_test(test_too_many_errors),
        cmocka_unit_test(test_give_up),
        cmocka_unit_test(test_trace_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
