#include "common/mail/transfer.h"

#include <stdlib.h>
#include <string.h>

#include "common/mail/gmime.h"

/* What is looked at of the end of base64, to find words under it. */
#define FOOTER_BYTES 4096u

/* A character that words have and base64 hasn't. */
static bool
has_words(struct slice line)
{
    for (size_t i = 0; i < line.n; i++) {
        if (strchr(" _-:.,", line.p[i]) && line.p[i])
            return true;
    }
    return false;
}

/* Whole groups, and enough of them that it isn't the first word of a text. */
static bool
is_whole(struct slice data)
{
    size_t letters = 0;
    for (size_t i = 0; i < data.n; i++)
        letters += !g_ascii_isspace(data.p[i]);
    return letters >= 20 && letters % 4 == 0;
}

/* How much of it is base64: list managers put their footer as it is under a body that they
   didn't decode. Lines of words, with no full line of data behind them. */
static size_t
data_length(struct slice s)
{
    struct slice rest = s, line;
    size_t end = s.n;
    if (s.n > FOOTER_BYTES) {
        rest = slice_sub(s, s.n - FOOTER_BYTES, s.n);
        slice_next_line(&rest, &line);
    }
    while (rest.n) {
        size_t at = (size_t)(rest.p - s.p);
        slice_next_line(&rest, &line);
        line = slice_trim(line);
        if (!has_words(line))
            end = line.n >= 60 ? s.n : end;
        else if (end == s.n)
            end = at;
    }
    return end < s.n && is_whole(slice_sub(s, 0, end)) ? end : s.n;
}

/* Text that was declared base64 but never encoded: it has what base64 hasn't. */
static bool
is_not_base64(struct slice s)
{
    size_t look = MIN(data_length(s), 4096), wrong = 0, letters = 0;
    for (size_t i = 0; i < look; i++) {
        char c = s.p[i];
        if (g_ascii_isalnum(c) || c == '+' || c == '/' || c == '=')
            letters++;
        else if (c != '\r' && c != '\n')
            wrong++;
    }
    return wrong * 10 > letters;
}

static GBytes *
decode_base64(struct slice s)
{
    int state = 0;
    guint save = 0;
    size_t data = data_length(s);
    guchar *out = g_malloc(data / 4 * 3 + 8 + s.n - data);
    gsize n = g_base64_decode_step(s.p, data, out, &state, &save);
    /* A last group that was cut off: what is there of it is still given. */
    int held = abs(state);
    if (held >= 2)
        n += g_base64_decode_step("==", (gsize)(4 - held), out + n, &state, &save);
    if (data < s.n) {
        out[n++] = '\n';
        memcpy(out + n, s.p + data, s.n - data);
        n += s.n - data;
    }
    return g_bytes_new_take(out, n);
}

static GBytes *
decode_with_gmime(struct slice s, GMimeContentEncoding encoding)
{
    GMimeEncoding state;
    g_mime_encoding_init_decode(&state, encoding);
    char *out = g_malloc(g_mime_encoding_outlen(&state, s.n) + 16);
    size_t n = g_mime_encoding_flush(&state, s.p, s.n, out);
    return g_bytes_new_take(out, n);
}

/* RFC 2045 §6.7 (3): blanks at the end of a line were put there on its way. What matters of
   that is "= ", which GMime doesn't take for a soft line break. */
static GBytes *
decode_quoted(struct slice s)
{
    g_autoptr(GString) tight = g_string_sized_new(s.n);
    for (size_t i = 0; i < s.n; i++) {
        g_string_append_c(tight, s.p[i]);
        size_t end = i + 1;
        while (s.p[i] == '=' && end < s.n && (s.p[end] == ' ' || s.p[end] == '\t'))
            end++;
        if (end > i + 1 && end < s.n && (s.p[end] == '\r' || s.p[end] == '\n'))
            i = end - 1;
    }
    return decode_with_gmime((struct slice){ tight->str, tight->len },
                             GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
}

static bool
is_uuencode(const char *encoding)
{
    static const char *const names[] = { "x-uuencode", "uuencode", "x-uue", "uue" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(encoding, names[i]) == 0)
            return true;
    }
    return false;
}

const char *
transfer_problem(struct slice s, const char *encoding)
{
    static const char *const known[] = {
        "", "7bit", "8bit", "binary", "quoted-printable", "base64", "7-bit", "8-bit"
    };
    if (strcmp(encoding, "base64") == 0 && s.n && is_not_base64(s))
        return "declared base64 but isn't: taken as it is";
    if (strcmp(encoding, "base64") == 0 && data_length(s) < s.n)
        return "words under base64: put behind what it stands for";
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        if (strcmp(encoding, known[i]) == 0)
            return NULL;
    }
    return is_uuencode(encoding) ? NULL : "unknown transfer encoding: taken as it is";
}

GBytes *
transfer_decode(struct slice s, const char *encoding)
{
    if (s.n == 0)
        return g_bytes_new(NULL, 0);
    if (strcmp(encoding, "quoted-printable") == 0)
        return decode_quoted(s);
    if (strcmp(encoding, "base64") == 0 && !is_not_base64(s))
        return decode_base64(s);
    if (is_uuencode(encoding))
        return decode_with_gmime(s, GMIME_CONTENT_ENCODING_UUENCODE);
    return g_bytes_new(s.p, s.n);
}
