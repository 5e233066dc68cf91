/* The parts of portald that need no socket: routes, guard, replies. */
#include "tests/unit/test.h"

#include <string.h>

#include "common/base/error.h"
#include "portald/http/reply.h"
#include "portald/http/routes.h"
#include "portald/server/guard.h"

/* --- routes ----------------------------------------------------------------------- */

static Reply *
answer_nothing(const struct request *request, GError **error)
{
    (void)request;
    (void)error;
    return NULL;
}

static const struct route routes[] = {
    { HTTP_GET, "/", WHO_PUBLIC, answer_nothing, 0, NULL },
    { HTTP_GET, "/tickets", WHO_PUBLIC, answer_nothing, 0, NULL },
    { HTTP_POST, "/tickets", WHO_PUBLIC, answer_nothing, 100, NULL },
    { HTTP_GET, "/tickets/{number}", WHO_PUBLIC, answer_nothing, 0, NULL },
    { HTTP_GET, "/tickets/{number}/parts/{path}", WHO_PUBLIC, answer_nothing, 0, NULL },
    { HTTP_GET, "/people/{id:uuid}", WHO_PUBLIC, answer_nothing, 0, NULL },
    { HTTP_GET, "/pages/{n:int}", WHO_PUBLIC, answer_nothing, 0, NULL },
};
static const struct route_table table = { routes, G_N_ELEMENTS(routes) };

static void
test_find(void **state)
{
    static const struct {
        const char *name, *method, *path;
        int want; /* index of the route, or minus the error's code */
        const char *first, *second;
    } cases[] = {
        { "root", "GET", "/", 0, NULL, NULL },
        { "head is get", "HEAD", "/", 0, NULL, NULL },
        { "by method", "POST", "/tickets", 2, NULL, NULL },
        { "a parameter", "GET", "/tickets/42", 3, "42", NULL },
        { "two", "GET", "/tickets/42/parts/1.2", 4, "42", "1.2" },
        { "decoded", "GET", "/tickets/a%20b%C3%A9", 3, "a b\xc3\xa9", NULL },
        { "an encoded slash stays inside", "GET", "/tickets/a%2Fparts%2F1", 3,
          "a/parts/1", NULL },
        { "a literal is not decoded", "GET", "/%74ickets", -ERR_MISSING, NULL, NULL },
        { "other method", "DELETE", "/tickets", -ERR_DENIED, NULL, NULL },
        { "unknown method", "BREW", "/tickets", -ERR_DENIED, NULL, NULL },
        { "method of another case", "get", "/tickets", -ERR_DENIED, NULL, NULL },
        { "options", "OPTIONS", "/tickets", -ERR_DENIED, NULL, NULL },
        { "nothing there", "GET", "/ticket", -ERR_MISSING, NULL, NULL },
        { "slash at the end", "GET", "/tickets/", -ERR_MISSING, NULL, NULL },
        { "empty segment", "GET", "//tickets", -ERR_MISSING, NULL, NULL },
        { "empty parameter", "GET", "/tickets//parts/1", -ERR_MISSING, NULL, NULL },
        { "too long", "GET", "/tickets/1/parts/2/3", -ERR_MISSING, NULL, NULL },
        { "empty", "GET", "", -ERR_MISSING, NULL, NULL },
        { "asterisk", "OPTIONS", "*", -ERR_MISSING, NULL, NULL },
        { "no slash", "GET", "tickets", -ERR_MISSING, NULL, NULL },
        { "a uuid", "GET", "/people/0190a5b2-0000-7000-8000-000000000001", 5,
          "0190a5b2-0000-7000-8000-000000000001", NULL },
        { "no uuid", "GET", "/people/ann", -ERR_MISSING, NULL, NULL },
        { "a number", "GET", "/pages/12", 6, "12", NULL },
        { "no number", "GET", "/pages/-1", -ERR_MISSING, NULL, NULL },
        { "too long a number", "GET", "/pages/1234567890123456789", -ERR_MISSING, NULL,
          NULL },
        { "NUL", "GET", "/tickets/a%00b", -ERR_REJECT, NULL, NULL },
        { "not UTF-8", "GET", "/tickets/%ff", -ERR_REJECT, NULL, NULL },
        { "half an escape", "GET", "/tickets/a%2", -ERR_REJECT, NULL, NULL },
        { "no escape", "GET", "/tickets/a%zz", -ERR_REJECT, NULL, NULL },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *params[REQUEST_PARAMS] = { NULL };
        g_autoptr(GError) error = NULL;
        g_autofree char *path = g_strdup(cases[i].path);

        const struct route *route =
            routes_find(table, http_method_parse(cases[i].method), path, params, &error);
        int got = route ? (int)(route - routes) : -error->code;
        if (got != cases[i].want || g_strcmp0(params[0], cases[i].first) != 0
            || g_strcmp0(params[1], cases[i].second) != 0)
            fail_msg("%s: %d, %s, %s", cases[i].name, got, params[0], params[1]);
        routes_clear_params(params);
    }
}

static void
test_allow(void **state)
{
    g_autofree char *tickets = routes_allow(table, "/tickets");
    g_autofree char *number = routes_allow(table, "/tickets/1");

    (void)state;
    assert_string_equal(tickets, "GET, HEAD, POST, OPTIONS");
    assert_string_equal(number, "GET, HEAD, OPTIONS");
    assert_null(routes_allow(table, "/nowhere"));
}

/* --- guard ------------------------------------------------------------------------ */

