#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/text/html_clean.h"
#include "common/text/html_css.h"
#include "tests/unit/text/html_check.h"

static const struct html_clean_options options = { .cid_prefix = "/m/1/cid/" };

/* Clean, and assert what must hold for every input. */
static HtmlCleaned
clean(const char *name, const char *html, const struct html_clean_options *o)
{
    size_t n = strlen(html);
    g_autofree char *exact = g_memdup2(html, n);
    HtmlCleaned got = html_clean((struct slice){ exact, n }, o);
    const char *why = NULL;
    if (!o->remote_images && !html_check(got.html, got.n, o->cid_prefix, &why))
        fail_msg("%s: %s in %s", name, why, got.html);
    g_auto(HtmlCleaned) again = html_clean((struct slice){ got.html, got.n }, o);
    if (strcmp(again.html, got.html) != 0)
        fail_msg("%s: cleaned again\n%s\n%s", name, got.html, again.html);
    return got;
}

static void
test_table(void **state)
{
    static const struct {
        const char *name, *html, *want;
    } cases[] = {
        { "empty", "", "" },
        { "text", "a < b & c", "a &lt; b &amp; c" },
        { "paragraphs", "<p>a<p>b", "<p>a</p><p>b</p>" },
        { "script", "a<script>alert(1)</script>b", "ab" },
        { "script in capitals", "<SCRIPT>x</SCRIPT >y", "y" },
        { "event handler", "<p onclick=\"x()\" ONLOAD=y>a</p>", "<p>a</p>" },
        { "style sheet", "<style>p{color:red}</style>a", "a" },
        { "what <body> says of the whole",
          "<html><head><title>x</title></head><body bgcolor=\"#eeeeee\" text=black "
          "onload=x() dir=rtl>a</body></html>",
          "<div style=\"background-color: #eeeeee; color: black\" dir=\"rtl\">a</div>" },
        { "a <body> that says nothing", "<body onload=x() bgcolor=\"url(x)\">a</body>",
          "a" },
        { "two of them, the first late",
          "a<body bgcolor=red>b<body bgcolor=blue text=red>c",
          "<div style=\"background-color: red\">abc</div>" },
        { "the sheet's rule for body, over its attributes",
          "<style>body { color: #333333; font-family: Arial; background: url(x) }</style>"
          "<body text=red>a",
          "<div style=\"color: red; color: #333333; font-family: arial\">a</div>" },
        { "colour of links",
          "<body link=\"#008800\" vlink=red><a href=\"https://a.example\">a</a>"
          "<a href=\"https://a.example\" style=\"color: blue\">b</a><a>c</a>",
          "<a style=\"color: #008800\" href=\"https://a.example\" rel=\"noopener "
          "noreferrer nofollow\" target=\"_blank\">a</a><a style=\"color: #008800; "
          "color: "
          "blue\" href=\"https://a.example\" rel=\"noopener noreferrer nofollow\" "
          "target=\"_blank\">b</a><a>c</a>" },
        { "comment", "a<!-- <script>x</script> -->b", "ab" },
        { "conditional comment", "<!--[if mso]><p>x</p><![endif]-->a", "a" },
        { "iframe, object, embed",
          "<iframe src=x>y</iframe><object>z</object><embed src=q>a", "a" },
        { "form", "<form action=x><input name=y><button>b</button></form>", "b" },
        { "svg", "<svg onload=x><a xlink:href=\"javascript:y\">z</a></svg>a", "a" },
        { "math", "<math><mi><table><mglyph><style><img src=x onerror=y></style></math>a",
          "a" },
        { "base, meta, link", "<base href=x><meta http-equiv=refresh><link href=y>a",
          "a" },
        { "id, class, name", "<a id=x class=y name=z>a</a>", "<a>a</a>" },
        { "link",
          "<a href=\"https://a.example/?x=1&amp;y=2\" target=_top rel=opener>a</a>",
          "<a href=\"https://a.example/?x=1&amp;y=2\" rel=\"noopener noreferrer "
          "nofollow\" "
          "target=\"_blank\">a</a>" },
        { "javascript:", "<a href=\"javascript:x\">a</a>", "<a>a</a>" },
        { "javascript: hidden",
          "<a href=\" java\tscript:x\">a</a><a href=\"&#1;http://x\">b",
          "<a>a</a><a>b</a>" },
        { "data: and file: and relative",
          "<a href=data:text/html,x>a</a><a href=\"/x\">b</a>", "<a>a</a><a>b</a>" },
        { "backslash", "<a href=\"http:\\\\x\">a</a>", "<a>a</a>" },
        { "quotes in an address", "<a href='https://a/\"onclick=x'>a</a>",
          "<a href=\"https://a/&quot;onclick=x\" rel=\"noopener noreferrer nofollow\" "
          "target=\"_blank\">a</a>" },
        { "links in links", "<a href=tel:1>a<a href=tel:2>b</a></a>",
          "<a href=\"tel:1\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">a</a>"
          "<a href=\"tel:2\" rel=\"noopener noreferrer nofollow\" "
          "target=\"_blank\">b</a>" },
        { "picture of the message", "<img src=\"cid:logo@x.example\" alt=\"our logo\">",
          "<img alt=\"our logo\" src=\"/m/1/cid/logo%40x.example\">" },
        { "picture that climbs", "<img src=\"cid:../../x\">", "<img>" },
        { "picture elsewhere",
          "<img src=\"http://t.example/p.gif?u=1\" width=1 height=1px>",
          "<img width=\"1\" height=\"1\" "
          "data-remote-src=\"http://t.example/p.gif?u=1\">" },
        { "picture without a scheme", "<img src=\"//t.example/p.gif\">",
          "<img data-remote-src=\"https://t.example/p.gif\">" },
        { "picture in the address", "<img src=\"data:image/png;base64,iVBO Rw0=\">",
          "<img src=\"data:image/png;base64,iVBORw0=\">" },
        { "svg in the address", "<img src=\"data:image/svg+xml;base64,AAAA\">", "<img>" },
        { "background", "<td background=\"http://t.example\">a", "a" },
        { "table",
          "<table width=600 bgcolor=#FFFFFF cellpadding=0><tr><td width=\"50%\" "
          "valign=top>a</table>",
          "<table width=\"600\" bgcolor=\"#FFFFFF\" cellpadding=\"0\"><tbody><tr><td "
          "width=\"50%\" valign=\"top\">a</td></tr></tbody></table>" },
        { "font", "<font color=red face=\"Arial, sans-serif\" size=+1>a</font>",
          "<font color=\"red\" face=\"Arial, sans-serif\" size=\"+1\">a</font>" },
        { "style", "<p style=\"COLOR: Red; position:fixed; margin: 0 auto\">a</p>",
          "<p style=\"color: red; margin: 0 auto\">a</p>" },
        { "pre", "<pre>\n\na\n</pre>", "<pre>\n\na\n</pre>" },
        { "quote", "<blockquote type=cite>a</blockquote>",
          "<blockquote data-mark=\"quote\">a</blockquote>" },
        { "mark of Gmail", "<div class=gmail_quote>a</div>",
          "<div data-mark=\"quote\">a</div>" },
        { "Outlook's elements", "<p class=MsoNormal>a<o:p></o:p></p>", "<p>a</p>" },
        { "unclosed", "<b><i>a", "<b><i>a</i></b>" },
        { "plaintext", "<plaintext>a</plaintext><b>b", "a<b>b</b>" },
        { "noscript",
          "<noscript><p title=\"</noscript><img src=x onerror=y>\"></noscript>a", "a" },
        { "template", "<template><script>x</script></template>a", "a" },
        { "text in a table", "<table>a<tr><td>b</table>",
          "a<table><tbody><tr><td>b</td></tr></tbody></table>" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(HtmlCleaned) got = clean(cases[i].name, cases[i].html, &options);
        if (strcmp(got.html, cases[i].want) != 0)
            fail_msg("%s: %s", cases[i].name, got.html);
        assert_false(got.text_only);
    }
}

static void
test_facts(void **state)
{
    const char *html = "<img src=http://a.example/1><img src=http://a.example/2>";
    (void)state;
    g_auto(HtmlCleaned) kept = clean("kept", html, &options);
    assert_int_equal(kept.remote_images, 2);
    struct html_clean_options show = options;
    show.remote_images = true;
    g_auto(HtmlCleaned) shown = clean("shown", html, &show);
    assert_int_equal(shown.remote_images, 0);
    assert_string_equal(shown.html, "<img src=\"http://a.example/1\"><img "
                                    "src=\"http://a.example/2\">");
    /* Showing them later, from what was kept, gives the same. */
    g_auto(HtmlCleaned) later = clean("later", kept.html, &show);
    assert_string_equal(later.html, shown.html);
}

static void
test_css(void **state)
{
    static const struct {
        const char *name, *style, *want;
    } cases[] = {
        { "empty", "", NULL },
        { "one", "color:red", "color: red" },
        { "several", " color : RED ;; font-size:12PT;", "color: red; font-size: 12pt" },
        { "important", "color:red ! important", "color: red" },
        { "hash", "color:#FF00aa", "color: #ff00aa" },
        { "rgb", "color:rgb( 1, 2 ,3 )", "color: rgb(1,2,3)" },
        { "rgb of words", "color:rgb(var(x))", NULL },
        { "url", "background:url(http://x)", NULL },
        { "url in quotes", "background:'url(x)'", NULL },
        { "escaped", "background:\\75rl(x)", NULL },
        { "comment", "color:r/**/ed", NULL },
        { "comment in the name", "co/**/lor:red", NULL },
        { "expression", "width:expression(x)", NULL },
        { "position", "position:absolute;top:0;z-index:9", NULL },
        { "negative margin", "margin:-10px;margin-left: 1px -2px;padding:1px",
          "padding: 1px" },
        { "negative spacing may be", "letter-spacing:-1px", "letter-spacing: -1px" },
        { "fonts", "font-family:\"Segoe UI\", Arial,'x y'",
          "font-family: 'Segoe UI',arial,'x y'" },
        { "font with slash", "font: bold 12px / 1.5 serif", "font: bold 12px/1.5 serif" },
        { "semicolon in quotes", "font-family:'a;b';color:red", "color: red" },
        { "open quote", "font-family:'a;color:red", NULL },
        { "open bracket", "color:rgb(1;width:2px", NULL },
        { "unknown", "mso-hide:all;behavior:x;-moz-binding:x;--a:b;color:red",
          "color: red" },
        { "variable", "color:var(--a)", NULL },
        { "at", "@import x;color:red", "color: red" },
        { "no value", "color:;color", NULL },
        { "commas", "font-family:a,,b;font-family:,a;font-family:a,", NULL },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t n = strlen(cases[i].style);
        g_autofree char *exact = g_memdup2(cases[i].style, n);
        g_autofree char *got = css_clean((struct slice){ exact, n });
        if (g_strcmp0(got, cases[i].want) != 0)
            fail_msg("%s: %s", cases[i].name, got);
        g_autofree char *again = css_clean(slice_from(got));
        if (g_strcmp0(got, again) != 0)
            fail_msg("%s: again %s", cases[i].name, again);
    }
}

static void
test_sheet(void **state)
{
    static const struct {
        const char *name, *sheet, *html, *want;
    } cases[] = {
        { "Word's paragraph", "<!-- p.MsoNormal, li.MsoNormal {margin:0cm;mso-x:y} -->",
          "<p class=MsoNormal>a", "<p style=\"margin: 0cm\">a</p>" },
        { "class", ".a{color:red}", "<p class=\"b A\">a",
          "<p style=\"color: red\">a</p>" },
        { "name", "P{color:red}", "<p>a", "<p style=\"color: red\">a</p>" },
        { "id", "#x{color:red}", "<p id=x>a", "<p style=\"color: red\">a</p>" },
        { "class after name", ".a{color:red}p{color:blue}p.a{color:lime}", "<p class=a>a",
          "<p style=\"color: blue; color: red; color: lime\">a</p>" },
        { "own style last", "p{color:red}", "<p style=color:blue>a",
          "<p style=\"color: red; color: blue\">a</p>" },
        { "links", "a:link{color:red}a:hover{color:blue}", "<a>a",
          "<a style=\"color: red\">a</a>" },
        { "combinators", "td p{color:red}div>p{color:red}p[x]{color:red}.a.b{color:red}",
          "<p class=\"a b\">a", "<p>a</p>" },
        { "for other screens", "@media (max-width:9px){p{color:red}}p{color:blue}",
          "<p>a", "<p style=\"color: blue\">a</p>" },
        { "import, font, comment",
          "@import url(x);@font-face{src:url(x)}/*p{color:red}*/p{color:blue}", "<p>a",
          "<p style=\"color: blue\">a</p>" },
        { "unclosed", "p{color:red", "<p>a", "<p style=\"color: red\">a</p>" },
        { "nothing safe", "p{position:fixed;background:url(x)}", "<p>a", "<p>a</p>" },
        { "braces", "}}p{color:red}}p{{color:blue}}", "<p>a",
          "<p style=\"color: red\">a</p>" },
        { "quotes break out", "p{font-family:'\"><img src=x>'}", "<p>a", "<p>a</p>" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *html =
            g_strconcat("<style>", cases[i].sheet, "</style>", cases[i].html, NULL);
        g_auto(HtmlCleaned) got = clean(cases[i].name, html, &options);
        if (strcmp(got.html, cases[i].want) != 0)
            fail_msg("%s: %s", cases[i].name, got.html);
    }
    g_auto(HtmlCleaned) others =
        clean("sheets that don't hold here",
              "<!--[if mso]><style>p{color:red}</style><![endif]--><style "
              "media=print>p{color:red}"
              "</style><p>a",
              &options);
    assert_string_equal(others.html, "<p>a</p>");
}

/* A rule of four kilobytes for each of fifty thousand elements. */
static void
test_sheet_bomb(void **state)
{
    GString *html = g_string_new("<style>b{");
    (void)state;
    while (html->len < 3900)
        g_string_append(html, "color:red;");
    g_string_append(html, "}</style>");
    for (int i = 0; i < 40000; i++)
        g_string_append(html, "<b>a</b>");
    g_auto(HtmlCleaned) got =
        html_clean((struct slice){ html->str, html->len }, &options);
    assert_true(got.n < 2u << 20);
    assert_false(got.text_only);
    assert_non_null(g_strrstr(got.html, "<b>a</b>"));
    g_string_free(html, TRUE);
}

/* With the placeholders of tests/html/vectors.txt filled in. */
static GString *
vector(const char *text)
{
    GString *s = g_string_new(text);
    g_string_replace(s, "@HIT@", "hit()", 0);
    g_string_replace(s, "@LEAK@", "https://leak.example/x", 0);
    g_string_replace(s, "@FF@", "\f", 0);
    g_auto(GStrv) pieces = g_strsplit(s->str, "@NUL@", 0);
    g_string_assign(s, pieces[0]);
    for (char **piece = pieces + 1; *piece; piece++) {
        g_string_append_c(s, '\0');
        g_string_append(s, *piece);
    }
    return s;
}

/* The browser is asked about the same ones in tests/e2e/test_browser_mail.py. */
static void
test_vectors(void **state)
{
    g_autofree char *file = NULL;
    size_t n = 0;
    (void)state;
    assert_true(g_file_get_contents(TEST_DATA "/html/vectors.txt", &file, NULL, NULL));
    g_auto(GStrv) vectors = g_strsplit(file, "\n=== ", 0);
    for (char **v = vectors + 1; *v; v++, n++) {
        size_t name = strcspn(*v, "\n");
        g_autoptr(GString) html = vector(*v + name + 1);
        g_autofree char *exact = g_memdup2(html->str, html->len);
        g_auto(HtmlCleaned) got =
            html_clean((struct slice){ exact, html->len }, &options);
        const char *why = NULL;
        if (!html_check(got.html, got.n, options.cid_prefix, &why))
            fail_msg("%.*s: %s in %s", (int)name, *v, why, got.html);
        g_auto(HtmlCleaned) again =
            html_clean((struct slice){ got.html, got.n }, &options);
        if (strcmp(again.html, got.html) != 0 || got.text_only)
            fail_msg("%.*s: %s", (int)name, *v, got.html);
    }
    assert_true(n > 120);
}

/* Markup of every kind, put together at random: the properties that clean() asserts. */
static void
test_random(void **state)
{
    static const char *const pieces[] = {
        "<b>",
        "</b>",
        "<i>",
        "</i>",
        "<p>",
        "</p>",
        "<div>",
        "</div>",
        "<table>",
        "</table>",
        "<tr>",
        "<td>",
        "</td>",
        "<a href=tel:1>",
        "</a>",
        "<ul>",
        "<li>",
        "</ul>",
        "<font color=red>",
        "</font>",
        "<pre>",
        "\n",
        "</pre>",
        "<h1>",
        "</h1>",
        "<h2>",
        "<span>",
        "</span>",
        "<svg>",
        "</svg>",
        "<math>",
        "</math>",
        "<style>",
        "</style>",
        "<script>",
        "</script>",
        "<select>",
        "<option>",
        "</select>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<caption>",
        "</caption>",
        "<tbody>",
        "<col>",
        "<dd>",
        "<dt>",
        "<br>",
        "</br>",
        "<img src=cid:a>",
        "<hr>",
        "text",
        " ",
        "&lt;",
        "&#0;",
        "&nbsp;",
        "<",
        ">",
        "<q title='",
        "'>",
        "<ruby>",
        "<rt>",
        "<center>",
        "</center>",
        "<blockquote class=gmail_quote>",
        "</blockquote>",
        "<nobr>",
        "<form>",
        "<button>",
        "<head>",
        "<body>",
        "<html>",
        "<title>",
        "</title>",
        "<template>",
        "<noscript>",
        "</noscript>",
        "<textarea>",
        "</textarea>",
        "<plaintext>",
        "<frameset>",
    };
    g_autoptr(GRand) rand = g_rand_new_with_seed(42);
    int text_only = 0;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        g_autoptr(GString) html = g_string_new(NULL);
        for (int k = g_rand_int_range(rand, 1, 24); k > 0; k--)
            g_string_append(html,
                            pieces[g_rand_int_range(rand, 0, (int)G_N_ELEMENTS(pieces))]);
        g_auto(HtmlCleaned) got = clean(html->str, html->str, &options);
        text_only += got.text_only;
    }
    print_message("%d of 20000 only as text\n", text_only);
    assert_true(text_only < 200);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),      cmocka_unit_test(test_facts),
        cmocka_unit_test(test_css),        cmocka_unit_test(test_sheet),
        cmocka_unit_test(test_sheet_bomb), cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
