#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/text/html_filter.h"
#include "common/text/html_text.h"

static HtmlText
make(const char *html, unsigned flags)
{
    size_t n = strlen(html);
    g_autofree char *exact = g_memdup2(html, n);
    return html_text_make((struct slice){ exact, n }, flags);
}

static void
test_reads_well(void **state)
{
    static const struct {
        const char *name, *html, *want;
    } cases[] = {
        { "empty", "", "" },
        { "plain", "just words", "just words" },
        { "white space", "  a \n\t b  ", "a b" },
        { "paragraphs", "<p>a</p><p>b</p>", "a\n\nb" },
        { "divs", "<div>a</div><div>b</div>", "a\nb" },
        { "empty line of Gmail", "<div>a</div><div><br></div><div>b</div>", "a\n\nb" },
        { "empty line of Outlook", "<p>a</p><p>&nbsp;</p><p>b</p>", "a\n\nb" },
        { "br", "a<br>b<br><br>c", "a\nb\n\nc" },
        { "br before a block", "a<br><div>b</div>", "a\nb" },
        { "many br", "a<br><br><br><br><br>b", "a\n\nb" },
        { "entities", "&lt;b&gt; &amp; &eacute;&nbsp;x", "<b> & \303\251 x" },
        { "not a tag", "1 < 2 and 3 <4", "1 < 2 and 3 <4" },
        { "script, style, title",
          "<head><title>t</title><style>p{}</style></head><script>x</script>y", "y" },
        { "style that never ends", "a<style>p {} b", "a" },
        { "head that never ends", "<head><meta charset=x><body>b", "b" },
        { "head without a body", "<head><p>text</p>", "text" },
        { "comments", "a<!-- b -->c<!--[if mso]>d<![endif]-->e", "ace" },
        { "shown unless Outlook", "<!--[if !mso]><!-->a<!--<![endif]-->", "a" },
        { "comment that never ends", "a<!-- b > c", "a c" },
        { "hidden", "<div style=\"color:red; Display : none\">x</div>y", "y" },
        { "link", "<a href=\"https://a.example/x\">here</a>",
          "here <https://a.example/x>" },
        { "link that says itself", "<a href=\"https://a.example/\">a.example</a>",
          "a.example" },
        { "mailto", "<a href=\"mailto:a@b.example?subject=x\">a@b.example</a>",
          "a@b.example" },
        { "mailto named", "<a href=\"mailto:a@b.example?subject=x\">Ann</a>",
          "Ann <a@b.example>" },
        { "link to nowhere", "<a href=\"#x\">a</a><a href=\"javascript:x\">b</a>", "ab" },
        { "list", "x<ul><li>a</li><li>b</li></ul>y", "x\n\n- a\n- b\n\ny" },
        { "numbers", "<ol start=3><li>a<li>b</ol>", "3. a\n4. b" },
        { "list in list", "<ul><li>a<ul><li>b</ul><li>c</ul>", "- a\n  - b\n- c" },
        { "paragraph in item", "<ul><li><p>a</p></li><li><p>b</p></li></ul>",
          "- a\n\n- b" },
        { "table",
          "<table><tr><th>n</th><th>price</th></tr><tr><td>1</td><td>2 "
          "&euro;</td></tr></table>",
          "n\tprice\n1\t2 \342\202\254" },
        { "cells of paragraphs",
          "<table><tr><td><p>a</p></td><td><p>b</p></td></tr></table>", "a\tb" },
        { "layout table",
          "<table><tr><td><p>a</p><p>b</p></td><td><p>c</p></td></tr></table>",
          "a\n\nb\n\nc" },
        { "quote", "a<blockquote>b<br><br>c</blockquote>d", "a\n\n> b\n>\n> c\n\nd" },
        { "quote in quote", "<blockquote>a<blockquote>b</blockquote></blockquote>",
          "> a\n>\n> > b" },
        { "list in quote", "<blockquote><ul><li>a</ul></blockquote>", "> - a" },
        { "pre", "<pre>a  b\n   c\n</pre>d", "a  b\n   c\n\nd" },
        { "rule", "a<hr>b", "a\n----------\nb" },
        { "picture", "<img src=x alt=\"our shop\"><img src=y>z", "[our shop]z" },
        { "picture of a face", "<img alt=\"\360\237\230\200\">", "\360\237\230\200" },
        { "soft hyphen, zero width", "a&shy;b&#8203;c", "abc" },
        { "unknown elements", "<o:p>a</o:p><foo>b</foo>", "ab" },
        { "svg", "a<svg><text>b</text></svg>c", "ac" },
        { "select", "a<select><option>b</select>c", "ac" },
        { "cut within a tag", "a<b", "a" },
        { "wrong UTF-8", "a\377b", "a\357\277\275b" },
        { "unclosed tag", "a<img src=", "a" },
        { "crossed tags", "<b>a<i>b</b>c</i>d", "abcd" },
    };
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(HtmlText) got = make(cases[i].html, 0);
        if (strcmp(got.text, cases[i].want) != 0 || got.n != strlen(cases[i].want))
            print_error("%s: got \"%s\"\n", cases[i].name, got.text), failed++;
    }
    assert_int_equal(failed, 0);
}

static void
test_no_links(void **state)
{
    (void)state;
    g_auto(HtmlText) got =
        make("<a href=\"https://a.example/x\">here</a>", HTML_TEXT_NO_LINKS);
    assert_string_equal(got.text, "here");
}

