/* fuzz_lmtp: however the same bytes are cut, the LMTP parser gives the same events, and
   none after QUIT. The first byte seeds the cuts. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "common/base/slice.h"
#include "tests/unit/lmtp/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
random_piece(void *state)
{
    uint32_t *seed = state;
    *seed = *seed * 1664525u + 1013904223u;
    return 1 + (*seed >> 16) % 7;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct slice input = { (const char *)data + 1, size - 1 };
    uint32_t seed = data[0];

    g_autofree char *whole = trace_lmtp(input, NULL, NULL);
    g_autofree char *cut = trace_lmtp(input, random_piece, &seed);
    g_assert_cmpstr(whole, ==, cut);

    const char *quit =
        g_str_has_prefix(whole, "QUIT\n") ? whole : strstr(whole, "\nQUIT\n");
    g_assert(!quit || g_str_has_suffix(whole, "QUIT\n"));
    return 0;
}
