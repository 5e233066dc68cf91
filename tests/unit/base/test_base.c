#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/uuid.h"

static void
test_uuid_round_trip(void **state)
{
    char text[UUID_TEXT_SIZE], last[UUID_TEXT_SIZE] = "";
    (void)state;
    for (int i = 0; i < 10000; i++) {
        struct uuid made = uuid_make(), read = { { 0 } };
        uuid_format(made, text);
        assert_true(uuid_parse(slice_from(text), &read));
        assert_true(uuid_equal(made, read));
        assert_int_equal(text[14], '7');
        assert_true(strchr("89ab", text[19]));
        assert_true(strcmp(last, text) < 0); /* later ones sort later */
        memcpy(last, text, sizeof last);
    }
}

static void
test_uuid_refuses(void **state)
{
    static const char *const cases[] = {
        "",
        "0190163d-8694-739b-aea5-966c26f8ad9",
        "0190163d-8694-739b-aea5-966c26f8ad911",
        "0190163dx8694-739b-aea5-966c26f8ad91",
        "g190163d-8694-739b-aea5-966c26f8ad91",
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct uuid u = { { 1 } };
        assert_false(uuid_parse(slice_from(cases[i]), &u));
        assert_int_equal(u.b[0], 1);
    }
}

static void
test_base32(void **state)
{
    (void)state;
    for (size_t n = 1; n < 40; n++) {
        uint8_t bytes[40], back[40];
        crypto_random(bytes, n);
        g_autofree char *text = crypto_base32(bytes, n);
        g_autofree char *upper = g_ascii_strup(text, -1);
        assert_true(crypto_base32_decode(slice_from(upper), back, n));
        assert_memory_equal(bytes, back, n);
        upper[0] = '1';
        assert_false(crypto_base32_decode(slice_from(upper), back, n));
    }
    g_autofree char *known = crypto_base32((const uint8_t *)"foobar", 6);
    assert_string_equal(known, "mzxw6ytboi"); /* RFC 4648 §10 */
}

static void
test_hmac_vector(void **state)
{
    /* RFC 4231 test case 2 */
    static const uint8_t want[] = { 0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e };
    (void)state;
    struct sha256 mac =
        crypto_hmac(slice_from("Jefe"), slice_from("what do ya want for nothing?"));
    assert_memory_equal(mac.b, want, sizeof want);
}

static void
test_seal(void **state)
{
    struct slice secret = slice_from("thirty-two bytes of a test secret"), no = { "", 0 };
    (void)state;
    g_autoptr(GBytes) sealed = crypto_seal(secret, "token", slice_from("refresh me"));
    gsize n = 0;
    g_autofree char *bytes = g_bytes_unref_to_data(g_steal_pointer(&sealed), &n);

    g_autoptr(GBytes) plain = crypto_unseal(secret, "token", (struct slice){ bytes, n });
    assert_non_null(plain);
    assert_int_equal(g_bytes_get_size(plain), strlen("refresh me"));
    assert_memory_equal(g_bytes_get_data(plain, NULL), "refresh me", 10);

    assert_null(crypto_unseal(secret, "other", (struct slice){ bytes, n }));
    assert_null(crypto_unseal(no, "token", (struct slice){ bytes, n }));
    for (size_t cut = 0; cut < n; cut++) {
        g_autofree char *shorter = g_memdup2(bytes, cut);
        assert_null(crypto_unseal(secret, "token", (struct slice){ shorter, cut }));
    }
    bytes[n - 1] ^= 1;
    assert_null(crypto_unseal(secret, "token", (struct slice){ bytes, n }));
}

static void
test_slice_lines(void **state)
{
    struct slice rest = slice_from("one\r\ntwo\n\nlast"), line = { NULL, 0 };
    const char *const want[] = { "one", "two", "", "last" };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(want); i++) {
        assert_true(slice_next_line(&rest, &line));
        assert_true(slice_equal(line, slice_from(want[i])));
    }
    assert_false(slice_next_line(&rest, &line));
}

static void
test_log_escapes(void **state)
{
    (void)state;
    g_autofree char *line =
        log_format("mail in", LOG_FIELDS(log_str("from", "a b\"\n2026 forged: x"),
                                         log_int("size", -3), log_str("none", NULL)));
    assert_string_equal(line,
                        "mail in from=\"a b\\\"\\x0a2026 forged: x\" size=-3 none=\"\"");
}

static void
test_error(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    assert_false(error_set(&error, ERR_DENIED, "no %s", "way"));
    assert_true(error_is(error, ERR_DENIED));
    assert_false(error_is(error, ERR_RETRY));
    assert_false(error_is(NULL, ERR_RETRY));
    assert_string_equal(error->message, "no way");
    assert_string_equal(error_code_name(error), "denied");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uuid_round_trip), cmocka_unit_test(test_uuid_refuses),
        cmocka_unit_test(test_base32),          cmocka_unit_test(test_hmac_vector),
        cmocka_unit_test(test_slice_lines),     cmocka_unit_test(test_log_escapes),
        cmocka_unit_test(test_error),           cmocka_unit_test(test_seal),
    };
    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
