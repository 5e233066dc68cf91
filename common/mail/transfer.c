#include "common/mail/transfer.h"

#include <stdlib.h>
#include <string.h>

#include "common/mail/gmime.h"

/* Text that was declared base64 but never encoded: it has what base64 hasn't. */
static bool
is_not_base64(struct slice s)
{
    size_t look = MIN(s.n, 4096), wrong = 0, letters = 0;
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
    guchar *out = g_malloc(s.n / 4 * 3 + 8);
    gsize n = g_base64_decode_step(s.p, s.n, out, &state, &save);
    /* A last group that was cut off: what is there of it is still given. */
    int held = abs(state);
    if (held >= 2)
        n += g_base64_decode_step("==", (gsize)(4 - held), out + n, &state, &save);
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
