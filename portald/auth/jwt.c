#include "portald/auth/jwt.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/base/limits.h"

#define AUDIENCE "postern-api"
static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}";

/* Seconds that the clocks of two machines of one installation may differ. */
#define LEEWAY 5

static struct sha256
sign(struct slice secret, struct slice text)
{
    struct sha256 key = crypto_hmac(secret, slice_from("access token"));
    struct sha256 mac =
        crypto_hmac((struct slice){ (const char *)key.b, SHA256_SIZE }, text);
    crypto_forget(&key, sizeof key);
    return mac;
}

/* --- write ------------------------------------------------------------------------ */

char *
jwt_write(const struct jwt_setting *setting, const struct jwt_claims *claims)
{
    char tenant[UUID_TEXT_SIZE], person[UUID_TEXT_SIZE], family[UUID_TEXT_SIZE];
    json_int_t issued = claims->issued_at / CLOCK_SECOND;
    g_autoptr(json_t) body = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "iss", setting->issuer, "aud",
        AUDIENCE, "tid", uuid_format(claims->tenant, tenant), "sub",
        uuid_format(claims->person, person), "sid", uuid_format(claims->family, family),
        "iat", issued, "nbf", issued, "exp", claims->expires_at / CLOCK_SECOND);
    if (!body)
        g_error("the claims of a token are no JSON: the issuer is not UTF-8");

    g_autofree char *text = json_dumps(body, JSON_COMPACT);
    g_autofree char *first = crypto_base64url(slice_from(header));
    g_autofree char *second = crypto_base64url(slice_from(text));
    g_autofree char *both = g_strdup_printf("%s.%s", first, second);
    struct sha256 mac = sign(setting->secret, slice_from(both));
    g_autofree char *third =
        crypto_base64url((struct slice){ (const char *)mac.b, SHA256_SIZE });
    return g_strdup_printf("%s.%s", both, third);
}

/* --- read ------------------------------------------------------------------------- */

struct pieces {
    struct slice header, claims, signature;
    struct slice is_signed; /* header "." claims */
};

static bool
cut(struct slice token, struct pieces *ret_pieces)
{
    const char *first = memchr(token.p, '.', token.n);
    const char *end = token.p + token.n;
    const char *second = first ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;
    if (!second || memchr(second + 1, '.', (size_t)(end - second - 1)))
        return false;
    *ret_pieces = (struct pieces){
        .header = { token.p, (size_t)(first - token.p) },
        .claims = { first + 1, (size_t)(second - first - 1) },
        .signature = { second + 1, (size_t)(end - second - 1) },
        .is_signed = { token.p, (size_t)(second - token.p) },
    };
    return true;
}

static bool
signed_with(struct slice secret, struct slice text, struct slice signature)
{
    if (secret.n == 0)
        return false;
    struct sha256 mac = sign(secret, text);
    return crypto_equal((struct slice){ (const char *)mac.b, SHA256_SIZE }, signature);
}

static bool
is_signed(const struct jwt_setting *setting, const struct pieces *pieces)
{
    g_autoptr(GBytes) bytes = crypto_base64url_decode(pieces->signature);
    if (!bytes)
        return false;
    struct slice signature = { g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes) };
    return signed_with(setting->secret, pieces->is_signed, signature)
           || signed_with(setting->previous, pieces->is_signed, signature);
}

static bool
claim_is(const json_t *body, const char *name, const char *wanted)
{
    const char *value = json_string_value(json_object_get(body, name));
    return value && strcmp(value, wanted) == 0;
}

static bool
claim_uuid(const json_t *body, const char *name, struct uuid *ret_uuid)
{
    const char *value = json_string_value(json_object_get(body, name));
    return value && uuid_parse(slice_from(value), ret_uuid);
}

static bool
claim_time(const json_t *body, const char *name, int64_t *ret_us)
{
    const json_t *value = json_object_get(body, name);
    json_int_t seconds = json_integer_value(value);
    if (!json_is_integer(value) || seconds < 0 || seconds > INT64_MAX / CLOCK_SECOND)
        return false;
    *ret_us = seconds * CLOCK_SECOND;
    return true;
}

static bool
read_claims(const struct jwt_setting *setting, const json_t *body, int64_t now_us,
            struct jwt_claims *ret_claims, GError **error)
{
    struct jwt_claims claims = { 0 };
    int64_t not_before = 0;

    if (!claim_is(body, "iss", setting->issuer) || !claim_is(body, "aud", AUDIENCE))
        return error_set(error, ERR_DENIED, "the token was made for another place");
    if (!claim_uuid(body, "tid", &claims.tenant)
        || !claim_uuid(body, "sub", &claims.person)
        || !claim_uuid(body, "sid", &claims.family)
        || !claim_time(body, "iat", &claims.issued_at)
        || !claim_time(body, "nbf", &not_before)
        || !claim_time(body, "exp", &claims.expires_at))
        return error_set(error, ERR_DENIED, "the token lacks a claim");
    if (now_us + LEEWAY * CLOCK_SECOND < not_before)
        return error_set(error, ERR_DENIED, "the token is not valid yet");
    if (now_us >= claims.expires_at)
        return error_set(error, ERR_DENIED, "the token has expired");
    *ret_claims = claims;
    return true;
}

bool
jwt_read(const struct jwt_setting *setting, struct slice token, int64_t now_us,
         struct jwt_claims *ret_claims, GError **error)
{
    struct pieces pieces;
    g_autofree char *ours = crypto_base64url(slice_from(header));

    if (token.n > LIMIT_JWT_BYTES || !cut(token, &pieces)
        || !slice_equal(pieces.header, slice_from(ours)))
        return error_set(error, ERR_DENIED, "this is no access token of ours");
    if (!is_signed(setting, &pieces))
        return error_set(error, ERR_DENIED, "the token's signature is wrong");

    g_autoptr(GBytes) bytes = crypto_base64url_decode(pieces.claims);
    gsize n = 0;
    const char *text = bytes ? g_bytes_get_data(bytes, &n) : NULL;
    g_autoptr(json_t) body =
        text ? json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (!json_is_object(body))
        return error_set(error, ERR_DENIED, "the token's claims are no JSON");
    return read_claims(setting, body, now_us, ret_claims, error);
}
