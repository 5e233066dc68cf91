#include "common/base/crypto_password.h"

#include <glib.h>
#include <sodium.h>

char *
crypto_password_hash(struct slice password)
{
    g_autofree char *hash = g_malloc0(crypto_pwhash_STRBYTES);
    if (crypto_pwhash_str_alg(hash, password.p, password.n, PASSWORD_PASSES,
                              PASSWORD_MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13)
        != 0)
        return NULL;
    return g_steal_pointer(&hash);
}

bool
crypto_password_verify(const char *hash, struct slice password)
{
    return crypto_pwhash_str_verify(hash, password.p, password.n) == 0;
}

bool
crypto_password_is_stale(const char *hash)
{
    return crypto_pwhash_str_needs_rehash(hash, PASSWORD_PASSES, PASSWORD_MEMORY_BYTES)
           != 0;
}
