#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/mail/mbox.h"

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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mbox),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
