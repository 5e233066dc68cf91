#include "portald/auth/recovery.h"

#include <glib.h>
#include <string.h>

#define BYTES 7 /* twelve characters, of which ten are used */
#define CHARS 10

char *
recovery_make(void)
{
    uint8_t bytes[BYTES];
    crypto_random(bytes, sizeof bytes);
    g_autofree char *text = crypto_base32(bytes, sizeof bytes);
    return g_strdup_printf("%.*s-%.*s", CHARS / 2, text, CHARS / 2, text + CHARS / 2);
}

struct sha256
recovery_digest(struct slice secret, const char *code)
{
    g_autoptr(GString) text = g_string_new("recovery code ");
    for (size_t n = 0; *code && n <= CHARS; code++)
        if (*code != ' ' && *code != '-') {
            g_string_append_c(text, g_ascii_tolower(*code));
            n++;
        }
    return crypto_hmac(secret, (struct slice){ text->str, text->len });
}
