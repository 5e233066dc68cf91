#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/mail/view.h"

#define HTML "Content-Type: text/html; charset=utf-8\r\n\r\n"
#define FOLD "<details data-mark=\"quote\"><summary>Quoted</summary>"

static const struct mail_view_options options = { .cid_prefix = "/c/t/",
                                                  .fold_label = "Quoted" };

static MailView
view(const char *raw, const struct mail_view_options *o)
{
    MailView made;
    size_t n = strlen(raw);
    g_autofree char *exact = g_memdup2(raw, n);
    assert_true(mail_view((struct slice){ exact, n }, o, &made, NULL));
    assert_int_equal(made.n, strlen(made.html));
    return made;
}

/* What stands outside of the folds, and within them; tags left out. */
static void
read_folds(const char *html, GString *out, GString *within)
{
    int depth = 0;
    for (const char *p = html; *p;) {
        if (g_str_has_prefix(p, FOLD)) {
            depth++;
            p += strlen(FOLD);
            continue;
        }
        depth -= g_str_has_prefix(p, "</details>");
        if (*p == '<') {
            p = strchr(p, '>') + 1;
            continue;
        }
        g_string_append_c(depth ? within : out, *p == '\n' ? ' ' : *p);
        p++;
    }
}

static void
test_folds(void **state)
{
    static const struct {
        const char *name, *raw, *shown, *folded;
        unsigned folds;
    } cases[] = {
        { "plain", "\r\nYes.\r\n\r\nAnn wrote:\r\n> a?\r\n> b\r\n", "Yes.",
          "Ann wrote:a? b", 1 },
        { "answers between stay",
          "\r\nAnn wrote:\r\n> one?\r\nYes.\r\n> two?\r\nNo.\r\n> three\r\n",
          "one?Yes.two?No.", "Ann wrote:three", 2 },
        { "pasted by hand", "\r\n> pasted\r\nHello\r\n", "pastedHello", "", 0 },
        { "format=flowed",
          "Content-Type: text/plain; format=flowed\r\n\r\nlong \r\nline\r\n\r\nAnn "
          "wrote:\r\n> so \r\n> so\r\n",
          "long line", "Ann wrote:so so", 1 },
        { "Gmail",
          HTML "<div dir=ltr>Yes.</div><br><div class=\"gmail_quote\"><div "
               "class=gmail_attr>On Mon, Ann &lt;a@b.example&gt; wrote:<br></div>"
               "<blockquote class=gmail_quote>Really?</blockquote></div>",
          "Yes.", "On Mon, Ann &lt;a@b.example&gt; wrote:Really?", 1 },
        { "Outlook without any mark",
          HTML "<div><p>Yes.</p><div><div style=\"border:none;border-top:solid blue "
               "1pt\"><p><b>From:</b> Ann &lt;a@b.example&gt;<br><b>Sent:</b> Monday, 3 "
               "March 2025 10:15<br><b>To:</b> Desk<br><b>Subject:</b> x</p></div></div>"
               "<p>Really?</p><p>Ann</p></div>",
          "Yes.",
          "From: Ann &lt;a@b.example&gt;Sent: Monday, 3 March 2025 10:15To: "
          "DeskSubject: xReally?Ann",
          1 },
        { "Outlook on the web: all behind the mark",
          HTML "<div>Yes.</div><div id=appendonsend></div><hr><div id=divRplyFwdMsg>"
               "<b>From:</b> Ann</div><div>Really?</div>",
          "Yes.", "From: AnnReally?", 1 },
        { "answers between in HTML",
          HTML "<div>Ann wrote:</div><blockquote type=cite>one?</blockquote><p>Yes.</p>"
               "<blockquote type=cite>two?</blockquote><p>No.</p>"
               "<blockquote type=cite>three</blockquote>",
          "one?Yes.two?No.", "Ann wrote:three", 2 },
        { "quote in a cell of a layout table",
          HTML "<table><tr><td>Yes.</td></tr><tr><td><div class=gmail_quote>Ann "
               "wrote:<blockquote>a</blockquote></div></td></tr></table>",
          "Yes.", "Ann wrote:a", 1 },
        { "in a paragraph there is no fold",
          HTML "<p>Yes.<br>Ann wrote:<br>&gt; a<br>&gt; b</p>",
          "Yes.Ann wrote:&gt; a&gt; b", "", 0 },
        { "forwarded: it is what the mail says",
          "Subject: Fwd: x\r\n\r\n---------- Forwarded message ---------\r\nFrom: Ann "
          "<a@b.example>\r\nDate: Mon\r\nSubject: x\r\nTo: Bob\r\n\r\nWater.\r\n",
          "---------- Forwarded message --------- From: Ann &lt;a@b.example&gt; Date: "
          "Mon "
          "Subject: x To: Bob  Water.",
          "", 0 },
        { "only a quote: all stays", "\r\nAnn wrote:\r\n> a\r\n", "Ann wrote:a", "", 0 },
        { "no words", "Subject: x\r\n\r\n", "", "", 0 },
    };
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(MailView) made = view(cases[i].raw, &options);
        g_autoptr(GString) shown = g_string_new(NULL), folded = g_string_new(NULL);
        read_folds(made.html, shown, folded);
        if (strcmp(g_strstrip(shown->str), cases[i].shown) != 0
            || strcmp(g_strstrip(folded->str), cases[i].folded) != 0
            || made.folded != cases[i].folds)
            print_error("%s: %u folds\nshown: %s\nfolded: %s\n%s\n", cases[i].name,
                        made.folded, shown->str, folded->str, made.html);
        failed += made.folded != cases[i].folds || strcmp(shown->str, cases[i].shown) != 0
                  || strcmp(folded->str, cases[i].folded) != 0;
    }
    assert_int_equal(failed, 0);
}