static void
test_regions(void **state)
{
    static const struct {
        const char *name, *html;
        enum html_mark mark;
        const char *inside;
    } cases[] = {
        { "Gmail", "new<div class=\"gmail_quote\">On x wrote:<br>old</div>",
          HTML_MARK_QUOTE, "\nOn x wrote:\nold" },
        { "Gmail as Outlook quotes it", "new<div class=\"x_gmail_quote\">old</div>",
          HTML_MARK_QUOTE, "\nold" },
        { "Outlook on the web",
          "new<div id=\"divRplyFwdMsg\">From: a</div><div>old</div>", HTML_MARK_QUOTE,
          "\nFrom: a\nold" },
        { "Outlook on the desk",
          "new<div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt "
          "0cm 0cm 0cm'><p>From: a</p></div></div><p>old</p>",
          HTML_MARK_QUOTE, "\n\nFrom: a\n\nold" },
        { "cite", "new<blockquote type=\"cite\">old</blockquote>", HTML_MARK_QUOTE,
          "\n\n> old" },
        { "bare blockquote", "new<blockquote>words</blockquote>", HTML_MARK_QUOTE,
          "\n\n> words" },
        { "Gmail's blockquote", "new<blockquote class=gmail_quote>words</blockquote>",
          HTML_MARK_BLOCKQUOTE, "\n\n> words" },
        { "Thunderbird", "new<div class=\"moz-cite-prefix\">Am x schrieb:</div>",
          HTML_MARK_ATTRIBUTION, "\nAm x schrieb:" },
        { "signature", "new<div class=\"gmail_signature\" dir=ltr>Ann</div>",
          HTML_MARK_SIGNATURE, "\nAnn" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(HtmlText) got = make(cases[i].html, 0);
        if (got.regions->len != 1)
            fail_msg("%s: %u regions", cases[i].name, got.regions->len);
        struct html_region r = g_array_index(got.regions, struct html_region, 0);
        g_autofree char *inside = g_strndup(got.text + r.from, r.to - r.from);
        if (r.mark != cases[i].mark || strcmp(inside, cases[i].inside) != 0)
            fail_msg("%s: mark %d \"%s\"", cases[i].name, (int)r.mark, inside);
    }
}

static char *
repeat(const char *head, const char *unit, size_t n, const char *tail)
{
    GString *s = g_string_new(head);
    for (size_t i = 0; i < n; i++)
        g_string_append(s, unit);
    g_string_append(s, tail);
    return g_string_free(s, FALSE);
}

/* Shapes that take a tree builder quadratic time or a deep stack. What is asserted is that
   the words survive and the bounds are told; the fuzzers look at the time. */
static void
test_bombs(void **state)
{
    static const struct {
        const char *name, *head, *unit;
        size_t n;
        const char *tail, *want_end;
        unsigned want_cut;
    } cases[] = {
        { "depth", "", "<div>", 200000, "x", "x", HTML_CUT_DEPTH },
        { "tables", "", "<table><tr><td>", 100000, "x", "x", HTML_CUT_DEPTH },
        { "quotes", "", "<blockquote>", 100000, "x", "x", HTML_CUT_DEPTH },
        { "fonts", "", "<font color=red>", 100000, "<p>x<p>y", "y", HTML_CUT_DEPTH },
        { "fonts across paragraphs", "", "<p><font size=1><b><i>", 20000, "x", "x",
          HTML_CUT_TAGS },
        { "attributes", "<p ", "a=b style=c ", 200000, ">x", "x", 0 },
        { "adoption", "", "<b><div></b>", 100000, "x", "x", HTML_CUT_DEPTH },
        { "links", "", "<a href=x><div>", 100000, "x", "x", HTML_CUT_DEPTH },
        { "end tags", "<div>", "</p></b></td>", 200000, "x", "x", 0 },
        { "comments", "", "<!--", 500000, "> x", "x", 0 },
        { "open quotes", "x ", "<a b=\"", 200000, "", "x", 0 },
        { "angles", "", "<", 1000000, "x", "x", HTML_CUT_BYTES },
        { "paragraphs", "", "<p>", 300000, "x", "x", HTML_CUT_TAGS },
        { "svgs", "", "<svg><p>", 100000, "x", "x", HTML_CUT_TAGS },
        { "scripts", "", "<script></scrip>", 100000, "</script>x", "x", 0 },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *html =
            repeat(cases[i].head, cases[i].unit, cases[i].n, cases[i].tail);
        gint64 from = g_get_monotonic_time();
        g_auto(HtmlText) got = make(html, 0);
        print_message("%s: %" G_GINT64_FORMAT " ms\n", cases[i].name,
                      (g_get_monotonic_time() - from) / 1000);
        if (!(cases[i].want_cut & HTML_CUT_BYTES)
            && !g_str_has_suffix(g_strchomp(got.text), cases[i].want_end))
            fail_msg("%s: lost its text", cases[i].name);
        if ((got.cut & cases[i].want_cut) != cases[i].want_cut)
            fail_msg("%s: cut %u", cases[i].name, got.cut);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_well),
        cmocka_unit_test(test_no_links),
        cmocka_unit_test(test_regions),
        cmocka_unit_test(test_bombs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
