/* The dialog with a relay: what each course of it amounts to. */
#include "tests/unit/test.h"

#include <string.h>

#include "maild/send/dialog.h"

/* Lines of a course: "> " ours, "< " theirs, separated by '|'. Each is fed as a copy of
   exactly its size. */
static Dialog *
play(const char *course)
{
    Dialog *dialog = dialog_new();
    g_auto(GStrv) lines = g_strsplit(course, "|", -1);
    for (char **line = lines; *line; line++) {
        size_t n = strlen(*line);
        if (n < 2)
            continue;
        g_autofree char *exact = g_memdup2(*line + 2, n - 2);
        struct slice s = { exact, n - 2 };
        if (**line == '>')
            dialog_sent(dialog, s);
        else
            dialog_received(dialog, s);
    }
    return dialog;
}

#define GREETED "< 220 mx ESMTP|> EHLO me|< 250-mx|< 250-SIZE 1000|< 250 HELP"
#define ASKED GREETED "|> MAIL FROM:<a@x>|< 250 2.1.0 ok|> RCPT TO:<b@y>"
#define BODY ASKED "|< 250 2.1.5 ok|> DATA|< 354 go on"

static void
test_outcomes(void **state)
{
    static const struct {
        const char *name, *course;
        enum dialog_outcome want;
        int code;
        const char *enhanced, *text, *queue_id;
    } cases[] = {
        { "taken", BODY "|< 250 2.0.0 Ok: queued as 4Bx9|> QUIT|< 221 bye", DIALOG_TAKEN,
          250, "2.0.0", "2.0.0 Ok: queued as 4Bx9", "4Bx9" },
        { "taken, on a kept connection",
          "> MAIL FROM:<a@x>|< 250 ok|> RCPT TO:<b@y>|< 250 ok|> DATA|< 354 x|< 250 OK "
          "id=1kA-0B\r\n",
          DIALOG_TAKEN, 250, "", "OK id=1kA-0B", "1kA-0B" },
        { "sendmail's queue id", BODY "|< 250 2.0.0 iAb12 Message accepted for delivery",
          DIALOG_TAKEN, 250, "2.0.0", "2.0.0 iAb12 Message accepted for delivery",
          "iAb12" },
        { "taken, no queue id", BODY "|< 250-2.6.0 fine|< 250 2.6.0 thanks", DIALOG_TAKEN,
          250, "2.6.0", "2.6.0 fine thanks", NULL },
        { "no such user", ASKED "|< 550-5.1.1 no such|< 550 5.1.1 user|> QUIT|< 221 bye",
          DIALOG_REFUSED, 550, "5.1.1", "5.1.1 no such user", NULL },
        { "greylisted", ASKED "|< 450 4.2.0 later|< 221 2.0.0 bye", DIALOG_LATER, 450,
          "4.2.0", "4.2.0 later", NULL },
        { "too large at MAIL", GREETED "|> MAIL FROM:<a@x> SIZE=99|< 552 5.3.4 too big",
          DIALOG_REFUSED, 552, "5.3.4", "5.3.4 too big", NULL },
        { "log in first", GREETED "|> MAIL FROM:<a@x>|< 530 5.7.0 auth", DIALOG_BROKEN,
          530, "5.7.0", "5.7.0 auth", NULL },
        { "going down", ASKED "|< 421 4.3.2 restart", DIALOG_BROKEN, 421, "4.3.2",
          "4.3.2 restart", NULL },
        { "refused after the dot", BODY "|< 554 5.6.0 spam", DIALOG_REFUSED, 554, "5.6.0",
          "5.6.0 spam", NULL },
        { "deferred after the dot", BODY "|< 451 4.3.0 disk", DIALOG_LATER, 451, "4.3.0",
          "4.3.0 disk", NULL },
        { "cut after the dot", BODY, DIALOG_UNKNOWN, 0, "", NULL, NULL },
        { "cut in the last reply", BODY "|< 250-2.0.0 que", DIALOG_UNKNOWN, 0, "", NULL,
          NULL },
        { "cut before the body", ASKED "|< 250 ok|> DATA", DIALOG_BROKEN, 0, "", NULL,
          NULL },
        { "nobody there", "", DIALOG_BROKEN, 0, "", NULL, NULL },
        { "turned away at the door", "< 554 5.3.2 not you", DIALOG_BROKEN, 554, "5.3.2",
          "5.3.2 not you", NULL },
        { "wrong password", GREETED "|> AUTH PLAIN|< 535 5.7.8 no", DIALOG_BROKEN, 535,
          "5.7.8", "5.7.8 no", NULL },
        { "no STARTTLS, then taken",
          GREETED "|> STARTTLS|< 454 4.7.0 not now|> MAIL FROM:<a>|< 250 ok|> RCPT "
                  "TO:<b>|< 250 ok|> DATA|< 354 x|< 250 ok",
          DIALOG_TAKEN, 250, "", "ok", NULL },
        { "354 where none was asked for", GREETED "|< 354 go", DIALOG_BROKEN, 0, "", NULL,
          NULL },
        { "a body line that looks like a command", BODY "|> MAIL FROM:<x>|< 250 ok",
          DIALOG_TAKEN, 250, "", "ok", NULL },
        { "junk", "< |< 2|< 25x no|< 250?|< \xff\xfe\xfd\xfc|" ASKED "|< 550 \xff\x01",
          DIALOG_REFUSED, 550, "", "\xEF\xBF\xBD", NULL },
        { "not an enhanced status", ASKED "|< 550 5.1.1234 x", DIALOG_REFUSED, 550, "",
          "5.1.1234 x", NULL },
        { "nothing but the status", ASKED "|< 550 5.1.1", DIALOG_REFUSED, 550, "5.1.1",
          "5.1.1", NULL },
        { "nothing but the code", ASKED "|< 550", DIALOG_REFUSED, 550, "", "", NULL },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Dialog) d = play(cases[i].course);
        if (dialog_outcome(d) != cases[i].want || d->code != cases[i].code
            || strcmp(d->enhanced, cases[i].enhanced) != 0
            || g_strcmp0(d->text, cases[i].text) != 0
            || g_strcmp0(d->queue_id, cases[i].queue_id) != 0)
            fail_msg("%s: got %d %d \"%s\" \"%s\" %s", cases[i].name,
                     (int)dialog_outcome(d), d->code, d->enhanced, d->text, d->queue_id);
    }
}

static void
test_long_replies_are_cut(void **state)
{
    g_autoptr(Dialog) d = play(ASKED);
    g_autofree char *line = g_strnfill(5000, 'x');
    (void)state;
    memcpy(line, "550-", 4);
    for (int i = 0; i < 100; i++)
        dialog_received(d, (struct slice){ line, 5000 });
    dialog_received(d, slice_from("550 end"));
    assert_int_equal(dialog_outcome(d), DIALOG_REFUSED);
    assert_true(strlen(d->text) < 2300);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_long_replies_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
