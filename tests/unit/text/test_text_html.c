#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/text/html_clean.h"
#include "common/text/text_html.h"
#include "tests/unit/text/html_check.h"

#define DIV "<div style=\"white-space: pre-wrap\">"
#define BQ "<blockquote data-mark=\"quote\">"
#define A(url, words)                                                                    \
    "<a href=\"" url "\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">" words  \
    "</a>"
#define FOLD "<details data-mark=\"quote\"><summary>Quoted</summary>"

/* HTML of the text, and assert what must hold for every input: it is on the list of the
   sanitiser, and is what the sanitiser makes of it. */
static char *
make(const char *name, const char *text, const struct html_region *regions, size_t n)
{
    static const struct html_clean_options options = { .cid_prefix = "/m/1/cid/" };
    size_t length = strlen(text);
    g_autofree char *exact = g_memdup2(text, length);
    char *html = text_html((struct slice){ exact, length }, regions, n, "Quoted", NULL);
    const char *why = NULL;
    if (!html_check(html, strlen(html), NULL, &why))
        fail_msg("%s: %s in %s", name, why, html);
    g_auto(HtmlCleaned) again = html_clean(slice_from(html), &options);
    if (strcmp(again.html, html) != 0)
        fail_msg("%s: cleaned\n%s\n%s", name, html, again.html);
    return html;
}

static void
test_words(void **state)
{
    static const struct {
        const char *name, *text, *want;
    } cases[] = {
        { "markup is text", "<b onclick=\"x\">&amp;",
          "&lt;b onclick=\"x\"&gt;&amp;amp;" },
        { "lines and blanks", "a\n\n  b  c", "a\n\n  b  c" },
        { "empty lines at the ends", "\n\na\n\n", "a" },
        { "control characters", "a\001b\x7F", "a b " },
        { "link", "see https://a.example/x?y=1&z=2.",
          "see " A("https://a.example/x?y=1&amp;z=2",
                   "https://a.example/x?y=1&amp;z=2") "." },
        { "link in brackets", "(http://a.example/b_(c))",
          "(" A("http://a.example/b_(c)", "http://a.example/b_(c)") ")" },
        { "link in angles", "<https://a.example/>",
          "&lt;" A("https://a.example/", "https://a.example/") "&gt;" },
        { "link in quotes", "\"https://a.example\"onmouseover=x",
          "\"" A("https://a.example", "https://a.example") "\"onmouseover=x" },
        { "capitals", "HTTPS://A.example", A("HTTPS://A.example", "HTTPS://A.example") },
        { "www", "www.a.example, or",
          A("https://www.a.example", "www.a.example") ", or" },
        { "in the middle of a word", "xhttp://a awww.b", "xhttp://a awww.b" },
        { "scheme alone", "http:// https://. www.", "http:// https://. www." },
        { "other schemes", "javascript:alert(1) data:text/html,x file:///etc",
          "javascript:alert(1) data:text/html,x file:///etc" },
        { "Chinese full stop", "见 https://a.example/x。谢谢",
          "见 " A("https://a.example/x", "https://a.example/x") "。谢谢" },
        { "backslash", "https://a.example\\@b.example",
          A("https://a.example", "https://a.example") "\\@b.example" },
        { "address", "to ann.b+c@mail.example.org.",
          "to " A("mailto:ann.b+c@mail.example.org", "ann.b+c@mail.example.org") "." },
        { "address in angles", "Ann <ann@a.example>",
          "Ann &lt;" A("mailto:ann@a.example", "ann@a.example") "&gt;" },
        { "no address", "@ann a@b @@ a@.b x@-.c @a.example",
          "@ann a@b @@ a@.b x@-.c @a.example" },
        { "address with a header", "a@b.example?bcc=x",
          A("mailto:a@b.example", "a@b.example") "?bcc=x" },
        { "password in a link", "https://a:b@c.example/",
          A("https://a:b@c.example/", "https://a:b@c.example/") },
        { "quote", "> a\n> b\nc", BQ "a\nb</blockquote>c" },
        { "deeper", "> a\n>> b\n> > c\n> d",
          BQ "a" BQ "b\nc</blockquote>d</blockquote>" },
        { "no quote", "a > b\n>:(", "a &gt; b\n&gt;:(" },
        { "quoted blank line", "> a\n>\n> b", BQ "a\n\nb</blockquote>" },
        { "too deep", ">>>>>>>>>>>>a",
          BQ BQ BQ BQ BQ BQ BQ BQ
          "a</blockquote></blockquote></blockquote></blockquote></blockquote>"
          "</blockquote></blockquote></blockquote>" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *got = make(cases[i].name, cases[i].text, NULL, 0);
        g_autofree char *want = g_strconcat(DIV, cases[i].want, "</div>", NULL);
        if (strcmp(got, want) != 0)
            fail_msg("%s: %s", cases[i].name, got);
    }
    g_autofree char *none = make("nothing", " \n\t\n", NULL, 0);
    assert_string_equal(none, "");
}

static void
test_regions(void **state)
{
    /*                    0     5        14     21  24    30 */
    static const char text[] = "Yes.\nAnn wrote:\n> no\n> no\n\n-- \nBob\n";
    static const struct html_region regions[] = {
        { HTML_MARK_QUOTE, 5, 27 },
        { HTML_MARK_SIGNATURE, 27, 35 },
    };
    static const struct html_region empty[] = { { HTML_MARK_QUOTE, 1, 3 } };
    unsigned folded = 9;
    (void)state;
    g_autofree char *got = make("both", text, regions, 2);
    assert_string_equal(got,
                        DIV "Yes." FOLD "Ann wrote:" BQ "no\nno</blockquote></details>"
                            "<div data-mark=\"signature\">-- \nBob</div></div>");
    g_autofree char *blank = text_html(slice_from("a\n\nb"), empty, 1, NULL, &folded);
    assert_string_equal(blank, DIV "ab</div>");
    assert_int_equal(folded, 0);
}

/* Marks that would make a megabyte twenty: the rest is text. */
static void
test_bomb(void **state)
{
    GString *text = g_string_new(NULL);
    (void)state;
    while (text->len < LIMIT_TEXT_BYTES)
        g_string_append(text, ">>>>>>>>a\na\n");
    g_autofree char *html =
        text_html((struct slice){ text->str, text->len }, NULL, 0, NULL, NULL);
    assert_true(strlen(html) < 10u << 20);
    g_string_free(text, TRUE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_regions),
        cmocka_unit_test(test_bomb),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
