#include "common/paper/paper_text.h"

#include <string.h>

/* Bytes of a piece: a page holds about 5,000, and Pango's time to break a paragraph into lines
   grows with the square of its length, for one endless word most of all. */
enum { CHUNK_BYTES = 4000, WORD_BYTES = 500 };

/* Accents on one letter: Tibetan and Hebrew with points have up to six. */
enum { MARKS_MAX = 8 };

static bool
is_mark(gunichar c)
{
    GUnicodeType type = g_unichar_type(c);
    return type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_ENCLOSING_MARK;
}

/* LRE, RLE, PDF, LRO, RLO. Isolates end with their paragraph and turn nothing around. */
static bool
is_override(gunichar c)
{
    return c >= 0x202A && c <= 0x202E;
}

static bool
is_line_end(gunichar c)
{
    return c == '\n' || c == 0x2028 || c == 0x2029;
}

GString *
paper_text_clean(struct slice raw)
{
    g_autofree char *valid = g_utf8_make_valid(raw.p ? raw.p : "", (gssize)raw.n);
    GString *out = g_string_sized_new(raw.n);
    unsigned marks = 0;
    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        marks = is_mark(c) ? marks + 1 : 0;
        if (is_override(c) || marks > MARKS_MAX || (c == '\r' && p[1] == '\n'))
            continue;
        if (c == '\r' || is_line_end(c))
            g_string_append_c(out, '\n');
        else if (c == '\t' || c == ' ' || g_unichar_isgraph(c) || g_unichar_isspace(c)
                 || g_unichar_type(c) == G_UNICODE_FORMAT)
            g_string_append_unichar(out, c);
        else
            g_string_append(out, "\xEF\xBF\xBD");
    }
    return out;
}

/* The last place before `n` where a piece may end: behind a line end, behind a blank, or
   before a letter without an accent. */
static size_t
place_to_cut(struct slice text, size_t n)
{
    const char *line = memrchr(text.p, '\n', n);
    if (line)
        return (size_t)(line - text.p) + 1;
    const char *blank = memrchr(text.p, ' ', n);
    if (blank)
        return (size_t)(blank - text.p) + 1;
    const char *at = g_utf8_find_prev_char(text.p, text.p + n);
    while (at && at > text.p && is_mark(g_utf8_get_char(at)))
        at = g_utf8_find_prev_char(text.p, at);
    return at && at > text.p ? (size_t)(at - text.p) : n;
}

/* How much of the text a piece may be. */
static size_t
most(struct slice text)
{
    size_t n = 0;
    while (n < text.n && n < WORD_BYTES && g_ascii_isgraph(text.p[n]))
        n++;
    return MIN(text.n, n == WORD_BYTES ? WORD_BYTES : CHUNK_BYTES);
}

bool
paper_text_chunk(struct slice *rest, struct slice *ret_chunk)
{
    if (rest->n == 0)
        return false;
    size_t n = most(*rest);
    if (n < rest->n)
        n = place_to_cut(*rest, n);
    *ret_chunk = slice_sub(*rest, 0, n);
    *rest = slice_sub(*rest, n, rest->n);
    if (ret_chunk->p[ret_chunk->n - 1] == '\n')
        ret_chunk->n--;
    return true;
}
