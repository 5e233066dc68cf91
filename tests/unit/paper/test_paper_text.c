#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/paper/paper_text.h"

static void
test_clean(void **state)
{
    static const struct {
        const char *name, *text, *want;
    } cases[] = {
        { "plain", "Grüße, 日本\n", "Grüße, 日本\n" },
        { "line ends",
          "a\r\nb\rc\xE2\x80\xA8"
          "d",
          "a\nb\nc\nd" },
        { "control characters", "a\001b\x1B[31mc\x7F\xC2\x85\td",
          "a\uFFFDb\uFFFD[31mc\uFFFD\uFFFD\td" },
        { "wrong bytes", "a\xFF\xC3", "a\uFFFD\uFFFD" },
        { "override", "photo\xE2\x80\xAEgpj.exe", "photogpj.exe" },
        { "isolates and marks of direction", "\u2068אב\u2069\u200F",
          "\u2068אב\u2069\u200F" },
        { "joiners", "\u0645\u06CC\u200C\u062E", "\u0645\u06CC\u200C\u062E" },
        { "no character", "a\uFFFE\uFDD0", "a\uFFFD\uFFFD" },
        { "two accents", "a\u0301\u0323", "a\u0301\u0323" },
        { "twelve accents",
          "a\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301"
          "\u0301\u0301b",
          "a\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301b" },
        { "nothing", "", "" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t n = strlen(cases[i].text);
        g_autofree char *exact = g_memdup2(cases[i].text, n); /* no NUL: overreads show */
        g_autoptr(GString) got = paper_text_clean((struct slice){ exact, n });
        if (strcmp(got->str, cases[i].want) != 0)
            fail_msg("%s: %s", cases[i].name, got->str);
    }
    g_autoptr(GString) nul = paper_text_clean((struct slice){ "a\0b", 3 });
    assert_string_equal(nul->str, "a\uFFFDb");
}

/* Every piece is short, and together they are the text. */
static void
test_chunks(void **state)
{
    static const char *const pieces[] = { "word ",  "x",        "ä", "a\u0301",
                                          "\u0301", "a line\n", "\n" };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autoptr(GString) text = g_string_new(NULL), all = g_string_new(NULL);
        while (text->len < 100000)
            g_string_append(text, pieces[i]);
        struct slice rest = { text->str, text->len }, chunk;
        while (paper_text_chunk(&rest, &chunk)) {
            assert_true(chunk.n <= 4000);
            assert_true(g_utf8_validate(chunk.p, (gssize)chunk.n, NULL));
            g_string_append_len(all, chunk.p, (gssize)chunk.n);
            if (chunk.p[chunk.n] == '\n')
                g_string_append_c(all, '\n');
        }
        assert_string_equal(all->str, text->str);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_chunks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
