/* Passwords, codes, tokens: what proves who somebody is. */
#include "tests/unit/test.h"

#include <glib.h>
#include <jansson.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/crypto_password.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "portald/auth/jwt.h"
#include "portald/auth/next.h"
#include "portald/auth/password.h"
#include "portald/auth/qr.h"
#include "portald/auth/recovery.h"
#include "portald/auth/token.h"
#include "portald/auth/totp.h"

/* --- passwords -------------------------------------------------------------------- */

static void
test_password_policy(void **state)
{
    static const struct {
        const char *password;
        enum password_fault want;
    } cases[] = {
        { "", PASSWORD_SHORT },
        { "kT8#vQ2!x", PASSWORD_SHORT },
        { "äöüäöüßéè", PASSWORD_SHORT }, /* nine characters of 18 bytes */
        { "\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff", PASSWORD_SHORT },
        { "correct horse battery staple", PASSWORD_GOOD },
        { "grüne Tassen im Regen", PASSWORD_GOOD },
        { "ein-Hut-voll-7-Enten", PASSWORD_GOOD },
        { "password123", PASSWORD_COMMON },
        { "Password2026!", PASSWORD_COMMON },
        { "P@ssw0rd!!!", PASSWORD_COMMON },
        { "!!!Letme1n!!!", PASSWORD_COMMON },
        { "aaaaaaaaaaaaaaaa", PASSWORD_SIMPLE },
        { "abcabcabcabcabc", PASSWORD_SIMPLE },
        { "monkeymonkeymonkey", PASSWORD_SIMPLE },
        { "9876543210987", PASSWORD_SIMPLE },
        { "qwertyuiopas", PASSWORD_SIMPLE },
        { "lkjhgfdsapoiuytrewq", PASSWORD_SIMPLE },
        { "carla.customer", PASSWORD_PERSONAL },
        { "carla.customer@customer.example", PASSWORD_PERSONAL },
        { "CarlaCustomer7", PASSWORD_PERSONAL },
        { "customer-2026", PASSWORD_PERSONAL },
        { "customers like ninety ducks", PASSWORD_GOOD },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        enum password_fault got = password_judge(
            cases[i].password, "carla.customer@customer.example", "Carla Customer");
        if (got != cases[i].want)
            fail_msg("'%s': got %d, want %d", cases[i].password, got, cases[i].want);
        assert_true((password_fault_text(got) == NULL) == (got == PASSWORD_GOOD));
    }
    g_autofree char *long_one = g_strnfill(LIMIT_PASSWORD_BYTES + 1, 'x');
    assert_int_equal(password_judge(long_one, NULL, NULL), PASSWORD_LONG);
}

