#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/text/text.h"

#define TEN "aaaa bbbb "
#define SEVENTY "1234567890123456789012345678901234567890123456789012345678901234567890"

static void
test_quote(void **state)
{
    static const struct {
        const char *name, *text, *want;
    } cases[] = {
        { "nothing", "", "" },
        { "blank", " \r\n\n", "" },
        { "a line", "one", "> one" },
        { "lines", "one\r\ntwo\n", "> one\n> two" },
        { "empty lines", "\n\none\n\n\ntwo\n\n", "> one\n>\n>\n> two" },
        { "quoted already", "> one\n>> two\n>", ">> one\n>>> two\n>>" },
        { "indented", "  one  \n\ttwo", ">   one\n> \ttwo" },
        { "fits", SEVENTY, "> " SEVENTY },
        { "wide", TEN TEN TEN TEN TEN TEN TEN TEN,
          "> " TEN TEN TEN TEN TEN TEN "aaaa bbbb\n> aaaa bbbb" },
        { "wide word", "a " SEVENTY "x b", "> a\n> " SEVENTY "x\n> b" },
        { "wide and quoted", "> > " TEN TEN TEN TEN TEN TEN TEN,
          ">> > " TEN TEN TEN TEN TEN TEN "aaaa\n>> > bbbb" },
        { "wide characters",
          "日本語日本語日本語日本語日本語日本語 日本語日本語日本語日本語日本語日本語",
          "> 日本語日本語日本語日本語日本語日本語\n> "
          "日本語日本語日本語日本語日本語日本語" },
        { "not UTF-8", "a\xff\xc3", "> a\xff\xc3" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t n = strlen(cases[i].text);
        g_autofree char *exact = g_memdup2(cases[i].text, n);
        g_autofree char *got = text_quote((struct slice){ exact, n });
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s:\n%s", cases[i].name, got);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_quote) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
