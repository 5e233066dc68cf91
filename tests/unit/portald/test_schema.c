/* Schemas: what they take, what they say of what they don't, and which are refused. */
#include "tests/unit/test.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "portald/http/schema.h"

static json_t *
parse(const char *text)
{
    json_error_t where;
    json_t *json = json_loads(text, JSON_DECODE_ANY, &where);
    if (!json)
        fail_msg("%s: %s", text, where.text);
    return json;
}

static Schemas *
compile(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) all = parse(text);
    Schemas *schemas = schemas_compile(all, &error);
    if (!schemas)
        fail_msg("%s: %s", text, error->message);
    return schemas;
}

static void
test_words(void **state)
{
    static const struct {
        const char *schema, *value;
        const char *pointer; /* of the first flaw; NULL: it is good */
    } cases[] = {
        { "{\"type\":\"string\"}", "\"a\"", NULL },
        { "{\"type\":\"string\"}", "1", "" },
        { "{\"type\":[\"string\",\"null\"]}", "null", NULL },
        { "{\"type\":[\"string\",\"null\"]}", "0", "" },
        { "{\"type\":\"number\"}", "1", NULL },
        { "{\"type\":\"integer\"}", "1.5", "" },
        { "{\"type\":\"boolean\"}", "false", NULL },
        { "{\"enum\":[\"a\",\"b\"]}", "\"b\"", NULL },
        { "{\"enum\":[\"a\",\"b\"]}", "\"c\"", "" },
        { "{\"const\":7}", "7", NULL },
        { "{\"const\":7}", "8", "" },
        { "{\"minLength\":2,\"maxLength\":3}", "\"\xc3\xa9\xc3\xa9\xc3\xa9\"", NULL },
        { "{\"minLength\":2}", "\"\xc3\xa9\"", "" },
        { "{\"maxLength\":1}", "\"ab\"", "" },
        { "{\"minimum\":1,\"maximum\":5}", "5", NULL },
        { "{\"minimum\":1}", "0", "" },
        { "{\"maximum\":5}", "5.1", "" },
        { "{\"pattern\":\"^[a-z]+$\"}", "\"abc\"", NULL },
        { "{\"pattern\":\"^[a-z]+$\"}", "\"abc\\n\"", "" },
        { "{\"pattern\":\"^(a+)+$\"}", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"",
          "" },
        { "{\"items\":{\"type\":\"integer\"},\"maxItems\":2}", "[1,2]", NULL },
        { "{\"items\":{\"type\":\"integer\"}}", "[1,\"x\"]", "/1" },
        { "{\"maxItems\":2}", "[1,2,3]", "" },
        { "{\"minItems\":1}", "[]", "" },
        { "{\"required\":[\"a\"]}", "{}", "/a" },
        { "{\"required\":[\"a\"]}", "{\"a\":null}", NULL },
        { "{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"a\":1}", "/a" },
        { "{\"properties\":{\"a\":{}},\"additionalProperties\":false}", "{\"b/~\":1}",
          "/b~1~0" },
        { "{\"additionalProperties\":{\"type\":\"integer\"}}", "{\"b\":\"x\"}", "/b" },
        { "{\"maxProperties\":1}", "{\"a\":1,\"b\":2}", "" },
        { "{\"oneOf\":[{\"required\":[\"a\"]},{\"required\":[\"b\"]}]}", "{\"a\":1}",
          NULL },
        { "{\"oneOf\":[{\"required\":[\"a\"]},{\"required\":[\"b\"]}]}",
          "{\"a\":1,\"b\":1}", "" },
        { "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "null", NULL },
        { "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "1", "" },
        { "{\"allOf\":[{\"required\":[\"a\"]},{\"required\":[\"b\"]}]}", "{\"a\":1}",
          "/b" },
        { "false", "1", "" },
        { "{\"$ref\":\"#/components/schemas/Other\"}", "\"x\"", NULL },
        { "{\"$ref\":\"#/components/schemas/Other\"}", "2", "" },
        { "{\"items\":{\"$ref\":\"#/components/schemas/Test\"}}", "[[[[]]]]", NULL },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *all = g_strdup_printf(
            "{\"Test\":%s,\"Other\":{\"type\":\"string\"}}", cases[i].schema);
        g_autoptr(Schemas) schemas = compile(all);
        g_autoptr(json_t) value = parse(cases[i].value);
        g_autoptr(GArray) flaws = flaws_new();
        bool good = schema_check(schemas, "Test", value, flaws);
        const char *pointer =
            flaws->len ? g_array_index(flaws, struct schema_flaw, 0).pointer : NULL;
        if (good != !cases[i].pointer || g_strcmp0(pointer, cases[i].pointer) != 0)
            fail_msg("%s with %s: %s", cases[i].schema, cases[i].value,
                     pointer ? pointer : "no flaw");
    }
}

static void
test_formats(void **state)
{
    static const struct {
        const char *format, *text;
        bool good;
    } cases[] = {
        { "uuid", "019367a0-0000-7000-8000-000000000000", true },
        { "uuid", "019367a0", false },
        { "date", "2024-02-29", true },
        { "date", "2023-02-29", false },
        { "date", "2023-2-01", false },
        { "date", "2023-02-01x", false },
        { "date-time", "2026-11-21T03:36:15Z", true },
        { "date-time", "2026-11-21t03:36:15.123+02:00", true },
        { "date-time", "2026-11-21 03:36:15Z", false },
        { "date-time", "2026-11-21T24:00:00Z", false },
        { "date-time", "2026-11-21T03:36:15", false },
        { "date-time", "2026-11-21T03:36:15.Z", false },
        { "date-time", "2026-11-21T03:36:15+25:00", false },
        { "email", "ann@example.org", true },
        { "email", "<ann@example.org>", false },
        { "email", "ann", false },
        { "uri", "https://example.org/a?b#c", true },
        { "uri", "not a uri", false },
        { "of-our-own", "anything", true },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *all =
            g_strdup_printf("{\"Test\":{\"format\":\"%s\"}}", cases[i].format);
        g_autoptr(Schemas) schemas = compile(all);
        g_autoptr(json_t) value = json_string(cases[i].text);
        g_autoptr(GArray) flaws = flaws_new();
        if (schema_check(schemas, "Test", value, flaws) != cases[i].good)
            fail_msg("%s: %s", cases[i].format, cases[i].text);
    }
}

static void
test_schemas_refused(void **state)
{
    static const char *const cases[] = {
        "{\"A\":{\"typ\":\"string\"}}",
        "{\"A\":{\"type\":\"text\"}}",
        "{\"A\":{\"type\":[]}}",
        "{\"A\":{\"pattern\":\"(\"}}",
        "{\"A\":{\"minLength\":-1}}",
        "{\"A\":{\"required\":\"a\"}}",
        "{\"A\":{\"$ref\":\"#/components/schemas/B\"}}",
        "{\"A\":{\"$ref\":\"B\"},\"B\":{}}",
        "{\"A\":{\"properties\":{\"x\":{\"enum\":[]}}}}",
        "{\"A\":{\"oneOf\":[{\"items\":3}]}}",
        "{\"A\":7}",
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(json_t) all = parse(cases[i]);
        g_autoptr(Schemas) schemas = schemas_compile(all, &error);
        if (schemas || !error_is(error, ERR_REJECT))
            fail_msg("%s", cases[i]);
    }
}

/* One that refers to itself for the same value ends, as does a long list of flaws. */
static void
test_bounds(void **state)
{
    g_autoptr(Schemas) schemas =
        compile("{\"Test\":{\"$ref\":\"#/components/schemas/Test\"},"
                "\"List\":{\"items\":{\"type\":\"string\"}},"
                "\"None\":{\"additionalProperties\":false}}");
    g_autoptr(json_t) list = json_array();
    g_autoptr(json_t) object = json_object();
    g_autoptr(GArray) flaws = flaws_new(), more = flaws_new(), names = flaws_new();
    g_autofree char *name = g_strnfill(100000, '/');

    (void)state;
    for (int i = 0; i < 1000; i++)
        json_array_append_new(list, json_integer(i));
    json_object_set_new(object, name, json_null());
    assert_false(schema_check(schemas, "Test", list, flaws));
    assert_false(schema_check(schemas, "List", list, more));
    assert_int_equal(more->len, LIMIT_FLAWS);
    assert_false(schema_check(schemas, "None", object, names));
    assert_true(strlen(g_array_index(names, struct schema_flaw, 0).pointer) < 250);
    assert_false(schema_check(schemas, "List", NULL, more));
}

static void
test_query(void **state)
{
    static const struct {
        const char *query, *want;
        const char *pointer;
    } cases[] = {
        { "", "{}", NULL },
        { "n=5&q=x+y", "{\"n\":5,\"q\":\"x y\"}", NULL },
        { "tag=a&tag=5", "{\"tag\":[\"a\",\"5\"]}", NULL },
        { "open=true", "{\"open\":true}", NULL },
        { "q=5", "{\"q\":\"5\"}", NULL },
        { "n=five", NULL, "?n" },
        { "n=5&n=6", NULL, "?n" },
        { "n=1000", NULL, "?n" },
        { "open=yes", NULL, "?open" },
        { "other=1", NULL, "?other" },
        { "tag=a&tag=", NULL, "?tag" },
    };
    g_autoptr(Schemas) schemas = compile(
        "{\"Count\":{\"type\":\"integer\",\"maximum\":100},"
        "\"Query\":{\"properties\":{\"n\":{\"$ref\":\"#/components/schemas/Count\"},"
        "\"q\":{\"type\":\"string\"},\"open\":{\"type\":\"boolean\"},"
        "\"tag\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"minLength\":1}}}}"
        "}");

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GArray) values = values_new();
        g_autoptr(GArray) flaws = flaws_new();
        assert_true(values_parse_form(values, slice_from(cases[i].query), NULL));
        g_autoptr(json_t) got = schema_read_query(schemas, "Query", values, flaws);
        g_autoptr(json_t) want = cases[i].want ? parse(cases[i].want) : NULL;
        const char *pointer =
            flaws->len ? g_array_index(flaws, struct schema_flaw, 0).pointer : NULL;
        if (g_strcmp0(pointer, cases[i].pointer) != 0 || (want && !json_equal(got, want)))
            fail_msg("%s: %s", cases[i].query, pointer ? pointer : "another object");
    }
}

/* What we ship can be read. */
static void
test_ours(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Schemas) schemas = schemas_load(TEST_DATA "/../templates/api", &error);
    (void)state;
    if (!schemas)
        fail_msg("%s", error->message);
    assert_non_null(schemas_find(schemas, "Problem"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),           cmocka_unit_test(test_formats),
        cmocka_unit_test(test_schemas_refused), cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_query),           cmocka_unit_test(test_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