static void
test_password_hash(void **state)
{
    (void)state;
    bool right = false;
    g_autofree char *renewed = NULL;
    g_autofree char *hash = password_hash("Caf\xc3\xa9 zum Mond", NULL);
    assert_true(g_str_has_prefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$"));

    /* e and a combining accent are the same password */
    assert_true(password_check(hash, "Cafe\xcc\x81 zum Mond", &right, &renewed, NULL));
    assert_true(right);
    assert_null(renewed);
    assert_true(password_check(hash, "Cafe zum Mond", &right, &renewed, NULL));
    assert_false(right);
    assert_true(password_check(hash, "", &right, &renewed, NULL));
    assert_false(right);
    assert_true(password_check(NULL, "nobody has this one", &right, &renewed, NULL));
    assert_false(right);
    assert_true(password_check("garbage", "garbage", &right, &renewed, NULL));
    assert_false(right);

    /* not UTF-8: it has no form, so it is nobody's password, not even its own */
    g_autofree char *of_nothing = password_hash("\xff\xff", NULL);
    assert_true(password_check(of_nothing, "\xff\xff", &right, &renewed, NULL));
    assert_false(right);
}

/* A hash of other parameters still opens, and gives a new one. */
static void
test_password_renewed(void **state)
{
    static const char old[] =
        "$argon2id$v=19$m=8192,t=1,p=1$twRZKqLoV/"
        "liFwG45QmYeQ$uggahbWGL2nE2jDK9t6V9H/1Envm3aAOiUPUsd0s5ro"; /* 8 MiB, one pass */
    (void)state;
    bool right = false;
    g_autofree char *renewed = NULL;
    assert_true(crypto_password_is_stale(old));
    assert_true(password_check(old, "an old password", &right, &renewed, NULL));
    assert_true(right);
    assert_non_null(renewed);
    assert_false(crypto_password_is_stale(renewed));
    assert_true(crypto_password_verify(renewed, slice_from("an old password")));
}

static gpointer
hash_one(gpointer data)
{
    g_autofree char *hash = password_hash("twelve yellow cups", NULL);
    if (!hash)
        g_atomic_int_inc((gint *)data);
    return NULL;
}

/* More threads than may hash at once: all get their turn. */
static void
test_password_crowd(void **state)
{
    (void)state;
    gint failed = 0;
    GThread *threads[2 * LIMIT_PASSWORD_HASHES];
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("hash", hash_one, &failed);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
    assert_int_equal(failed, 0);
}

/* --- codes ------------------------------------------------------------------------ */

/* RFC 6238 appendix B, SHA-1, the last six of its eight digits. */
static void
test_totp_vectors(void **state)
{
    static const struct {
        int64_t at;
        const char *code;
    } cases[] = {
        { 59, "287082" },         { 1111111109, "081804" }, { 1111111111, "050471" },
        { 1234567890, "005924" }, { 2000000000, "279037" }, { 20000000000, "353130" },
    };
    (void)state;
    struct slice secret = slice_from("12345678901234567890");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        int64_t counter = 0, again = 0;
        int64_t now = cases[i].at * CLOCK_SECOND;
        if (!totp_check(secret, cases[i].code, now, 0, &counter)
            || counter != cases[i].at / TOTP_SECONDS)
            fail_msg("%s: %" G_GINT64_FORMAT, cases[i].code, counter);

        /* one step early or late, but not two, and never twice */
        int64_t step = TOTP_SECONDS * CLOCK_SECOND;
        assert_true(totp_check(secret, cases[i].code, now + step, 0, &again));
        assert_int_equal(again, counter);
        assert_false(totp_check(secret, cases[i].code, now + 2 * step, 0, &again));
        assert_false(totp_check(secret, cases[i].code, now, counter, &again));
        assert_false(totp_check(secret, cases[i].code, now + step, counter, &again));
    }
}

