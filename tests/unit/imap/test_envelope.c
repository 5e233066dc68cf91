#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "maild/imap/envelope.h"

#define QUEUE "support@desk.example"

static void
test_scan(void **state)
{
    static const struct {
        const char *name, *message, *from, *recipients;
    } cases[] = {
        { "usual",
          "Return-Path: <Eve@Mail.Example>\r\n"
          "Delivered-To: Support+ABC@desk.example\r\nSubject: x\r\n\r\nbody",
          "eve@mail.example", "support+abc@desk.example " QUEUE },
        { "null path", "Return-Path: <>\r\n\r\n", "", QUEUE },
        { "null path, spaces", "return-path :  <> \r\n\r\n", "", QUEUE },
        { "nothing", "Subject: x\r\n\r\n", NULL, QUEUE },
        { "empty", "", NULL, QUEUE },
        { "only in the body", "Subject: x\r\n\r\nReturn-Path: <a@b.example>\r\n", NULL,
          QUEUE },
        { "the topmost",
          "Return-Path: <a@b.example>\r\nReturn-Path: <c@d.example>\r\n\r\n",
          "a@b.example", QUEUE },
        { "folded", "Return-Path:\r\n <a@b.example>\r\n\r\n", "a@b.example", QUEUE },
        { "LF only", "Return-Path: <a@b.example>\nX-Original-To: c@d.example\n\n",
          "a@b.example", "c@d.example " QUEUE },
        { "each once",
          "Delivered-To: c@d.example\r\nX-Original-To: C@D.example\r\n"
          "Delivered-To: " QUEUE "\r\n\r\n",
          NULL, "c@d.example " QUEUE },
        { "IDN", "Delivered-To: info@bücher.example\r\n\r\n", NULL,
          "info@xn--bcher-kva.example " QUEUE },
        { "no addresses",
          "Delivered-To: postmaster\r\nDelivered-To: @b.example\r\nDelivered-To: a@\r\n"
          "Delivered-To: a b@c.example\r\nDelivered-To: \xff@c.example\r\n"
          "Delivered-To: a@b.example, c@d.example\r\n\r\n",
          NULL, QUEUE },
        { "a name that only begins so", "Return-Pathology: <a@b.example>\r\n\r\n", NULL,
          QUEUE },
        { "cut off", "Return-Path: <a@b.exam", NULL, QUEUE },
        { "no value", "Return-Path:", NULL, QUEUE },
        { "no colon", "Return-Path", NULL, QUEUE },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t n = strlen(cases[i].message);
        g_autofree char *exact = g_memdup2(cases[i].message, n);
        g_autoptr(Envelope) envelope = envelope_scan((struct slice){ exact, n }, QUEUE);
        g_autofree char *recipients =
            g_strjoinv(" ", (char **)envelope->recipients->pdata);
        if (g_strcmp0(envelope->from, cases[i].from) != 0
            || strcmp(recipients, cases[i].recipients) != 0)
            fail_msg("%s: from %s, to %s", cases[i].name, envelope->from, recipients);
    }
}

static void
test_recipients_bounded(void **state)
{
    (void)state;
    g_autoptr(GString) message = g_string_new(NULL);
    for (int i = 0; i < 1000; i++)
        g_string_append_printf(message, "Delivered-To: a%d@b.example\r\n", i);
    g_autoptr(Envelope) envelope =
        envelope_scan((struct slice){ message->str, message->len }, QUEUE);
    assert_true(envelope->recipients->len <= 52);
}

static void
test_header_block(void **state)
{
    static const struct {
        const char *message;
        size_t n;
    } cases[] = {
        { "A: b\r\n\r\nbody", 8 }, { "A: b\n\nbody", 6 },
        { "A: b\r\n", 6 },         { "A: b", 4 },
        { "\r\nbody", 2 },         { "", 0 },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t n = strlen(cases[i].message);
        g_autofree char *exact = g_memdup2(cases[i].message, n);
        assert_int_equal(envelope_header_block((struct slice){ exact, n }).n, cases[i].n);
    }
}

static void
test_note(void **state)
{
    static const char header[] = "From: a@b.example\r\n"
                                 "Content-Type: multipart/mixed;\r\n boundary=x\r\n"
                                 "MIME-Version: 1.0\r\n"
                                 "Content-Disposition: inline\r\n"
                                 "Subject: big\r\n one\r\n\r\n";
    (void)state;
    g_autofree char *exact = g_memdup2(header, sizeof header - 1);
    g_autoptr(GString) message =
        envelope_compose_note((struct slice){ exact, sizeof header - 1 }, "one\ntwo\n");
    assert_string_equal(message->str, "From: a@b.example\r\nSubject: big\r\n one\r\n"
                                      "MIME-Version: 1.0\r\n"
                                      "Content-Type: text/plain; charset=us-ascii\r\n\r\n"
                                      "one\r\ntwo\r\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan),
        cmocka_unit_test(test_recipients_bounded),
        cmocka_unit_test(test_header_block),
        cmocka_unit_test(test_note),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
