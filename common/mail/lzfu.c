#include "common/mail/rtf.h"

#include <stdint.h>
#include <string.h>

#include "common/base/limits.h"

#define DICTIONARY 4096
#define HEADER 16
#define LZFU 0x75465a4cu /* "LZFu": compressed */
#define MELA 0x414c454du /* "MELA": as it is */

/* What the dictionary holds at the beginning (MS-OXRTFCP §2.1.2.1). */
static const char preset[] =
    "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss "
    "\\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier"
    "{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

G_STATIC_ASSERT(sizeof preset - 1 == 207);

struct window {
    char bytes[DICTIONARY];
    unsigned at;     /* where the next byte goes */
    unsigned filled; /* bytes that have ever been written */
    GByteArray *out;
};

static uint32_t
read_u32(const char *p)
{
    const unsigned char *b = (const unsigned char *)p;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16
           | (uint32_t)b[3] << 24;
}

static void
put(struct window *w, char c)
{
    w->bytes[w->at] = c;
    w->at = (w->at + 1) % DICTIONARY;
    w->filled = MIN(w->filled + 1, DICTIONARY);
    g_byte_array_append(w->out, (const guint8 *)&c, 1);
}

/* A reference: 12 bits of place, 4 of length less two. False at the end mark, which is a
   reference to the place that is written next, and at a place never written. */
static bool
put_reference(struct window *w, unsigned char high, unsigned char low)
{
    unsigned from = (unsigned)high << 4 | low >> 4, n = (low & 15u) + 2;

    if (from == w->at || from >= w->filled)
        return false;
    for (unsigned i = 0; i < n; i++)
        put(w, w->bytes[(from + i) % DICTIONARY]);
    return true;
}

static void
unpack(struct window *w, struct slice in)
{
    const unsigned char *p = (const unsigned char *)in.p, *end = p + in.n;

    while (p < end && w->out->len < LIMIT_RTF_BYTES) {
        unsigned flags = *p++;
        for (int bit = 0; bit < 8 && p < end; bit++, flags >>= 1) {
            if (!(flags & 1)) {
                put(w, (char)*p++);
                continue;
            }
            if (end - p < 2 || !put_reference(w, p[0], p[1]))
                return;
            p += 2;
        }
    }
}

GBytes *
rtf_decompress(struct slice compressed)
{
    if (compressed.n < HEADER)
        return NULL;
    uint32_t raw_size = read_u32(compressed.p + 4), type = read_u32(compressed.p + 8);
    struct slice content = slice_sub(compressed, HEADER, compressed.n);
    if (type == MELA)
        return g_bytes_new(content.p,
                           MIN(MIN(content.n, (size_t)raw_size), LIMIT_RTF_BYTES));
    if (type != LZFU)
        return NULL;

    g_autofree struct window *w = g_new0(struct window, 1);
    w->out = g_byte_array_new();
    memcpy(w->bytes, preset, sizeof preset - 1);
    w->at = w->filled = sizeof preset - 1;
    unpack(w, content);
    if (w->out->len > raw_size)
        g_byte_array_set_size(w->out, raw_size);
    return g_byte_array_free_to_bytes(w->out);
}