static void
test_known_words(void **state)
{
    static const char raw[] =
        HTML "<p>Thank you, it works.</p><p>We have sent you a new kettle today; the "
             "parcel should be with you by Thursday at the latest. Kind regards</p>";
    const struct slice known[] = { slice_from(
        "We have sent you a new kettle today;\nthe parcel should be with you by "
        "Thursday\nat the latest.\n\nKind regards") };
    struct mail_view_options o = options;
    (void)state;
    g_auto(MailView) alone = view(raw, &o);
    assert_int_equal(alone.folded, 0);
    o.known = known;
    o.n_known = 1;
    g_auto(MailView) with = view(raw, &o);
    assert_int_equal(with.folded, 1);
    assert_true(
        g_str_has_prefix(with.html, "<p>Thank you, it works.</p>" FOLD "<p>We have"));
}

static void
test_pictures(void **state)
{
    static const char raw[] =
        HTML "a<img src=\"cid:logo@x\"><img src=\"https://t.example/p.gif\">";
    struct mail_view_options o = options;
    (void)state;
    g_auto(MailView) blocked = view(raw, &o);
    assert_string_equal(blocked.html, "a<img src=\"/c/t/logo%40x\"><img "
                                      "data-remote-src=\"https://t.example/p.gif\">");
    assert_int_equal(blocked.remote_images, 1);
    o.remote_images = true;
    g_auto(MailView) allowed = view(raw, &o);
    assert_non_null(strstr(allowed.html, "<img src=\"https://t.example/p.gif\">"));
    assert_int_equal(allowed.remote_images, 0);
    g_auto(MailView) none = view(raw, NULL);
    assert_null(strstr(none.html, " src="));
}

static void
test_document(void **state)
{
    (void)state;
    g_auto(MailView) text = view("\r\nHi\r\n", NULL);
    g_autofree char *page = mail_view_document(&text, "de\"><script>");
    assert_true(text.is_text);
    assert_true(g_str_has_prefix(
        page, "<!DOCTYPE html><html lang=\"de&quot;&gt;&lt;script&gt;\">"));
    assert_non_null(strstr(page, "<body><div style=\"white-space: pre-wrap\">Hi</div>"));
    assert_non_null(strstr(page, "prefers-color-scheme"));
    g_auto(MailView) html = view(HTML "<p>Hi", NULL);
    g_autofree char *white = mail_view_document(&html, NULL);
    assert_null(strstr(white, "prefers-color-scheme"));
    assert_non_null(strstr(white, "<body><p>Hi</p></body>"));
    assert_null(strstr(mail_view_policy(false), "http"));
    assert_null(strstr(mail_view_policy(true), "script"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_folds),
        cmocka_unit_test(test_known_words),
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
