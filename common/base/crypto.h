/*
 * crypto: the few primitives we use, over libsodium: random bytes, SHA-256, HMAC-SHA-256
 * (RFC 2104), comparison in constant time, sealing, and base32 (RFC 4648 §6, lower case, no
 * padding: it survives mail systems that fold the case of an address).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/slice.h"

#define SHA256_SIZE 32

struct sha256 {
    uint8_t b[SHA256_SIZE];
};

/* Must be called once by main before anything else here. Aborts where the system has no
   source of random bytes. */
void crypto_init(void);

void crypto_random(void *ret_bytes, size_t n);
struct sha256 crypto_sha256(struct slice data);

/* Lower-case hex, 64 characters, owned by the caller. */
char *crypto_sha256_hex(struct slice data);

struct sha256 crypto_hmac(struct slice key, struct slice data);

/* True when both are equal; takes as long whatever they hold. */
bool crypto_equal(struct slice a, struct slice b);

/* Base32 of the bytes, owned by the caller. */
char *crypto_base32(const uint8_t *bytes, size_t n);

/* Read base32 of exactly n bytes, either case. False for anything else. */
bool crypto_base32_decode(struct slice text, uint8_t *ret_bytes, size_t n);

/* Base64 with the URL's alphabet and without padding (RFC 4648 §5), owned by the caller. */
char *crypto_base64url(struct slice bytes);

/* The bytes of such text; NULL for anything that crypto_base64url does not write: other
   characters, padding, white space, bits behind the last byte. */
GBytes *crypto_base64url_decode(struct slice text);

/* Overwrite a secret that is no longer needed; a compiler does not leave it out. */
void crypto_forget(void *bytes, size_t n);

/* Seal what shall be read by nobody without `secret` (a refresh token on its way into the
   database): XSalsa20-Poly1305 under a key derived from secret and label, the random nonce
   in front. `label` says what it is for, so that one thing sealed is not taken for
   another. */
GBytes *crypto_seal(struct slice secret, const char *label, struct slice plain);

/* The plain bytes; NULL for what was not sealed with this secret and label, or changed. */
GBytes *crypto_unseal(struct slice secret, const char *label, struct slice sealed);
