/* fuzz_html_text: the text of HTML is UTF-8 without blank lines at its ends, and the
   regions that clients marked lie in it, in order; without links it is no longer. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "common/text/html_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(const HtmlText *text)
{
    g_assert_cmpuint(strlen(text->text), ==, text->n);
    g_assert_true(g_utf8_validate(text->text, (gssize)text->n, NULL));
    g_assert_true(text->n == 0
                  || (*text->text != '\n' && text->text[text->n - 1] != '\n'));
    g_assert_null(strchr(text->text, '\r'));
    size_t last = 0;
    for (size_t i = 0; i < text->regions->len; i++) {
        struct html_region r = g_array_index(text->regions, struct html_region, i);
        g_assert_cmpuint(last, <=, r.from);
        g_assert_cmpuint(r.from, <=, r.to);
        g_assert_cmpuint(r.to, <=, text->n);
        last = r.from;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice html = { (const char *)data, size };
    g_auto(HtmlText) whole = html_text_make(html, 0);
    g_auto(HtmlText) bare = html_text_make(html, HTML_TEXT_NO_LINKS);
    check_text(&whole);
    check_text(&bare);
    g_assert_cmpuint(bare.n, <=, whole.n);
    return 0;
}
