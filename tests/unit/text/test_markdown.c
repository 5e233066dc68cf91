#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/text/html_clean.h"
#include "common/text/markdown.h"
#include "tests/unit/text/html_check.h"

#define BQ "<blockquote data-mark=\"blockquote\">"
#define A(url, words)                                                                    \
    "<a href=\"" url "\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">" words  \
    "</a>"

/* HTML of the text, and assert what must hold for every input. */
static char *
make(const char *name, struct slice text)
{
    static const struct html_clean_options options = { .cid_prefix = "/m/1/cid/" };
    g_autofree char *exact = g_memdup2(text.p, text.n); /* no NUL: overreads show */
    char *html = markdown_html((struct slice){ exact, text.n });
    const char *why = NULL;
    if (!html_check(html, strlen(html), NULL, &why))
        fail_msg("%s: %s in %.2000s", name, why, html);
    g_auto(HtmlCleaned) again = html_clean(slice_from(html), &options);
    size_t same = 0;
    while (html[same] && html[same] == again.html[same])
        same++;
    if (html[same] || again.html[same])
        fail_msg("%s: cleaned, at %zu\n%.200s\n%.200s", name, same, html + same,
                 again.html + same);
    return html;
}

static void
test_words(void **state)
{
    static const struct {
        const char *name, *text, *want;
    } cases[] = {
        { "nothing", " \r\n\n", "" },
        { "lines of a reply", "Hello,\r\nthe printer\r\n\r\nBob",
          "<p>Hello,<br>the printer</p><p>Bob</p>" },
        { "emphasis", "*a* **b** ~~c~~ `d<e`",
          "<p><em>a</em> <strong>b</strong> <del>c</del> <code>d&lt;e</code></p>" },
        { "heading", "## a\n#42 b", "<h2>a</h2><p>#42 b</p>" },
        { "signature is no heading", "Bye\n-- \nBob", "<p>Bye</p><p>--<br>Bob</p>" },
        { "list", "- a\n- b\n  1. c",
          "<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>" },
        { "numbers from", "3. a\n4. b", "<ol start=\"3\"><li>a</li><li>b</li></ol>" },
        { "number too large", "123456. a", "<ol><li>a</li></ol>" },
        { "tasks", "- [ ] a\n- [x] b", "<ul><li>☐ a</li><li>☑ b</li></ul>" },
        { "quote", "> a\n> > b", BQ "<p>a</p>" BQ "<p>b</p></blockquote></blockquote>" },
        { "rule", "a\n\n***", "<p>a</p><hr>" },
        { "fence", "```c\n\n<b> &amp;\n```",
          "<pre>\n<code>\n&lt;b&gt; &amp;amp;\n</code></pre>" },
        { "table", "a|b\n:--|--:\n1|2",
          "<table><thead><tr><th align=\"left\">a</th><th align=\"right\">b</th></tr>"
          "</thead><tbody><tr><td align=\"left\">1</td><td align=\"right\">2</td></tr>"
          "</tbody></table>" },
        { "entities", "&eacute; &#233;&#xE9; &lt;b&gt; &nosuch; &#0; &NotEqualTilde;",
          "<p>é éé &lt;b&gt; &amp;nosuch; \xEF\xBF\xBD ≂̸</p>" },
        { "end of a mark that a link took", "https://a.example|~~b~~\n",
          "<p>" A("https://a.example|~~b", "https://a.example|~~b") "</p>" },
        { "nothing but addresses", "[a]: b",
          "<div style=\"white-space: pre-wrap\">[a]: b</div>" },
        { "wrong bytes",
          "a\xFF"
          "b",
          "<p>a\xEF\xBF\xBD"
          "b</p>" },
        { "control characters", "a\001b\x7F", "<p>a b </p>" },
        { "no characters", "a\xC2\x87 &#x87; &#xFDD0; \xEF\xBF\xBF",
          "<p>a\xEF\xBF\xBD \xE2\x80\xA1 \xEF\xBF\xBD \xEF\xBF\xBD</p>" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *got = make(cases[i].name, slice_from(cases[i].text));
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s: %s", cases[i].name, got);
    }
}

static void
test_links(void **state)
{
    static const struct {
        const char *name, *text, *want;
    } cases[] = {
        { "link", "[a *b*](https://a.example/?x=1&y=2 \"t\")",
          A("https://a.example/?x=1&amp;y=2", "a <em>b</em>") },
        { "bare", "https://a.example www.b.example c@d.example",
          A("https://a.example", "https://a.example") " " A(
              "http://www.b.example", "www.b.example") " " A("mailto:c@d.example",
                                                             "c@d.example") },
        { "angles", "<https://a.example>", A("https://a.example", "https://a.example") },
        { "by reference", "[a]\n\n[a]: https://a.example", A("https://a.example", "a") },
        { "picture", "![a cat](https://a.example/cat.png)",
          A("https://a.example/cat.png", "a cat") },
        { "picture without words", "![](https://a.example/cat.png)",
          A("https://a.example/cat.png", "https://a.example/cat.png") },
        { "picture in a link", "[![cat](https://a.example/cat.png)](https://b.example)",
          A("https://b.example", "cat") },
        { "script", "[a](javascript:alert(1))", "a" },
        { "script in capitals", "[a](JaVaScRiPt:alert(1))", "a" },
        { "script by entities", "[a](javascript&colon;alert(1)) [b](&#x6A;avascript:x)",
          "a b" },
        { "script behind a control character", "[a](<\001javascript:alert(1)>)", "a" },
        { "script in angles", "<javascript:alert(1)>", "javascript:alert(1)" },
        { "data", "![a](data:image/svg+xml;base64,PHN2Zz4=)", "a" },
        { "into the desk", "[a](/admin) [b](//evil.example) [c](#x) [d]()", "a b c d" },
        { "quote in an address", "[a](https://a.example/\"onmouseover=alert(1))",
          A("https://a.example/&quot;onmouseover=alert(1)", "a") },
        { "entity quote in an address", "[a](https://a.example/&quot;x=y)",
          A("https://a.example/&quot;x=y", "a") },
        { "markup", "<a href=\"x\" onclick=\"y\">a</a><!-- b -->",
          "&lt;a href=\"x\" onclick=\"y\"&gt;a&lt;/a&gt;&lt;!-- b --&gt;" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *got = make(cases[i].name, slice_from(cases[i].text));
        g_autofree char *want = g_strconcat("<p>", cases[i].want, "</p>", NULL);
        if (strcmp(got, want) != 0)
            fail_msg("%s: %s", cases[i].name, got);
    }
}

/* `piece` again and again, up to the limit. */
static GString *
repeat(const char *head, const char *piece, const char *tail)
{
    GString *text = g_string_new(head);
    while (text->len + strlen(piece) + strlen(tail) < LIMIT_MARKDOWN_BYTES)
        g_string_append(text, piece);
    return g_string_append(text, tail);
}

/* What makes a reader slow or its answer large: each is answered in seconds even with
   sanitizers, and stays small. */
static void
test_made_to_hurt(void **state)
{
    static const struct {
        const char *head, *piece, *tail;
    } cases[] = {
        { "", "> ", "a" },
        { "", ">", "a" },
        { "", "- ", "a" },
        { "", "1. ", "\na\n\n\n\nb" },
        { "", "> a\n", "" },
        { "", "[", "" },
        { "", "![[]()", "" },
        { "", "*a **a ", "" },
        { "", "*a_ ", "" },
        { "", "<", "" },
        { "", "<!--", "" },
        { "", "`a``", "" },
        { "", "&amp;", "" },
        { "", "&eacute;", "" },
        { "", "a@b.cc ", "" },
        { "", "http://a.b/", "" },
        { "", "[a](b", "" },
        { "", "[a](<b", "" },
        { "", "~a ~~a ", "" },
        { "", "# ", "" },
        { "", "a\n=\n", "" },
        { "", "| ", "\n|---|---|\n" },
        { "a|b\n---|---", "\n|", "" },
        { "", "- a\n", "" },
        { "", "```\n", "" },
        { "", " a", "" },
        { "[a]: "
          "<http://x/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>\n\n",
          "[a]", "" },
        { "", "[a]: b\n", "" },
        { "", "* * a\n", "" },
        { "", "\t", "a" },
        { "", "\\", "" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        GString *text = repeat(cases[i].head, cases[i].piece, cases[i].tail);
        int64_t begin = g_get_monotonic_time();
        g_autofree char *alone = markdown_html((struct slice){ text->str, text->len });
        double took = (double)(g_get_monotonic_time() - begin) / 1e6;
        print_message("# %-20.20s %8.3f s %8zu bytes\n", cases[i].piece, took,
                      strlen(alone));
        if (took > 15.0)
            fail_msg("\"%s\" took %.1f s", cases[i].piece, took);
        assert_true(strlen(alone) <= LIMIT_HTML_BYTES);
        g_free(make(cases[i].piece, (struct slice){ text->str, text->len }));
        g_string_free(text, TRUE);
    }
}

/* A table as wide as it is long would fill itself up with cells. */
static void
test_wide_table(void **state)
{
    GString *text = g_string_new("|");
    (void)state;
    for (int i = 0; i < 2000; i++)
        g_string_append(text, "a|");
    g_string_append(text, "\n|");
    for (int i = 0; i < 2000; i++)
        g_string_append(text, "---|");
    for (int i = 0; i < 20000; i++)
        g_string_append(text, "\n|a");
    g_autofree char *html = make("wide", (struct slice){ text->str, text->len });
    assert_true(g_str_has_prefix(html, "<div style=\"white-space: pre-wrap\">|a|"));
    g_string_free(text, TRUE);
}

static void
test_too_long(void **state)
{
    GString *text = repeat("", "*a* ", "");
    (void)state;
    g_autofree char *read =
        make("at the limit", (struct slice){ text->str, text->len - 1 });
    assert_true(g_str_has_prefix(read, "<p><em>a</em>")
                || g_str_has_prefix(read, "<div"));
    g_string_append(text, "*a* *a* *a*");
    g_autofree char *html = make("beyond it", (struct slice){ text->str, text->len });
    assert_true(g_str_has_prefix(html, "<div style=\"white-space: pre-wrap\">*a* *a*"));
    g_string_free(text, TRUE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),        cmocka_unit_test(test_links),
        cmocka_unit_test(test_made_to_hurt), cmocka_unit_test(test_wide_table),
        cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