static void
test_totp_form(void **state)
{
    static const char *const none[] = { "",        "28708",
                                        "2870820", "28708a",
                                        "-87082",  "+287082",
                                        "287.082", "2870822870822870820" };
    (void)state;
    struct slice secret = slice_from("12345678901234567890");
    int64_t counter = 7;
    assert_true(totp_check(secret, "287 082", 59 * CLOCK_SECOND, 0, &counter));
    counter = 7;
    for (size_t i = 0; i < G_N_ELEMENTS(none); i++)
        if (totp_check(secret, none[i], 59 * CLOCK_SECOND, 0, &counter) || counter != 7)
            fail_msg("took '%s'", none[i]);

    g_autofree char *uri = totp_uri(secret, "Desk & Co: X", "carla+x@customer.example");
    assert_string_equal(uri,
                        "otpauth://totp/Desk%20%26%20Co%3A%20X:"
                        "carla%2Bx@customer.example?secret="
                        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Desk%20%26%20Co%3A%20X");
    g_autofree char *text = totp_secret_text(secret);
    assert_string_equal(text, "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
}

static void
test_qr(void **state)
{
    (void)state;
    g_autofree char *svg = qr_svg("otpauth://totp/x", "a \"code\" <&>");
    assert_true(g_str_has_prefix(svg, "<svg "));
    assert_true(g_str_has_suffix(svg, "</svg>"));
    assert_non_null(strstr(svg, "a &quot;code&quot; &lt;&amp;&gt;"));
    assert_null(strstr(svg, "style"));
    g_autofree char *too_long = g_strnfill(4000, 'x');
    assert_null(qr_svg(too_long, ""));
}

static void
test_recovery(void **state)
{
    (void)state;
    struct slice key = slice_from("0123456789abcdef0123456789abcdef");
    g_autofree char *code = recovery_make();
    g_autofree char *other = recovery_make();
    assert_int_equal(strlen(code), 11);
    assert_string_not_equal(code, other);

    g_autofree char *loud = g_ascii_strup(code, -1);
    loud[5] = ' ';
    struct sha256 digest = recovery_digest(key, code);
    struct sha256 typed = recovery_digest(key, loud);
    struct sha256 wrong = recovery_digest(key, other);
    struct sha256 elsewhere = recovery_digest(slice_from("another installation"), code);
    assert_memory_equal(digest.b, typed.b, SHA256_SIZE);
    assert_memory_not_equal(digest.b, wrong.b, SHA256_SIZE);
    assert_memory_not_equal(digest.b, elsewhere.b, SHA256_SIZE);
}

/* --- tokens ----------------------------------------------------------------------- */

static void
test_token(void **state)
{
    (void)state;
    g_autofree char *key = token_make(TOKEN_KEY_PREFIX);
    assert_int_equal(strlen(key), 3 + TOKEN_CHARS);
    assert_true(token_has_form(slice_from(key), TOKEN_KEY_PREFIX));
    assert_false(token_has_form(slice_from(key), TOKEN_REFRESH_PREFIX));
    assert_false(token_has_form(slice_from(key), TOKEN_LINK_PREFIX));
    key[10] = '1'; /* not of the alphabet */
    assert_false(token_has_form(slice_from(key), TOKEN_KEY_PREFIX));

    g_autofree char *code = token_code(slice_from("k"), "sign-in", slice_from("x"));
    g_autofree char *same = token_code(slice_from("k"), "sign-in", slice_from("x"));
    g_autofree char *other = token_code(slice_from("k"), "sign-in", slice_from("y"));
    assert_int_equal(strlen(code), 9);
    assert_string_equal(code, same);
    assert_string_not_equal(code, other);
    g_autofree char *typed = g_strdup_printf(" %.4s  %s ", code, code + 5);
    g_autofree char *low = g_ascii_strdown(typed, -1);
    g_autofree char *more = g_strconcat(code, "2", NULL);
    assert_true(token_code_is(low, code));
    assert_false(token_code_is(other, code));
    assert_false(token_code_is("", code));
    assert_false(token_code_is(more, code));
}

static void
test_bearer(void **state)
{
    static const struct {
        const char *value, *want;
    } cases[] = {
        { "Bearer abc.def-_~+/=", "abc.def-_~+/=" },
        { "bearer  abc ", "abc" },
        { "Bearer", NULL },
        { "Bearer ", NULL },
        { "Basic abc", NULL },
        { "Bearer a b", NULL },
        { "Bearer a=b", NULL },
        { "Bearer \"a\"", NULL },
        { "", NULL },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct slice token = { NULL, 0 };
        bool found = token_of_bearer(cases[i].value, &token);
        if (found != (cases[i].want != NULL)
            || (found && !slice_equal(token, slice_from(cases[i].want))))
            fail_msg("'%s'", cases[i].value);
    }
}

#define NOW (INT64_C(1800000000) * CLOCK_SECOND)

static struct jwt_setting
setting(void)
{
    return (struct jwt_setting){ slice_from("a secret of thirty-two bytes or so"),
                                 slice_from("the secret that was before it, long"),
                                 "https://help.example" };
}

static struct jwt_claims
sample(void)
{
    return (struct jwt_claims){ uuid_make(), uuid_make(), uuid_make(), NOW,
                                NOW + LIMIT_ACCESS_SECONDS * CLOCK_SECOND };
}

static void
test_jwt(void **state)
{
    (void)state;
    struct jwt_setting s = setting();
    struct jwt_claims c = sample(), got = { 0 };
    g_autofree char *token = jwt_write(&s, &c);
    struct slice text = slice_from(token);
    assert_true(text.n < LIMIT_JWT_BYTES);
    assert_true(jwt_read(&s, text, NOW + CLOCK_SECOND, &got, NULL));
    assert_memory_equal(&got, &c, sizeof c);

    assert_false(jwt_read(&s, text, c.expires_at, &got, NULL));
    assert_false(jwt_read(&s, text, NOW - 6 * CLOCK_SECOND, &got, NULL));
    struct jwt_setting elsewhere = s;
    elsewhere.issuer = "https://other.example";
    assert_false(jwt_read(&elsewhere, text, NOW, &got, NULL));

    /* the secret was changed: the old one still opens; changed twice: no more */
    struct jwt_setting later = s;
    later.previous = s.secret;
    later.secret = slice_from("and now a new one, of many bytes too");
    assert_true(jwt_read(&later, text, NOW, &got, NULL));
    later.previous = (struct slice){ NULL, 0 };
    assert_false(jwt_read(&later, text, NOW, &got, NULL));

    /* every single character counts */
    for (size_t i = 0; i < text.n; i++) {
        g_autofree char *bent = g_strdup(token);
        bent[i] = bent[i] == 'A' ? 'B' : 'A';
        if (jwt_read(&s, slice_from(bent), NOW, &got, NULL))
            fail_msg("took a token with another character at %zu", i);
    }
}

/* A token as an attacker who knows `secret` would make it; NULL: without signature. */
static char *
forge(const char *header, const char *claims, struct slice secret, bool derive)
{
    g_autofree char *first = crypto_base64url(slice_from(header));
    g_autofree char *second = crypto_base64url(slice_from(claims));
    g_autofree char *both = g_strdup_printf("%s.%s", first, second);
    if (!secret.p)
        return g_strconcat(both, ".", NULL);
    struct sha256 key = crypto_hmac(secret, slice_from("access token"));
    struct sha256 mac =
        crypto_hmac(derive ? (struct slice){ (const char *)key.b, SHA256_SIZE } : secret,
                    slice_from(both));
    g_autofree char *third =
        crypto_base64url((struct slice){ (const char *)mac.b, SHA256_SIZE });
    return g_strdup_printf("%s.%s", both, third);
}

#define CLAIMS                                                                           \
    "{\"iss\":\"https://help.example\",\"aud\":\"postern-api\","                         \
    "\"tid\":\"01a1fc87-0000-7000-8000-000000000001\","                                  \
    "\"sub\":\"01a1fc87-0000-7000-8000-000000000002\","                                  \
    "\"sid\":\"01a1fc87-0000-7000-8000-000000000003\","                                  \
    "\"iat\":1800000000,\"nbf\":1800000000,\"exp\":1800000900"
#define HEADER "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}"

static void
test_jwt_hostile(void **state)
{
    (void)state;
    struct jwt_setting s = setting();
    struct slice none = { NULL, 0 };
    struct slice right = s.secret;
    const struct {
        const char *name, *header, *claims;
        struct slice secret;
        bool derive, ok;
    } cases[] = {
        { "ours", HEADER, CLAIMS "}", right, true, true },
        { "alg none", "{\"alg\":\"none\"}", CLAIMS "}", none, false, false },
        { "alg None", "{\"alg\":\"None\",\"typ\":\"at+jwt\"}", CLAIMS "}", none, false,
          false },
        { "no signature", HEADER, CLAIMS "}", none, false, false },
        { "alg RS256, signed as HS256", "{\"alg\":\"RS256\",\"typ\":\"at+jwt\"}",
          CLAIMS "}", right, true, false },
        { "alg HS512", "{\"alg\":\"HS512\",\"typ\":\"at+jwt\"}", CLAIMS "}", right, true,
          false },
        { "alg twice", "{\"alg\":\"none\",\"alg\":\"HS256\",\"typ\":\"at+jwt\"}",
          CLAIMS "}", right, true, false },
        { "typ JWT", "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", CLAIMS "}", right, true,
          false },
        { "kid", "{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"../../dev/null\"}",
          CLAIMS "}", slice_from(""), true, false },
        { "jwk", "{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"jwk\":{}}", CLAIMS "}", right,
          true, false },
        { "crit", "{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"crit\":[\"b64\"]}", CLAIMS "}",
          right, true, false },
        { "empty key", HEADER, CLAIMS "}", slice_from(""), true, false },
        { "secret not derived", HEADER, CLAIMS "}", right, false, false },
        { "claim twice", HEADER, CLAIMS ",\"exp\":1900000000}", right, true, false },
        { "claims no object", HEADER, "[]", right, true, false },
        { "claims no JSON", HEADER, "{", right, true, false },
        { "no claims", HEADER, "{}", right, true, false },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct jwt_claims got;
        g_autoptr(GError) error = NULL;
        g_autofree char *token =
            forge(cases[i].header, cases[i].claims, cases[i].secret, cases[i].derive);
        size_t n = strlen(token);
        g_autofree char *exact = g_memdup2(token, n);
        bool ok = jwt_read(&s, (struct slice){ exact, n }, NOW, &got, &error);
        if (ok != cases[i].ok || (!ok && !error_is(error, ERR_DENIED)))
            fail_msg("%s: %s", cases[i].name, ok ? "taken" : "refused");
    }
}

/* An audience, a time or an id of another kind is no claim. */
static void
test_jwt_claims(void **state)
{
    static const char *const changes[][2] = {
        { "postern-api", "another-api" },
        { "https://help.example", "https://evil.example" },
        { "1800000900", "\\\"1800000900\\\"" },
        { "1800000900", "1.8e9" },
        { "1800000900", "-1" },
        { "\"exp\":1800000900", "\"exp\":9223372036854775807" },
        { "\"nbf\":1800000000", "\"nbf\":1800000100" },
        { "\"sub\":\"01a1fc87", "\"sub\":\"x1a1fc87" },
        { "\"tid\"", "\"tit\"" },
    };
    (void)state;
    struct jwt_setting s = setting();
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        struct jwt_claims got;
        g_auto(GStrv) halves = g_strsplit(CLAIMS "}", changes[i][0], 2);
        assert_non_null(halves[1]);
        g_autofree char *claims = g_strjoinv(changes[i][1], halves);
        g_autofree char *token = forge(HEADER, claims, s.secret, true);
        if (jwt_read(&s, slice_from(token), NOW, &got, NULL))
            fail_msg("took %s", claims);
    }
}

static void
test_base64url(void **state)
{
    static const char *const none[] = { "A",   "AAAAA", "AB==", "AA=",
                                        "A A", "A+/A",  "AB",   "sinr5cci6\x95mf" };
    (void)state;
    for (size_t n = 0; n < 70; n++) {
        uint8_t bytes[70];
        crypto_random(bytes, sizeof bytes);
        struct slice plain = { (const char *)bytes, n };
        g_autofree char *text = crypto_base64url(plain);
        size_t length = strlen(text);
        g_autofree char *exact = g_memdup2(text, length);
        g_autoptr(GBytes) back = crypto_base64url_decode((struct slice){ exact, length });
        assert_non_null(back);
        struct slice got = { g_bytes_get_data(back, NULL), g_bytes_get_size(back) };
        assert_true(slice_equal(got, plain));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(none); i++)
        if (crypto_base64url_decode(slice_from(none[i])))
            fail_msg("decoded '%s'", none[i]);
}

static void
test_next(void **state)
{
    static const char *const safe[] = { "/", "/tickets", "/tickets?status=open&page=2",
                                        "/a//b", "/a?next=https%3A%2F%2Fevil.example" };
    static const char *const bad[] = {
        "",
        "tickets",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " /tickets",
        "https://evil.example/",
        "javascript:alert(1)",
        "/tickets\r\nSet-Cookie: a=b",
        "/tick\xc3\xa4ts",
        "/a b",
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(safe); i++)
        if (!next_is_safe(safe[i]))
            fail_msg("'%s' is safe", safe[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        if (next_is_safe(bad[i]))
            fail_msg("'%s' is not safe", bad[i]);
    g_autofree char *tail = g_strnfill(LIMIT_NEXT_BYTES, 'x');
    g_autofree char *path = g_strconcat("/", tail, NULL);
    assert_string_equal(next_or_home(path), "/");
    assert_string_equal(next_or_home(NULL), "/");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_password_policy),
        cmocka_unit_test(test_password_hash),
        cmocka_unit_test(test_password_renewed),
        cmocka_unit_test(test_password_crowd),
        cmocka_unit_test(test_totp_vectors),
        cmocka_unit_test(test_totp_form),
        cmocka_unit_test(test_qr),
        cmocka_unit_test(test_recovery),
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_bearer),
        cmocka_unit_test(test_jwt),
        cmocka_unit_test(test_jwt_hostile),
        cmocka_unit_test(test_jwt_claims),
        cmocka_unit_test(test_base64url),
        cmocka_unit_test(test_next),
    };
    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
