#include "portald/auth/totp.h"

#include <liboath/oath.h>

#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/limits.h"

#define DIGITS 6

void
totp_make_secret(uint8_t ret_secret[static TOTP_SECRET_BYTES])
{
    crypto_random(ret_secret, TOTP_SECRET_BYTES);
}

/* The six digits; false for anything else. */
static bool
read_code(const char *text, char ret_code[static DIGITS + 1])
{
    size_t n = 0;
    for (; *text; text++) {
        if (*text == ' ')
            continue;
        if (!g_ascii_isdigit(*text) || n == DIGITS)
            return false;
        ret_code[n++] = *text;
    }
    ret_code[n] = '\0';
    return n == DIGITS;
}

bool
totp_check(struct slice secret, const char *code, int64_t now_us, int64_t last_counter,
           int64_t *ret_counter)
{
    char digits[DIGITS + 1];
    uint64_t counter = 0;

    if (!read_code(code, digits)
        || oath_totp_validate3(secret.p, secret.n, (time_t)(now_us / CLOCK_SECOND),
                               TOTP_SECONDS, 0, LIMIT_TOTP_WINDOW, NULL, &counter, digits)
               < 0)
        return false;
    if (counter > INT64_MAX || (int64_t)counter <= last_counter)
        return false;
    *ret_counter = (int64_t)counter;
    return true;
}

static char *
secret_base32(struct slice secret)
{
    g_autofree char *lower = crypto_base32((const uint8_t *)secret.p, secret.n);
    return g_ascii_strup(lower, -1);
}

char *
totp_uri(struct slice secret, const char *issuer, const char *account)
{
    g_autofree char *base32 = secret_base32(secret);
    g_autofree char *who = g_uri_escape_string(issuer, NULL, false);
    g_autofree char *whose = g_uri_escape_string(account, "@", false);
    return g_strdup_printf("otpauth://totp/%s:%s?secret=%s&issuer=%s", who, whose, base32,
                           who);
}

char *
totp_secret_text(struct slice secret)
{
    g_autofree char *base32 = secret_base32(secret);
    GString *text = g_string_new(NULL);
    for (size_t i = 0; base32[i]; i++) {
        if (i && i % 4 == 0)
            g_string_append_c(text, ' ');
        g_string_append_c(text, base32[i]);
    }
    return g_string_free(text, FALSE);
}
