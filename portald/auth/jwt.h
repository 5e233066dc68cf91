/*
 * jwt: the access token of the API, a signed statement of who asks (RFC 7519, RFC 9068).
 *
 *     header "." claims "." HMAC-SHA-256
 *
 * We only read what we wrote. The header has to be ours byte for byte ({"alg":"HS256",
 * "typ":"at+jwt"}), so neither another algorithm nor a key of the sender's (alg none,
 * RS256, kid, jku, jwk) is ever considered; the claims are looked at after the signature.
 * The key is derived from the installation's secret; the secret before it is still
 * believed. A token can't be taken back: it lives LIMIT_ACCESS_SECONDS, and who may do what
 * is read from the database at every request.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"
#include "common/base/uuid.h"

struct jwt_claims {
    struct uuid tenant; /* "tid" */
    struct uuid person; /* "sub" */
    struct uuid family; /* "sid": the sign-in that it comes from */
    int64_t issued_at;  /* µs; whole seconds are written */
    int64_t expires_at;
};

struct jwt_setting {
    struct slice secret;   /* signs */
    struct slice previous; /* still believed; empty: none */
    const char *issuer;    /* "iss": the portal's base_url */
};

/* The token, owned by the caller. */
char *jwt_write(const struct jwt_setting *setting, const struct jwt_claims *claims);

/* Read a token at this time. ERR_DENIED with what is wrong; *ret_claims untouched then. */
bool jwt_read(const struct jwt_setting *setting, struct slice token, int64_t now_us,
              struct jwt_claims *ret_claims, GError **error);
