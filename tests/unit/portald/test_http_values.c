/* Queries, forms, cookies, ranges: what HTTP carries, read. */
#include "tests/unit/test.h"

#include <string.h>

#include "common/base/error.h"
#include "common/base/limits.h"
#include "portald/http/conditional.h"
#include "portald/http/form.h"

static void
test_form_encoding(void **state)
{
    static const struct {
        const char *text, *name, *value; /* value NULL: refused */
    } cases[] = {
        { "a=b", "a", "b" },
        { "a=b&c=d", "c", "d" },
        { "a=b&a=c", "a", "b" },
        { "a", "a", "" },
        { "&&a=1&", "a", "1" },
        { "q=hello+world%21", "q", "hello world!" },
        { "q=%C3%A9", "q", "\xc3\xa9" },
        { "a%26b=1", "a&b", "1" },
        { "q=100%", "q", "100%" },
        { "q=%2", "q", "%2" },
        { "q=%zz", "q", "%zz" },
        { "q=a=b", "q", "a=b" },
        { "q=%00", "q", NULL },
        { "q=%ff", "q", NULL },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GArray) values = values_new();
        g_autofree char *copy = g_memdup2(cases[i].text, strlen(cases[i].text));
        bool good = values_parse_form(
            values, (struct slice){ copy, strlen(cases[i].text) }, &error);
        const char *got = good ? values_get(values, cases[i].name) : NULL;
        if (g_strcmp0(got, cases[i].value) != 0)
            fail_msg("%s: %s", cases[i].text, got);
        assert_true(good || error_is(error, ERR_REJECT));
    }
}

static void
test_form_has_a_limit(void **state)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GArray) values = values_new();
    g_autoptr(GError) error = NULL;

    (void)state;
    for (int i = 0; i <= LIMIT_HTTP_VALUES; i++)
        g_string_append_printf(text, "a%d=1&", i);
    assert_false(values_parse_form(values, slice_from(text->str), &error));
    assert_true(error_is(error, ERR_REJECT));
}

static void
test_cookies(void **state)
{
    g_autoptr(GArray) values = values_new();

    (void)state;
    values_parse_cookies(values, slice_from("a=1; b=2;c=3; =x; novalue; d=e=f"));
    assert_string_equal(values_get(values, "a"), "1");
    assert_string_equal(values_get(values, "b"), "2");
    assert_string_equal(values_get(values, "c"), "3");
    assert_string_equal(values_get(values, "d"), "e=f");
    assert_null(values_get(values, "novalue"));
    assert_int_equal(values->len, 4);
}

#define MULTIPART "multipart/form-data; boundary=XX"

static void
test_multipart(void **state)
{
    static const char body[] =
        "--XX\r\nContent-Disposition: form-data; name=\"subject\"\r\n\r\nHello\r\n"
        "--XX\r\nContent-Disposition: form-data; name=\"file\"; "
        "filename=\"C:\\dir\\a b.png\"\r\nContent-Type: "
        "image/png\r\n\r\n\x89PNG\0\r\n\r\n"
        "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\n"
        "Content-Type: application/octet-stream\r\n\r\n\r\n--XX--\r\n";
    g_autoptr(GError) error = NULL;
    g_autoptr(Form) form =
        form_parse(MULTIPART, (struct slice){ body, sizeof body - 1 }, &error);

    (void)state;
    assert_null(error);
    assert_string_equal(values_get(form->values, "subject"), "Hello");
    assert_int_equal(form->files->len, 1);
    const struct form_file *file = &g_array_index(form->files, struct form_file, 0);
    assert_string_equal(file->field, "file");
    assert_string_equal(file->name, "a b.png");
    assert_string_equal(file->content_type, "image/png");
    assert_int_equal(file->content.n, 7);
}

static void
test_broken_multipart(void **state)
{
    static const char *const bodies[] = {
        "",
        "--YY\r\n",
        "--XX",
        "--XX\r\n",
        "--XX\r\n\r\n",
        "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nopen end",
        "--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--",
        "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\xff\r\n--XX--",
        "--XXjunk",
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *copy = g_memdup2(bodies[i], strlen(bodies[i]));
        g_autoptr(Form) form =
            form_parse(MULTIPART, (struct slice){ copy, strlen(bodies[i]) }, &error);
        if (form || !error_is(error, ERR_REJECT))
            fail_msg("%zu was taken", i);
    }
}

static void
test_ranges(void **state)
{
    static const struct {
        const char *field;
        enum range_kind kind;
        size_t from, to;
    } cases[] = {
        { "bytes=0-9", RANGE_PART, 0, 10 },
        { "bytes=90-", RANGE_PART, 90, 100 },
        { "bytes=-5", RANGE_PART, 95, 100 },
        { "bytes=-500", RANGE_PART, 0, 100 },
        { "bytes=0-500", RANGE_PART, 0, 100 },
        { "bytes=99-99", RANGE_PART, 99, 100 },
        { "bytes=100-", RANGE_OUTSIDE, 0, 0 },
        { "bytes=-0", RANGE_OUTSIDE, 0, 0 },
        { "bytes=5-4", RANGE_NONE, 0, 0 },
        { "bytes=", RANGE_NONE, 0, 0 },
        { "bytes=-", RANGE_NONE, 0, 0 },
        { "bytes=0-1,3-4", RANGE_NONE, 0, 0 },
        { "lines=0-1", RANGE_NONE, 0, 0 },
        { "bytes=a-b", RANGE_NONE, 0, 0 },
        { "bytes=0-18446744073709551615", RANGE_NONE, 0, 0 },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t from = 0, to = 0;
        enum range_kind kind = range_parse(cases[i].field, 100, &from, &to);
        if (kind != cases[i].kind || from != cases[i].from || to != cases[i].to)
            fail_msg("%s: %d %zu-%zu", cases[i].field, (int)kind, from, to);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form_encoding),    cmocka_unit_test(test_form_has_a_limit),
        cmocka_unit_test(test_cookies),          cmocka_unit_test(test_multipart),
        cmocka_unit_test(test_broken_multipart), cmocka_unit_test(test_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
