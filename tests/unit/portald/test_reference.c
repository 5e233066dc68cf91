/* What the reference says of schemas: types, bounds, members, examples. */
#include "tests/unit/test.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "portald/api/reference_schema.h"

static const char schemas[] =
    "{\"components\": {\"schemas\": {"
    " \"Colour\": {\"description\": \"Of a car.\", \"enum\": [\"red\", \"blue\"]},"
    " \"Car\": {\"type\": \"object\", \"required\": [\"colour\"], \"properties\": {"
    "   \"doors\": {\"type\": \"integer\", \"minimum\": 2, \"maximum\": 5},"
    "   \"colour\": {\"$ref\": \"#/components/schemas/Colour\"}}},"
    " \"Tree\": {\"type\": \"object\", \"required\": [\"left\"], \"properties\": {"
    "   \"left\": {\"$ref\": \"#/components/schemas/Tree\"}}}}}}";

static json_t *
description(void)
{
    json_t *json = json_loads(schemas, 0, NULL);
    assert_non_null(json);
    return json;
}

static void
test_types_and_bounds(void **state)
{
    static const struct {
        const char *name, *schema, *before, *link, *after, *notes;
    } cases[] = {
        { "plain", "{\"type\": \"boolean\"}", "boolean", "", "", "" },
        { "or null", "{\"type\": [\"string\", \"null\"], \"format\": \"uuid\"}",
          "string or null", "", "", "uuid" },
        { "a range", "{\"type\": \"string\", \"minLength\": 1, \"maxLength\": 9}",
          "string", "", "", "1 to 9 characters" },
        { "only most", "{\"type\": \"integer\", \"maximum\": 9}", "integer", "", "",
          "at most 9" },
        { "only least", "{\"type\": \"integer\", \"minimum\": 0, \"default\": 3}",
          "integer", "", "", "at least 0; left out: 3" },
        { "choices by name", "{\"$ref\": \"#/components/schemas/Colour\"}", "string", "",
          "", "\"red\", \"blue\"" },
        { "an object by name", "{\"$ref\": \"#/components/schemas/Car\"}", "", "Car", "",
          "" },
        { "or nothing",
          "{\"anyOf\": [{\"$ref\": \"#/components/schemas/Car\"}, {\"type\": \"null\"}]}",
          "", "Car", " or null", "" },
        { "a list of objects",
          "{\"type\": \"array\", \"items\": {\"$ref\": \"#/components/schemas/Car\"}}",
          "list of ", "Car", "", "" },
        { "a list of choices",
          "{\"type\": \"array\", \"maxItems\": 2, \"items\": {\"$ref\": "
          "\"#/components/schemas/Colour\"}}",
          "list of string", "", "", "at most 2; each: \"red\", \"blue\"" },
        { "anything", "{}", "anything", "", "", "" },
    };
    g_autoptr(json_t) all = description();

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(json_t) schema = json_loads(cases[i].schema, 0, NULL);
        g_autoptr(json_t) field = reference_field(all, schema);
        const char *before, *link, *after, *notes;

        assert_int_equal(json_unpack(field, "{s:s, s:s, s:s, s:s}", "type_before",
                                     &before, "type_name", &link, "type_after", &after,
                                     "notes", &notes),
                         0);
        if (strcmp(before, cases[i].before) != 0 || strcmp(link, cases[i].link) != 0
            || strcmp(after, cases[i].after) != 0 || strcmp(notes, cases[i].notes) != 0)
            fail_msg("%s: \"%s\" \"%s\" \"%s\" \"%s\"", cases[i].name, before, link,
                     after, notes);
    }
}

static void
test_members(void **state)
{
    g_autoptr(json_t) all = description();
    g_autoptr(json_t) schema = json_pack("{s:s}", "$ref", "#/components/schemas/Car");
    g_autoptr(json_t) fields = reference_fields(all, schema);
    const json_t *colour = json_array_get(fields, 1);

    (void)state;
    assert_int_equal(json_array_size(fields), 2);
    assert_false(json_is_true(json_object_get(json_array_get(fields, 0), "is_required")));
    assert_true(json_is_true(json_object_get(colour, "is_required")));
    assert_string_equal(json_string_value(json_object_get(colour, "description")),
                        "Of a car.");
    g_autoptr(json_t) list = reference_schemas(all);
    assert_int_equal(json_array_size(list), 2); /* Colour has no members */
}

static void
test_examples(void **state)
{
    static const struct {
        const char *schema, *want;
    } cases[] = {
        { "{\"$ref\": \"#/components/schemas/Car\"}", "{\"colour\": \"red\"}" },
        { "{\"type\": \"array\", \"items\": {\"type\": \"string\"}}", "[\"words\"]" },
        { "{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"integer\"}}}",
          "{\"a\": 1}" },
        { "{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"boolean\"}, "
          "\"b\": "
          "{\"type\": \"string\", \"format\": \"date\"}}, \"oneOf\": [{\"required\": "
          "[\"b\"]}]}",
          "{\"b\": \"2026-12-24\"}" },
    };
    g_autoptr(json_t) all = description();

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(json_t) schema = json_loads(cases[i].schema, 0, NULL);
        g_autofree char *example = reference_example(all, schema);
        assert_string_equal(example, cases[i].want);
    }
    /* one that holds itself has an end */
    g_autoptr(json_t) tree = json_pack("{s:s}", "$ref", "#/components/schemas/Tree");
    g_autofree char *example = reference_example(all, tree);
    assert_non_null(strstr(example, "null"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types_and_bounds),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_examples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
