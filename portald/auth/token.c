#include "portald/auth/token.h"

#include <glib.h>
#include <string.h>

#define BYTES 32
#define CODE_CHARS 8

char *
token_make(const char *prefix)
{
    uint8_t bytes[BYTES];
    crypto_random(bytes, sizeof bytes);
    g_autofree char *text = crypto_base32(bytes, sizeof bytes);
    crypto_forget(bytes, sizeof bytes);
    return g_strconcat(prefix, text, NULL);
}

bool
token_has_form(struct slice text, const char *prefix)
{
    uint8_t bytes[BYTES];
    size_t n = strlen(prefix);
    return text.n == n + TOKEN_CHARS && memcmp(text.p, prefix, n) == 0
           && crypto_base32_decode(slice_sub(text, n, text.n), bytes, BYTES);
}

struct sha256
token_digest(struct slice token)
{
    return crypto_sha256(token);
}

static bool
is_b64token(struct slice token)
{
    size_t n = 0;
    while (
        n < token.n
        && (g_ascii_isalnum(token.p[n]) || (token.p[n] && strchr("-._~+/", token.p[n]))))
        n++;
    if (n == 0)
        return false;
    while (n < token.n && token.p[n] == '=')
        n++;
    return n == token.n;
}

bool
token_of_bearer(const char *authorization, struct slice *ret_token)
{
    struct slice value = slice_trim(slice_from(authorization));
    if (!slice_starts_nocase(value, "Bearer "))
        return false;
    struct slice token = slice_trim(slice_sub(value, strlen("Bearer "), value.n));
    if (!is_b64token(token))
        return false;
    *ret_token = token;
    return true;
}

char *
token_code(struct slice key, const char *label, struct slice what)
{
    static const char letters[] = "BCDFGHJKLMNPQRSTVWXZ23456789"; /* 28 of them */
    G_STATIC_ASSERT(sizeof letters - 1 == 28);
    GString *text = g_string_new(label);
    g_string_append_c(text, 0);
    g_string_append_len(text, what.p, (gssize)what.n);
    struct sha256 mac = crypto_hmac(key, (struct slice){ text->str, text->len });
    g_string_truncate(text, 0);
    for (size_t i = 0; i < CODE_CHARS; i++) {
        /* two bytes a character: the remainder's bias is below one in a thousand */
        unsigned value = (unsigned)mac.b[2 * i] << 8 | mac.b[2 * i + 1];
        if (i == CODE_CHARS / 2)
            g_string_append_c(text, '-');
        g_string_append_c(text, letters[value % 28]);
    }
    return g_string_free(text, FALSE);
}

static char *
bare(const char *text)
{
    GString *bare = g_string_new(NULL);
    for (; *text && bare->len <= CODE_CHARS; text++)
        if (*text != ' ' && *text != '-')
            g_string_append_c(bare, g_ascii_toupper(*text));
    return g_string_free(bare, FALSE);
}

bool
token_code_is(const char *typed, const char *code)
{
    g_autofree char *left = bare(typed);
    g_autofree char *right = bare(code);
    return crypto_equal(slice_from(left), slice_from(right));
}
