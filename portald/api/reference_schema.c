#include "portald/api/reference_schema.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "portald/http/schema.h"

#define EXAMPLE_DEPTH 8 /* schemas that name themselves end here */

static const char *
text_at(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

/* --- references --------------------------------------------------------------------- */

/* The name that a reference leads to; NULL: it is none. */
static const char *
name_of(const json_t *schema)
{
    const char *ref = json_string_value(json_object_get(schema, "$ref"));
    return ref ? ref + strlen(SCHEMA_REF) : NULL;
}

static json_t *
resolve(const json_t *description, json_t *schema)
{
    const json_t *components = json_object_get(description, "components");
    const char *name;

    while ((name = name_of(schema)))
        schema = json_object_get(json_object_get(components, "schemas"), name);
    return schema;
}

static bool
has_members(const json_t *schema)
{
    return json_object_size(json_object_get(schema, "properties")) > 0;
}

/* --- types -------------------------------------------------------------------------- */

static void
name_types(const json_t *types, GString *ret)
{
    size_t i;
    json_t *type;

    if (json_is_string(types))
        g_string_append(ret, json_string_value(types));
    json_array_foreach(types, i, type)
        g_string_append_printf(ret, "%s%s", i > 0 ? " or " : "", json_string_value(type));
}

/* `before` grows, *ret_name is set to what has a place of its own, `after` grows. */
static void
describe_type(const json_t *description, json_t *schema, GString *before,
              const char **ret_name, GString *after)
{
    json_t *what = resolve(description, schema);
    const json_t *either = json_object_get(what, "anyOf");
    const char *name = name_of(schema);

    if (name && has_members(what)) {
        *ret_name = name;
    } else if (either) {
        describe_type(description, json_array_get(either, 0), before, ret_name, after);
        g_string_append(after, " or null");
    } else if (strcmp(text_at(what, "type"), "array") == 0) {
        g_string_append(before, "list of ");
        describe_type(description, json_object_get(what, "items"), before, ret_name,
                      after);
    } else if (json_object_get(what, "type")) {
        name_types(json_object_get(what, "type"), before);
    } else {
        g_string_append(before,
                        json_object_get(what, "enum") || json_object_get(what, "const")
                            ? "string"
                            : "anything");
    }
}

/* --- what bounds a value ------------------------------------------------------------ */

static void
note(GString *notes, const char *text)
{
    g_string_append_printf(notes, "%s%s", notes->len > 0 ? "; " : "", text);
}

/* "1 to 255 characters", "at most 20", "from 0". */
static void
note_range(GString *notes, const json_t *schema, const char *least, const char *most,
           const char *unit)
{
    const json_t *from = json_object_get(schema, least),
                 *to = json_object_get(schema, most);
    g_autofree char *text = NULL;

    if (from && to)
        text = g_strdup_printf("%" JSON_INTEGER_FORMAT " to %" JSON_INTEGER_FORMAT "%s",
                               json_integer_value(from), json_integer_value(to), unit);
    else if (to)
        text = g_strdup_printf("at most %" JSON_INTEGER_FORMAT "%s",
                               json_integer_value(to), unit);
    else if (from)
        text = g_strdup_printf("at least %" JSON_INTEGER_FORMAT "%s",
                               json_integer_value(from), unit);
    if (text)
        note(notes, text);
}

static void
note_choices(GString *notes, const json_t *choices)
{
    g_autoptr(GString) text = g_string_new(NULL);
    json_t *choice;
    size_t i;

    json_array_foreach(choices, i, choice)
    {
        g_autofree char *value = json_dumps(choice, JSON_ENCODE_ANY | JSON_COMPACT);
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", value);
    }
    if (text->len > 0)
        note(notes, text->str);
}

static char *
notes_of(const json_t *description, json_t *schema)
{
    g_autoptr(GString) notes = g_string_new(NULL);
    json_t *what = resolve(description, schema);
    const json_t *otherwise = json_object_get(what, "default");
    json_t *items = json_object_get(what, "items");

    note_choices(notes, json_object_get(what, "enum"));
    if (*text_at(what, "format"))
        note(notes, text_at(what, "format"));
    note_range(notes, what, "minLength", "maxLength", " characters");
    note_range(notes, what, "minimum", "maximum", "");
    note_range(notes, what, "minItems", "maxItems", "");
    if (otherwise) {
        g_autofree char *value = json_dumps(otherwise, JSON_ENCODE_ANY | JSON_COMPACT);
        g_autofree char *text = g_strconcat("left out: ", value, NULL);
        note(notes, text);
    }
    if (items && !has_members(resolve(description, items))) {
        g_autofree char *each = notes_of(description, items);
        g_autofree char *text = g_strconcat("each: ", each, NULL);
        if (*each)
            note(notes, text);
    }
    return g_string_free(g_steal_pointer(&notes), FALSE);
}

/* --- fields ------------------------------------------------------------------------- */

json_t *
reference_field(const json_t *description, json_t *schema)
{
    g_autoptr(GString) before = g_string_new(NULL), after = g_string_new(NULL);
    const char *name = "";
    json_t *what = resolve(description, schema);
    const char *own = text_at(schema, "description");

    if (schema)
        describe_type(description, schema, before, &name, after);
    g_autofree char *notes = notes_of(description, schema);
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "type_before", before->str, "type_name",
                     name, "type_after", after->str, "notes", notes, "description",
                     *own || *name ? own : text_at(what, "description"));
}

