#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/http/http.h"
#include "common/http/oauth.h"

#define NOW INT64_C(1800000000000000)

static void
test_answers(void **state)
{
    static const struct {
        const char *name;
        long status;
        const char *body;
        enum error_code code; /* 0: a token */
        int64_t seconds;
        const char *refresh;
    } cases[] = {
        { "plain", 200,
          "{\"access_token\":\"A\",\"token_type\":\"Bearer\",\"expires_in\":3599}", 0,
          3599, NULL },
        { "rotated", 200,
          "{\"access_token\":\"A\",\"refresh_token\":\"R2\",\"expires_in\":\"60\"}", 0,
          60, "R2" },
        { "no lifetime", 200, "{\"access_token\":\"A\"}", 0, 3600, NULL },
        { "lifetime of years", 200, "{\"access_token\":\"A\",\"expires_in\":9999999999}",
          0, 86400, NULL },
        { "negative lifetime", 200, "{\"access_token\":\"A\",\"expires_in\":-5}", 0, 0,
          NULL },
        { "invalid_grant", 400,
          "{\"error\":\"invalid_grant\",\"error_description\":\"expired\"}", ERR_DENIED,
          0, NULL },
        { "invalid_client", 401, "{\"error\":\"invalid_client\"}", ERR_DENIED, 0, NULL },
        { "busy", 503, "{\"error\":\"temporarily_unavailable\"}", ERR_RETRY, 0, NULL },
        { "html", 502, "<html>", ERR_RETRY, 0, NULL },
        { "an array", 200, "[1]", ERR_RETRY, 0, NULL },
        { "a number for a token", 200, "{\"access_token\":7}", ERR_RETRY, 0, NULL },
        { "a token that breaks out", 200, "{\"access_token\":\"A\\u0001B\"}", ERR_RETRY,
          0, NULL },
        { "a line end in it", 200, "{\"access_token\":\"A\\r\\nB\"}", ERR_RETRY, 0,
          NULL },
        { "an empty token", 200, "{\"access_token\":\"\"}", ERR_RETRY, 0, NULL },
        { "not a bearer's", 200, "{\"access_token\":\"A\",\"token_type\":\"mac\"}",
          ERR_RETRY, 0, NULL },
        { "a redirect", 302, "{\"access_token\":\"A\"}", ERR_RETRY, 0, NULL },
        { "nothing", 200, "", ERR_RETRY, 0, NULL },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t n = strlen(cases[i].body);
        g_autofree char *exact = g_memdup2(cases[i].body, n);
        g_autoptr(GError) error = NULL;
        g_autoptr(OauthToken) token =
            oauth_read_answer(cases[i].status, (struct slice){ exact, n }, NOW, &error);

        if (cases[i].code ? !error_is(error, cases[i].code) : !token)
            fail_msg("%s: %s", cases[i].name, error ? error->message : "a token");
        if (!token)
            continue;
        assert_int_equal(token->expires_at_us - NOW, cases[i].seconds * CLOCK_SECOND);
        if (g_strcmp0(token->refresh_token, cases[i].refresh) != 0)
            fail_msg("%s: refresh token %s", cases[i].name, token->refresh_token);
    }
}

static void
test_freshness(void **state)
{
    const OauthToken token = { .expires_at_us = NOW + CLOCK_MINUTE };
    (void)state;
    assert_true(oauth_is_fresh(&token, NOW));
    assert_false(oauth_is_fresh(&token, NOW + 1));
    assert_false(oauth_is_fresh(NULL, NOW));
}

static void
test_xoauth2_message(void **state)
{
    (void)state;
    g_autofree char *text = oauth_format_xoauth2("a@b.example", "T0k");
    gsize n = 0;
    g_autofree guchar *plain = g_base64_decode(text, &n);
    static const char want[] = "user=a@b.example\001auth=Bearer T0k\001\001";
    assert_int_equal(n, sizeof want - 1);
    assert_memory_equal(plain, want, n);
}

static void
test_allowed_urls(void **state)
{
    static const struct {
        const char *url;
        bool allowed;
    } cases[] = {
        { "https://login.example/token", true },
        { "HTTPS://login.example/token", true },
        { "http://127.0.0.1:8080/token", true },
        { "http://127.9.9.9/", true },
        { "http://[::1]:8080/token", true },
        { "http://login.example/token", false },
        { "http://localhost/token", false },
        { "http://127.0.0.1.example/", false },
        { "http://127.0.0.1@login.example/", false },
        { "http://[::2]/", false },
        { "http://10.0.0.1/", false },
        { "ftp://127.0.0.1/", false },
        { "file:///etc/passwd", false },
        { "login.example/token", false },
        { "", false },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        if (http_url_allowed(cases[i].url) != cases[i].allowed)
            fail_msg("%s", cases[i].url);
}

static void
test_refuses_before_sending(void **state)
{
    const struct http_request request = { .url = "http://192.0.2.1/", .timeout_us = 1 };
    g_autoptr(GError) error = NULL;
    (void)state;
    assert_null(http_send(&request, &error));
    assert_true(error_is(error, ERR_REJECT));
}

static void
test_form(void **state)
{
    const struct http_field fields[] = {
        { "grant_type", "refresh_token" },
        { "scope", NULL },
        { "secret", "a&b=c d\n+é%" },
        { NULL, NULL },
    };
    (void)state;
    g_autofree char *form = http_format_form(fields);
    assert_string_equal(form,
                        "grant_type=refresh_token&secret=a%26b%3Dc%20d%0A%2B%C3%A9%25");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_freshness),
        cmocka_unit_test(test_xoauth2_message),
        cmocka_unit_test(test_allowed_urls),
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_refuses_before_sending),
    };
    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
