/* Tokens, codes, passwords and paths that strangers send. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "common/base/crypto.h"
#include "common/base/limits.h"
#include "portald/auth/jwt.h"
#include "portald/auth/next.h"
#include "portald/auth/password.h"
#include "portald/auth/recovery.h"
#include "portald/auth/token.h"
#include "portald/auth/totp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct jwt_setting setting = { { "a secret that no input holds....", 32 },
                                            { NULL, 0 },
                                            "https://help.example" };

/* Nothing that was not signed passes; signed, the same bytes pass as far as they are
   claims. */
static void
check_jwt(struct slice token)
{
    struct jwt_claims claims;
    g_assert_false(jwt_read(&setting, token, 1, &claims, NULL));

    g_autoptr(GBytes) plain = crypto_base64url_decode(token);
    if (!plain)
        return;
    struct slice bytes = { g_bytes_get_data(plain, NULL), g_bytes_get_size(plain) };
    g_autofree char *again = crypto_base64url(bytes);
    g_assert_true(slice_equal(slice_from(again), token));
}

static void
check_signed_claims(struct slice claims)
{
    struct jwt_claims got;
    struct sha256 key = crypto_hmac(setting.secret, slice_from("access token"));
    g_autofree char *first =
        crypto_base64url(slice_from("{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}"));
    g_autofree char *second = crypto_base64url(claims);
    g_autofree char *both = g_strdup_printf("%s.%s", first, second);
    struct sha256 mac =
        crypto_hmac((struct slice){ (const char *)key.b, SHA256_SIZE }, slice_from(both));
    g_autofree char *third =
        crypto_base64url((struct slice){ (const char *)mac.b, SHA256_SIZE });
    g_autofree char *token = g_strdup_printf("%s.%s", both, third);
    if (jwt_read(&setting, slice_from(token), INT64_C(1800000000000000), &got, NULL))
        g_assert_cmpint(got.expires_at, >, INT64_C(1800000000000000));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = { (const char *)data, size };
    g_autofree char *text = g_strndup(bytes.p, size);
    struct slice token = { NULL, 0 };
    int64_t counter = 0;

    crypto_init();
    check_jwt(bytes);
    check_signed_claims(bytes);
    token_has_form(bytes, TOKEN_KEY_PREFIX);
    if (token_of_bearer(text, &token))
        for (size_t i = 0; i < token.n; i++)
            g_assert_true(g_ascii_isgraph(token.p[i]) && token.p[i] != '"');
    token_code_is(text, "BCDF-GHJK");
    if (totp_check(slice_from("12345678901234567890"), text, 59000000, 0, &counter))
        g_assert_cmpint(counter, <=, 2);
    recovery_digest(setting.secret, text);
    password_judge(text, "carla@customer.example", text);
    if (next_is_safe(text))
        g_assert_true(text[0] == '/' && text[1] != '/' && !strpbrk(text, "\\\r\n\t "));
    return 0;
}