static bool
is_required(const json_t *schema, const char *name)
{
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(schema, "required"), i,
                       one) if (strcmp(json_string_value(one), name) == 0) return true;
    return false;
}

json_t *
reference_fields(const json_t *description, json_t *schema)
{
    json_t *fields = json_array(), *member;
    json_t *what = resolve(description, schema);
    const char *name;

    json_object_foreach(json_object_get(what, "properties"), name, member)
    {
        json_t *field = reference_field(description, member);
        json_object_set_new(field, "name", json_string(name));
        json_object_set_new(field, "is_required", json_boolean(is_required(what, name)));
        json_array_append_new(fields, field);
    }
    return fields;
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **
reference_names(json_t *object)
{
    const char **names = g_new0(const char *, json_object_size(object) + 1), *name;
    json_t *member;
    size_t n = 0;

    json_object_foreach(object, name, member) names[n++] = name;
    qsort(names, n, sizeof *names, by_name);
    return names;
}

json_t *
reference_schemas(const json_t *description)
{
    const json_t *components = json_object_get(description, "components");
    json_t *all = json_object_get(components, "schemas"), *list = json_array();
    g_autofree const char **names = reference_names(all);

    for (const char **name = names; *name; name++) {
        json_t *schema = json_object_get(all, *name);
        if (has_members(schema))
            json_array_append_new(
                list, json_pack("{s:s, s:s, s:o}", "name", *name, "description",
                                text_at(schema, "description"), "fields",
                                reference_fields(description, schema)));
    }
    return list;
}

/* --- examples ----------------------------------------------------------------------- */

static const struct {
    const char *format, *value;
} formats[] = {
    { "uuid", "01936a00-0000-7000-8000-000000000000" },
    { "date-time", "2026-12-24T18:00:00Z" },
    { "date", "2026-12-24" },
    { "email", "ada@customer.example" },
};

static json_t *
text_example(const json_t *schema)
{
    const char *format = text_at(schema, "format");

    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
        if (strcmp(format, formats[i].format) == 0)
            return json_string(formats[i].value);
    return json_string("words");
}

static json_t *example_of(const json_t *description, json_t *schema, int depth);

/* What has to be there; of what has to have something, though nothing in particular, the
   first of all. */
static json_t *
object_example(const json_t *description, const json_t *schema, int depth)
{
    json_t *object = json_object(), *member;
    json_t *form = json_array_get(json_object_get(schema, "oneOf"), 0);
    const char *name;

    json_object_foreach(json_object_get(schema, "properties"), name, member)
    {
        bool is_wanted = is_required(schema, name) || is_required(form, name);
        if (is_wanted)
            json_object_set_new(object, name, example_of(description, member, depth));
    }
    void *first = json_object_iter(json_object_get(schema, "properties"));
    if (json_object_size(object) == 0 && first)
        json_object_set_new(
            object, json_object_iter_key(first),
            example_of(description, json_object_iter_value(first), depth));
    return object;
}

static json_t *
example_of(const json_t *description, json_t *schema, int depth)
{
    json_t *what = resolve(description, schema);
    const json_t *types = json_object_get(what, "type");
    const char *type =
        json_string_value(json_is_array(types) ? json_array_get(types, 0) : types);
    json_t *given = json_array_get(json_object_get(what, "examples"), 0);
    json_t *choice = json_array_get(json_object_get(what, "enum"), 0);

    if (given || choice)
        return json_incref(given ? given : choice);
    if (!type || depth == 0)
        return json_null();
    if (strcmp(type, "object") == 0)
        return object_example(description, what, depth - 1);
    if (strcmp(type, "array") == 0)
        return json_pack(
            "[o]", example_of(description, json_object_get(what, "items"), depth - 1));
    if (strcmp(type, "boolean") == 0)
        return json_true();
    if (strcmp(type, "integer") == 0) {
        const json_t *least = json_object_get(what, "minimum");
        return json_integer(least ? json_integer_value(least) : 1);
    }
    return strcmp(type, "string") == 0 ? text_example(what) : json_null();
}

char *
reference_example(const json_t *description, json_t *schema)
{
    g_autoptr(json_t) example = example_of(description, schema, EXAMPLE_DEPTH);
    char *text = json_dumps(example, 0);
    char *owned = g_strdup(text); /* of our allocator, as all of the house */

    free(text);
    return owned;
}
