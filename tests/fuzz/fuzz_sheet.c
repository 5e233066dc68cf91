/* fuzz_sheet: a style sheet of a mail, written into its elements, holds the list there and
   reproduces itself. */
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/text/html_clean.h"
#include "common/text/html_css.h"
#include "common/text/html_sheet.h"
#include "tests/unit/text/html_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* g_error would trap, which libFuzzer doesn't catch. */
#define die(...)                                                                         \
    do {                                                                                 \
        g_printerr(__VA_ARGS__);                                                         \
        abort();                                                                         \
    } while (0)

static void
check_style(HtmlSheet *sheet, const char *name, const char *class, const char *id)
{
    g_autofree char *style = html_sheet_style(sheet, name, class, id, "color: red");
    g_autofree char *again = css_clean(slice_from(style));
    if (g_strcmp0(style, again) != 0)
        die("not clean: \"%s\" \"%s\"", style, again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char body[] = "</style><p class=\"a b\" id=\"i\" style=\"margin: 1px\">x"
                               "</p><table class=a><tr><td id=c>y</td></tr></table>";
    static const struct html_clean_options options = { .cid_prefix = "/m/1/cid/" };
    const char *why = NULL;
    g_autoptr(GString) html = g_string_new("<style>");
    g_string_append_len(html, (const char *)data, (gssize)size);
    g_string_append(html, body);
    struct slice in = { html->str, html->len };

    g_autoptr(HtmlSheet) sheet = html_sheet_read(in);
    check_style(sheet, "p", "a b", "i");
    check_style(sheet, "td", NULL, "c");
    g_auto(HtmlCleaned) clean = html_clean(in, &options);
    if (!html_check(clean.html, clean.n, options.cid_prefix, &why))
        die("%s in \"%s\"", why, clean.html);
    g_auto(HtmlCleaned) again =
        html_clean((struct slice){ clean.html, clean.n }, &options);
    if (strcmp(clean.html, again.html) != 0)
        die("not stable: \"%s\" \"%s\"", clean.html, again.html);
    return 0;
}
