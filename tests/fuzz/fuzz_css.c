/* fuzz_css: what css_clean keeps of a style attribute is harmless, and stable. */
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/text/html_css.h"

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
    g_autofree char *clean = css_clean((struct slice){ (const char *)data, size });
    if (!clean)
        return 0;
    g_autofree char *again = css_clean(slice_from(clean));
    if (g_strcmp0(clean, again) != 0)
        die("not stable: \"%s\" \"%s\"", clean, again);
    if (strpbrk(clean, "\\@<>{}!\"&\n") || strstr(clean, "url(") || strstr(clean, "/*")
        || strstr(clean, "expression(") || strstr(clean, "; position:")
        || g_str_has_prefix(clean, "position:") || strstr(clean, "var(")
        || strstr(clean, "margin: -"))
        die("kept: \"%s\"", clean);
    return 0;
}
