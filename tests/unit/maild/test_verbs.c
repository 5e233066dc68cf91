#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/base/clock.h"
#include "maild/verbs/arguments.h"
#include "maild/verbs/mbox.h"

#define TIME (INT64_C(1763696175) * CLOCK_SECOND) /* 2025-11-21 03:36:15 UTC */
#define FROM "From ada@customer.example Fri Nov 21 03:36:15 2025\n"

static void
test_mbox(void **state)
{
    static const struct {
        const char *name, *sender, *message, *want;
    } cases[] = {
        { "plain", "ada@customer.example", "Subject: x\r\n\r\nhello\r\n",
          FROM "Subject: x\n\nhello\n\n" },
        { "no sender", "", "X: y\r\n",
          "From MAILER-DAEMON Fri Nov 21 03:36:15 2025\nX: y\n\n" },
        { "blank in the sender", "\"a b\"@x", "X: y\r\n",
          "From \"a_b\"@x Fri Nov 21 03:36:15 2025\nX: y\n\n" },
        { "From in the text", "ada@customer.example",
          "X: y\r\n\r\nFrom here\r\n>From there\r\n>>From\r\nFrom: no\r\n From no\r\n",
          FROM "X: y\n\n>From here\n>>From there\n>>From\nFrom: no\n From no\n\n" },
        { "no end of line", "ada@customer.example", "X: y\r\n\r\nlast",
          FROM "X: y\n\nlast\n\n" },
        { "bare LF", "ada@customer.example", "X: y\n\nFrom x\n",
          FROM "X: y\n\n>From x\n\n" },
        { "empty", "ada@customer.example", "", FROM "\n" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t n = strlen(cases[i].message);
        g_autofree char *exact = g_memdup2(cases[i].message, n); /* no NUL */
        g_autoptr(GString) got = g_string_new(NULL);
        mbox_append(got, cases[i].sender, TIME, (struct slice){ exact, n });
        if (strcmp(got->str, cases[i].want) != 0)
            fail_msg("%s: got\n%s", cases[i].name, got->str);
    }
}

static void
test_arguments(void **state)
{
    static const struct {
        const char *name;
        const char *argv[8];
        bool good;
        const char *value; /* of --name; NULL: not given */
        bool flag;
    } cases[] = {
        { "words only", { "v", "a", "b" }, true, NULL, false },
        { "value behind", { "v", "a", "--name", "x", "b" }, true, "x", false },
        { "value joined", { "v", "--name=x=y", "a", "b" }, true, "x=y", false },
        { "empty value", { "v", "--name=", "a", "b" }, true, "", false },
        { "flag", { "v", "a", "b", "--flag" }, true, NULL, true },
        { "flag with value", { "v", "a", "b", "--flag=1" }, false, NULL, false },
        { "value missing", { "v", "a", "b", "--name" }, false, NULL, false },
        { "unknown", { "v", "a", "b", "--nam" }, false, NULL, false },
        { "word missing", { "v", "a" }, false, NULL, false },
        { "word too many", { "v", "a", "b", "c" }, false, NULL, false },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *value = NULL, *words[2] = { NULL, NULL };
        bool flag = false;
        const struct verb_option options[] = { { "name", &value, NULL },
                                               { "flag", NULL, &flag },
                                               { NULL, NULL, NULL } };
        int argc = 0;
        while (cases[i].argv[argc])
            argc++;
        bool good = verb_arguments(argc, (char **)cases[i].argv, options, words, 2);
        if (good != cases[i].good)
            fail_msg("%s: %d", cases[i].name, good);
        if (good
            && (g_strcmp0(value, cases[i].value) != 0 || flag != cases[i].flag
                || strcmp(words[0], "a") != 0 || strcmp(words[1], "b") != 0))
            fail_msg("%s: %s %d %s %s", cases[i].name, value, flag, words[0], words[1]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mbox),
        cmocka_unit_test(test_arguments),
    };
    return cmocka_run_group_tests_name("verbs", tests, NULL, NULL);
}
