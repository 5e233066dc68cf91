#include "common/http/refresh.h"

#include "common/base/crypto.h"

/* What is sealed: the SHA-256 of the configured token in hex, a line end, the token. */

static struct slice
slice_of(GBytes *bytes)
{
    return (struct slice){ g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes) };
}

static GBytes *
unseal(const Config *config, const char *label, GBytes *sealed)
{
    GBytes *plain = crypto_unseal(slice_of(config->secret), label, slice_of(sealed));
    if (!plain && config->previous_secret)
        plain = crypto_unseal(slice_of(config->previous_secret), label, slice_of(sealed));
    return plain;
}

GBytes *
refresh_seal(const Config *config, const char *label, const char *configured,
             const char *token)
{
    g_autofree char *origin = crypto_sha256_hex(slice_from(configured));
    g_autofree char *plain = g_strdup_printf("%s\n%s", origin, token);
    return crypto_seal(slice_of(config->secret), label, slice_from(plain));
}

char *
refresh_open(const Config *config, const char *label, const char *configured,
             GBytes *sealed)
{
    g_autoptr(GBytes) plain = sealed ? unseal(config, label, sealed) : NULL;
    if (!plain)
        return NULL;
    g_autofree char *origin = crypto_sha256_hex(slice_from(configured));
    struct slice token = slice_of(plain), line = { NULL, 0 };
    return slice_next_line(&token, &line) && slice_equal(line, slice_from(origin))
               ? slice_dup(token)
               : NULL;
}
