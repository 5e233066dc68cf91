#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/base/error.h"
#include "maild/imap/guard.h"

#define ANSWER 400
#define LITERAL 50

#define NEST8 "(((((((("
#define NEST32 NEST8 NEST8 NEST8 NEST8

static const struct {
    const char *name;
    const char *input;
    const char *fault; /* part of the message; NULL: it passes */
} cases[] = {
    { "greeting", "* OK hello\r\n", NULL },
    { "a body", "* 1 FETCH (UID 4 BODY[] {5}\r\n((((( FLAGS ())\r\n1 OK\r\n", NULL },
    { "a body of parentheses", "* 1 FETCH (BODY[] {40}\r\n" NEST32 NEST8 ")\r\n", NULL },
    { "two bodies", "* 1 FETCH (BODY[] {2}\r\nab)\r\n* 2 FETCH (BODY[] {2}\r\ncd)\r\n",
      NULL },
    { "an empty body", "* 1 FETCH (BODY[] {0}\r\n)\r\n* BYE\r\n", "goodbye" },
    { "BYE in a body", "* 1 FETCH (BODY[] {9}\r\n\r\n* BYE\r\n)\r\n", NULL },
    { "BYE", "* BYE too many connections\r\n", "goodbye: too many connections" },
    { "bye, small", "* bye\n", "goodbye" },
    { "BYE with bytes", "* BYE \xff\xfe\r\n", "goodbye" },
    { "depth 32", "* 1 FETCH " NEST32 "\r\n", NULL },
    { "depth 33", "* 1 FETCH (" NEST32 "\r\n", "too deeply" },
    { "depth 33 across a literal", "* 1 FETCH " NEST32 "{2}\r\nab(\r\n", "too deeply" },
    { "depth starts anew on a line", "* OK " NEST32 "\r\n* OK " NEST32 "\r\n", NULL },
    { "parentheses in quotes", "* 1 FETCH (\"" NEST32 NEST32 "\")\r\n", NULL },
    { "after an escaped quote", "* 1 FETCH (\"\\\"" NEST32 NEST32 "\")\r\n", NULL },
    { "after an escaped backslash", "* 1 FETCH (\"\\\\\"" NEST32 ")\r\n", "too deeply" },
    { "a literal over the budget", "* 1 FETCH (BODY[] {51}\r\n",
      "more than it was asked" },
    { "literals over the budget",
      "* 1 FETCH (BODY[] {50}\r\n"
      "01234567890123456789012345678901234567890123456789)\r\n"
      "* 2 FETCH (BODY[] {1}\r\n",
      "more than it was asked" },
    { "a literal past all numbers",
      "* 1 FETCH (BODY[] {99999999999999999999999999999999999999}\r\n",
      "more than it was asked" },
    { "a literal past 2^64", "* 1 FETCH (BODY[] {18446744073709551617}\r\n",
      "more than it was asked" },
    { "no literal in free text", "* OK hello {9}\r\n* BYE x\r\n", "goodbye" },
    { "no literal in quotes", "* 1 FETCH (\"a {9}\r\n* BYE x\r\n", "goodbye" },
    { "no literal inside a line", "* 1 FETCH (a {9} b\r\n* BYE x\r\n", "goodbye" },
    { "braces without a number", "* 1 FETCH (a {x}\r\n* BYE x\r\n", "goodbye" },
};

/* However the bytes are cut into segments, the verdict is the same. */
static void
run_case(size_t i, size_t step)
{
    struct guard guard = { 0 };
    g_autoptr(GError) error = NULL;
    size_t n = strlen(cases[i].input);
    bool good = true;

    guard_allow(&guard, ANSWER, LITERAL);
    for (size_t at = 0; good && at < n; at += step) {
        size_t part = MIN(step, n - at);
        g_autofree char *exact = g_memdup2(cases[i].input + at, part);
        good = guard_feed(&guard, (struct slice){ exact, part }, &error);
    }
    if (good != !cases[i].fault || (error && !strstr(error->message, cases[i].fault)))
        fail_msg("%s, by %zu: %s", cases[i].name, step,
                 error ? error->message : "passed");
}

static void
test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        for (size_t step = 1; step < 100; step++)
            run_case(i, step);
}

static void
test_endless_line(void **state)
{
    struct guard guard = { 0 };
    g_autoptr(GError) error = NULL;
    size_t passed = 0;
    (void)state;

    guard_allow(&guard, ANSWER, LITERAL);
    while (guard_feed(&guard, slice_from("a"), &error))
        passed++;
    assert_int_equal(passed, ANSWER);
    assert_true(error_is(error, ERR_RETRY));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_endless_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
