#include "common/base/crypto.h"

#include <glib.h>
#include <sodium.h>
#include <string.h>

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

void
crypto_init(void)
{
    if (sodium_init() < 0)
        g_error("no source of random bytes: libsodium did not start");
}

void
crypto_random(void *ret_bytes, size_t n)
{
    randombytes_buf(ret_bytes, n);
}

struct sha256
crypto_sha256(struct slice data)
{
    struct sha256 digest;
    crypto_hash_sha256(digest.b, (const unsigned char *)data.p, data.n);
    return digest;
}

char *
crypto_sha256_hex(struct slice data)
{
    struct sha256 digest = crypto_sha256(data);
    char *hex = g_malloc(2 * SHA256_SIZE + 1);
    sodium_bin2hex(hex, 2 * SHA256_SIZE + 1, digest.b, SHA256_SIZE);
    return hex;
}

struct sha256
crypto_hmac(struct slice key, struct slice data)
{
    struct sha256 mac;
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)key.p, key.n);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)data.p, data.n);
    crypto_auth_hmacsha256_final(&state, mac.b);
    return mac;
}

bool
crypto_equal(struct slice a, struct slice b)
{
    return a.n == b.n && sodium_memcmp(a.p, b.p, a.n) == 0;
}

char *
crypto_base32(const uint8_t *bytes, size_t n)
{
    GString *text = g_string_sized_new(n * 8 / 5 + 2);
    uint32_t window = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < n; i++) {
        window = window << 8 | bytes[i];
        for (bits += 8; bits >= 5; bits -= 5)
            g_string_append_c(text, alphabet[window >> (bits - 5) & 31]);
    }
    if (bits)
        g_string_append_c(text, alphabet[window << (5 - bits) & 31]);
    return g_string_free(text, FALSE);
}

bool
crypto_base32_decode(struct slice text, uint8_t *ret_bytes, size_t n)
{
    if (text.n != (n * 8 + 4) / 5)
        return false;

    g_autofree uint8_t *bytes = g_malloc(n + 1);
    uint32_t window = 0;
    unsigned bits = 0;
    size_t at = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = g_ascii_tolower(text.p[i]);
        const char *found = c ? strchr(alphabet, c) : NULL;
        if (!found)
            return false;
        window = window << 5 | (uint32_t)(found - alphabet);
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            bytes[at++] = (uint8_t)(window >> bits);
        }
    }
    memcpy(ret_bytes, bytes, n);
    return true;
}

char *
crypto_base64url(struct slice bytes)
{
    const int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    size_t n = sodium_base64_encoded_len(bytes.n, variant);
    char *text = g_malloc(n);
    return sodium_bin2base64(text, n, (const unsigned char *)bytes.p, bytes.n, variant);
}

/* libsodium 1.0.18 takes some bytes above 127 for letters. */
static bool
is_base64url(struct slice text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!g_ascii_isalnum(text.p[i]) && text.p[i] != '-' && text.p[i] != '_')
            return false;
    return true;
}

GBytes *
crypto_base64url_decode(struct slice text)
{
    size_t most = text.n / 4 * 3 + 3, n = 0;
    const char *end = NULL;
    if (!is_base64url(text))
        return NULL;
    g_autofree uint8_t *bytes = g_malloc(most);
    if (sodium_base642bin(bytes, most, text.p, text.n, NULL, &n, &end,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING)
            != 0
        || end != text.p + text.n)
        return NULL;
    return g_bytes_new_take(g_steal_pointer(&bytes), n);
}

void
crypto_forget(void *bytes, size_t n)
{
    sodium_memzero(bytes, n);
}

static void
derive_seal_key(struct slice secret, const char *label,
                uint8_t ret_key[static crypto_secretbox_KEYBYTES])
{
    G_STATIC_ASSERT(crypto_secretbox_KEYBYTES == SHA256_SIZE);
    g_autofree char *text = g_strconcat("seal ", label, NULL);
    struct sha256 key = crypto_hmac(secret, slice_from(text));
    memcpy(ret_key, key.b, sizeof key.b);
    sodium_memzero(&key, sizeof key);
}

GBytes *
crypto_seal(struct slice secret, const char *label, struct slice plain)
{
    uint8_t key[crypto_secretbox_KEYBYTES];
    size_t n = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + plain.n;
    uint8_t *sealed = g_malloc(n);

    derive_seal_key(secret, label, key);
    crypto_random(sealed, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(sealed + crypto_secretbox_NONCEBYTES,
                          (const unsigned char *)plain.p, plain.n, sealed, key);
    sodium_memzero(key, sizeof key);
    return g_bytes_new_take(sealed, n);
}

GBytes *
crypto_unseal(struct slice secret, const char *label, struct slice sealed)
{
    uint8_t key[crypto_secretbox_KEYBYTES];
    const unsigned char *bytes = (const unsigned char *)sealed.p;

    if (sealed.n < crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES)
        return NULL;
    size_t n = sealed.n - crypto_secretbox_NONCEBYTES;
    g_autofree uint8_t *plain = g_malloc(n);
    derive_seal_key(secret, label, key);
    int bad = crypto_secretbox_open_easy(plain, bytes + crypto_secretbox_NONCEBYTES, n,
                                         bytes, key);
    sodium_memzero(key, sizeof key);
    return bad ? NULL
               : g_bytes_new_take(g_steal_pointer(&plain), n - crypto_secretbox_MACBYTES);
}