#define FIELDS 4

static void
test_guard(void **state)
{
    static const struct {
        const char *name, *version;
        const char *fields[FIELDS]; /* "Name: value" */
        const char *want;
    } cases[] = {
        { "plain", "HTTP/1.1", { "Host: h" }, NULL },
        { "a length", "HTTP/1.1", { "Host: h", "Content-Length: 12" }, NULL },
        { "chunked", "HTTP/1.1", { "Host: h", "Transfer-Encoding: Chunked" }, NULL },
        { "old, without Host", "HTTP/1.0", { "Accept: */*" }, NULL },
        { "a tab in a value", "HTTP/1.1", { "Host: h", "X-A: a\tb" }, NULL },
        { "no Host", "HTTP/1.1", { "Accept: */*" }, "there must be one Host" },
        { "two Hosts", "HTTP/1.1", { "Host: a", "host: b" }, "there must be one Host" },
        { "both lengths",
          "HTTP/1.1",
          { "Host: h", "Content-Length: 3", "Transfer-Encoding: chunked" },
          "the length is given in two ways" },
        { "the other way round",
          "HTTP/1.1",
          { "Host: h", "transfer-encoding: chunked", "content-length: 3" },
          "the length is given in two ways" },
        { "two lengths",
          "HTTP/1.1",
          { "Host: h", "Content-Length: 3", "Content-Length: 4" },
          "the length is given twice" },
        { "two equal lengths",
          "HTTP/1.1",
          { "Host: h", "Content-Length: 3", "Content-Length: 3" },
          "the length is given twice" },
        { "a list of lengths",
          "HTTP/1.1",
          { "Host: h", "Content-Length: 3, 3" },
          "Content-Length is not a number" },
        { "a signed length",
          "HTTP/1.1",
          { "Host: h", "Content-Length: +3" },
          "Content-Length is not a number" },
        { "a huge length",
          "HTTP/1.1",
          { "Host: h", "Content-Length: 99999999999999999999" },
          "Content-Length is not a number" },
        { "an empty length",
          "HTTP/1.1",
          { "Host: h", "Content-Length: " },
          "Content-Length is not a number" },
        { "gzip, chunked",
          "HTTP/1.1",
          { "Host: h", "Transfer-Encoding: gzip, chunked" },
          "Transfer-Encoding is not chunked" },
        { "identity",
          "HTTP/1.1",
          { "Host: h", "Transfer-Encoding: identity" },
          "Transfer-Encoding is not chunked" },
        { "chunked in 1.0",
          "HTTP/1.0",
          { "Transfer-Encoding: chunked" },
          "HTTP/1.0 has no Transfer-Encoding" },
        { "a space in a name",
          "HTTP/1.1",
          { "Host: h", "Content-Length : 3" },
          "the name of a field is malformed" },
        { "a control character",
          "HTTP/1.1",
          { "Host: h", "X-A: a\rb" },
          "a field has control characters" },
        { "another version",
          "HTTP/2.0",
          { "Host: h" },
          "the version is neither HTTP/1.1 nor HTTP/1.0" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct guard guard = { 0 };
        for (size_t k = 0; k < FIELDS && cases[i].fields[k]; k++) {
            const char *field = cases[i].fields[k];
            size_t name_n = (size_t)(strchr(field, ':') - field);
            size_t value_n = strlen(field) - name_n - 2;
            g_autofree char *name = g_memdup2(field, name_n);
            g_autofree char *value = g_memdup2(field + name_n + 2, value_n);
            guard_see(&guard, (struct slice){ name, name_n },
                      (struct slice){ value, value_n });
        }
        const char *got = guard_problem(&guard, cases[i].version);
        if (g_strcmp0(got, cases[i].want) != 0)
            fail_msg("%s: %s", cases[i].name, got);
    }
}

/* --- replies ---------------------------------------------------------------------- */

static void
test_error_statuses(void **state)
{
    static const struct {
        enum error_code code;
        unsigned status;
        bool shown;
    } cases[] = {
        { ERR_RETRY, 503, false },   { ERR_REJECT, 400, true },
        { ERR_DENIED, 403, true },   { ERR_MISSING, 404, true },
        { ERR_CONFLICT, 409, true }, { ERR_BUG, 500, false },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        error_set(&error, cases[i].code, "the very reason");
        g_autoptr(Reply) reply = reply_error(error);
        gsize n = 0;
        const char *body = g_bytes_get_data(reply->body, &n);

        assert_int_equal(reply->status, cases[i].status);
        assert_true((g_strstr_len(body, (gssize)n, "the very reason") != NULL)
                    == cases[i].shown);
        assert_string_equal(reply_find(reply, "content-type"),
                            "application/problem+json");
        assert_string_not_equal(reply_status_text(reply->status), "");
    }
}

static void
test_common_fields(void **state)
{
    g_autoptr(Reply) reply = reply_text(200, "text/plain", "hello");

    (void)state;
    assert_string_equal(reply_find(reply, "X-Content-Type-Options"), "nosniff");
    assert_non_null(reply_find(reply, "Content-Security-Policy"));
    reply_set(reply, "cache-control", "max-age=60");
    assert_string_equal(reply_find(reply, "Cache-Control"), "max-age=60");
    assert_null(reply_find(reply, "Set-Cookie"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),          cmocka_unit_test(test_allow),
        cmocka_unit_test(test_guard),         cmocka_unit_test(test_error_statuses),
        cmocka_unit_test(test_common_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
