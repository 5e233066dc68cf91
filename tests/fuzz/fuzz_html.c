/* fuzz_html: the sanitiser holds its list and reproduces itself. */
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/text/html_clean.h"
#include "tests/unit/text/html_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* g_error would trap, which libFuzzer doesn't catch. */
#define die(...)                                                                         \
    do {                                                                                 \
        g_printerr(__VA_ARGS__);                                                         \
        abort();                                                                         \
    } while (0)

static const struct html_clean_options options = { .cid_prefix = "/m/1/cid/" };

static void
check_clean(struct slice html)
{
    const char *why = NULL;
    g_auto(HtmlCleaned) clean = html_clean(html, &options);
    if (!html_check(clean.html, clean.n, options.cid_prefix, &why))
        die("%s in \"%s\"", why, clean.html);
    g_auto(HtmlCleaned) again =
        html_clean((struct slice){ clean.html, clean.n }, &options);
    if (strcmp(clean.html, again.html) != 0)
        die("not stable: \"%s\" \"%s\"", clean.html, again.html);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice html = { (const char *)data, size };
    check_clean(html);
    return 0;
}
