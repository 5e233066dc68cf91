/* fuzz_markdown: HTML made of Markdown is on the sanitiser's list, as a parser alone reads
   it, and is what the sanitiser makes of it. */
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/text/html_clean.h"
#include "common/text/markdown.h"
#include "tests/unit/text/html_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* g_error would trap, which libFuzzer doesn't catch. */
#define die(...)                                                                         \
    do {                                                                                 \
        g_printerr(__VA_ARGS__);                                                         \
        abort();                                                                         \
    } while (0)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct html_clean_options options = { .cid_prefix = "/m/1/cid/" };
    const char *why = NULL;
    g_autofree char *html = markdown_html((struct slice){ (const char *)data, size });
    if (!html_check(html, strlen(html), NULL, &why))
        die("%s in \"%s\"", why, html);
    g_auto(HtmlCleaned) again = html_clean(slice_from(html), &options);
    if (strcmp(again.html, html) != 0) {
        g_autofree char *was = g_strescape(html, NULL),
                        *is = g_strescape(again.html, NULL);
        die("cleaned: \"%s\" \"%s\"", was, is);
    }
    return 0;
}
