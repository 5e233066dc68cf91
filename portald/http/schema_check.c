/* schema_check: a value beside its schema, word by word. */
#include <string.h>

#include "common/base/limits.h"
#include "portald/http/schema_parts.h"

struct checking {
    const Schemas *schemas;
    Flaws *flaws;
    GString *pointer; /* to the value that is looked at */
    int depth;
    int steps;
};

static bool check(struct checking *c, json_t *schema, const json_t *value);

/* --- flaws ------------------------------------------------------------------------ */

static void
clear_flaw(void *data)
{
    struct schema_flaw *flaw = data;
    g_free(flaw->pointer);
    g_free(flaw->detail);
}

Flaws *
flaws_new(void)
{
    Flaws *flaws = g_array_new(FALSE, FALSE, sizeof(struct schema_flaw));
    g_array_set_clear_func(flaws, clear_flaw);
    return flaws;
}

void
flaws_add(Flaws *flaws, const char *pointer, const char *format, ...)
{
    va_list args;

    if (flaws->len >= LIMIT_FLAWS)
        return;
    va_start(args, format);
    struct schema_flaw flaw = { g_strdup(pointer), g_strdup_vprintf(format, args) };
    va_end(args);
    g_array_append_val(flaws, flaw);
}

/* Always false. */
static bool G_GNUC_PRINTF(2, 3) flawed(struct checking *c, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *detail = g_strdup_vprintf(format, args);
    va_end(args);
    flaws_add(c->flaws, c->pointer->str, "%s", detail);
    return false;
}

/* Point to a part of the value, as RFC 6901 §3 writes it. A name is as long as its sender
   likes: of a long one the beginning tells enough. */
static void
point_to(struct checking *c, const char *name)
{
    g_string_append_c(c->pointer, '/');
    for (const char *p = name; *p && p < name + LIMIT_FLAW_NAME; p = g_utf8_next_char(p))
        if (*p == '~' || *p == '/')
            g_string_append(c->pointer, *p == '~' ? "~0" : "~1");
        else
            g_string_append_len(c->pointer, p, g_utf8_next_char(p) - p);
}

static bool
check_part(struct checking *c, const char *name, json_t *schema, const json_t *value)
{
    gsize length = c->pointer->len;

    point_to(c, name);
    bool good = check(c, schema, value);
    g_string_truncate(c->pointer, length);
    return good;
}

static bool
refuse_part(struct checking *c, const char *name, const char *detail)
{
    gsize length = c->pointer->len;

    point_to(c, name);
    flawed(c, "%s", detail);
    g_string_truncate(c->pointer, length);
    return false;
}

/* --- types ------------------------------------------------------------------------ */

static bool
is_of_type(const json_t *value, const char *type)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return strcmp(type, "object") == 0;
    case JSON_ARRAY:
        return strcmp(type, "array") == 0;
    case JSON_STRING:
        return strcmp(type, "string") == 0;
    case JSON_INTEGER:
        return strcmp(type, "integer") == 0 || strcmp(type, "number") == 0;
    case JSON_REAL:
        return strcmp(type, "number") == 0;
    case JSON_TRUE:
    case JSON_FALSE:
        return strcmp(type, "boolean") == 0;
    case JSON_NULL:
        return strcmp(type, "null") == 0;
    }
    return false;
}

static bool
check_type(struct checking *c, const json_t *type, const json_t *value)
{
    size_t i;
    json_t *one;
    g_autoptr(GString) names = g_string_new(NULL);

    if (!type || (json_is_string(type) && is_of_type(value, json_string_value(type))))
        return true;
    if (json_is_string(type))
        return flawed(c, "this must be of type %s", json_string_value(type));
    json_array_foreach(type, i, one)
    {
        if (is_of_type(value, json_string_value(one)))
            return true;
        g_string_append_printf(names, "%s%s", i ? " or " : "", json_string_value(one));
    }
    return flawed(c, "this must be of type %s", names->str);
}

static bool
check_choice(struct checking *c, const json_t *schema, const json_t *value)
{
    const json_t *only = json_object_get(schema, "const");
    const json_t *list = json_object_get(schema, "enum");
    g_autoptr(GString) names = g_string_new(NULL);
    size_t i;
    json_t *one;

    if (only && !json_equal(only, value))
        return flawed(c, "this is not the one value that is taken here");
    if (!list)
        return true;
    json_array_foreach(list, i, one)
    {
        if (json_equal(one, value))
            return true;
        if (json_is_string(one))
            g_string_append_printf(names, "%s%s", names->len ? ", " : "",
                                   json_string_value(one));
    }
    return flawed(c, "this must be one of: %s", names->str);
}

/* --- what each type has ----------------------------------------------------------- */

static bool
check_size(struct checking *c, const json_t *schema, const char *least, const char *most,
           size_t size, const char *what)
{
    const json_t *low = json_object_get(schema, least);
    const json_t *high = json_object_get(schema, most);

    if (low && size < (size_t)json_integer_value(low))
        return size == 0 && json_integer_value(low) == 1
                   ? flawed(c, "this must not be empty")
                   : flawed(c, "at least %" JSON_INTEGER_FORMAT " %s are needed here",
                            json_integer_value(low), what);
    if (high && size > (size_t)json_integer_value(high))
        return flawed(c, "at most %" JSON_INTEGER_FORMAT " %s are taken here",
                      json_integer_value(high), what);
    return true;
}

static bool
check_number(struct checking *c, const json_t *schema, const json_t *value)
{
    const json_t *low = json_object_get(schema, "minimum");
    const json_t *high = json_object_get(schema, "maximum");
    double number = json_number_value(value);

    if (low && number < json_number_value(low))
        return flawed(c, "this must be %g or more", json_number_value(low));
    if (high && number > json_number_value(high))
        return flawed(c, "this must be %g or less", json_number_value(high));
    return true;
}

static bool
matches(const pcre2_code *code, const char *text, size_t n)
{
    pcre2_match_data *found = pcre2_match_data_create_from_pattern(code, NULL);
    /* The limits of the library end a match that would take for ever: no match. */
    int count =
        pcre2_match(code, (PCRE2_SPTR)text, n, 0, PCRE2_NO_UTF_CHECK, found, NULL);
    pcre2_match_data_free(found);
    return count >= 0;
}

static bool
check_string(struct checking *c, const json_t *schema, const json_t *value)
{
    const char *text = json_string_value(value);
    size_t chars = (size_t)g_utf8_strlen(text, (gssize)json_string_length(value));
    const json_t *format = json_object_get(schema, "format");
    const json_t *pattern = json_object_get(schema, "pattern");

    if (!check_size(c, schema, "minLength", "maxLength", chars, "characters"))
        return false;
    if (format && !schema_has_format(json_string_value(format), text))
        return flawed(c, "this is no %s", json_string_value(format));
    if (pattern
        && !matches(g_hash_table_lookup(c->schemas->patterns, json_string_value(pattern)),
                    text, json_string_length(value)))
        return flawed(c, "this must match %s", json_string_value(pattern));
    return true;
}

static bool
check_array(struct checking *c, const json_t *schema, const json_t *value)
{
    json_t *items = json_object_get(schema, "items");
    bool good = true;

    /* Before the items: so many are not looked at one by one. */
    if (!check_size(c, schema, "minItems", "maxItems", json_array_size(value), "items"))
        return false;
    for (size_t i = 0; items && i < json_array_size(value); i++) {
        char name[24];
        g_snprintf(name, sizeof name, "%zu", i);
        good &= check_part(c, name, items, json_array_get(value, i));
    }
    return good;
}

static bool
check_object(struct checking *c, const json_t *schema, const json_t *value)
{
    json_t *properties = json_object_get(schema, "properties");
    json_t *others = json_object_get(schema, "additionalProperties");
    size_t i;
    const char *name;
    json_t *part, *wanted;
    bool good = check_size(c, schema, "minProperties", "maxProperties",
                           json_object_size(value), "members");

    json_array_foreach(json_object_get(schema, "required"), i,
                       wanted) if (!json_object_get(value, json_string_value(wanted)))
        good = refuse_part(c, json_string_value(wanted), "this is needed");
    json_object_foreach((json_t *)(uintptr_t)value, name, part)
    {
        json_t *known = json_object_get(properties, name);
        if (known)
            good &= check_part(c, name, known, part);
        else if (json_is_false(others))
            good = refuse_part(c, name, "there is no member of this name");
        else if (others)
            good &= check_part(c, name, others, part);
    }
    return good;
}

static bool
check_by_type(struct checking *c, const json_t *schema, const json_t *value)
{
    if (json_is_object(value))
        return check_object(c, schema, value);
    if (json_is_array(value))
        return check_array(c, schema, value);
    if (json_is_string(value))
        return check_string(c, schema, value);
    return !json_is_number(value) || check_number(c, schema, value);
}

/* --- schemas in schemas ----------------------------------------------------------- */

/* How many of them take the value; their flaws are not ours. */
static size_t
count_good(struct checking *c, const json_t *list, const json_t *value)
{
    size_t i, count = 0;
    json_t *schema;
    Flaws *ours = c->flaws;

    json_array_foreach(list, i, schema)
    {
        g_autoptr(GArray) theirs = flaws_new();
        c->flaws = theirs;
        count += check(c, schema, value);
    }
    c->flaws = ours;
    return count;
}

static bool
check_combined(struct checking *c, const json_t *schema, const json_t *value)
{
    const json_t *any = json_object_get(schema, "anyOf");
    const json_t *one = json_object_get(schema, "oneOf");
    size_t i;
    json_t *each;
    bool good = true;

    json_array_foreach(json_object_get(schema, "allOf"), i, each) good &=
        check(c, each, value);
    if (any && count_good(c, any, value) == 0)
        good = flawed(c, "this has none of the forms that are taken here");
    if (one && count_good(c, one, value) != 1)
        good = flawed(c, "this has not exactly one of the forms that are taken here");
    return good;
}

static bool
check(struct checking *c, json_t *schema, const json_t *value)
{
    if (json_is_true(schema))
        return true;
    if (json_is_false(schema))
        return flawed(c, "nothing is taken here");
    if (c->depth >= SCHEMA_DEPTH || ++c->steps > LIMIT_SCHEMA_STEPS)
        return flawed(c, "this is nested too deep, or too much to look at");
    c->depth++;
    json_t *ref = json_object_get(schema, "$ref");
    const char *name = ref ? json_string_value(ref) + strlen(SCHEMA_REF) : NULL;
    bool good = (!name || check(c, schemas_find(c->schemas, name), value))
                && check_type(c, json_object_get(schema, "type"), value)
                && check_choice(c, schema, value) && check_by_type(c, schema, value)
                && check_combined(c, schema, value);
    c->depth--;
    return good;
}

bool
schema_check(const Schemas *schemas, const char *name, const json_t *value, Flaws *flaws)
{
    g_autoptr(GString) pointer = g_string_new(NULL);
    struct checking checking = { .schemas = schemas, .flaws = flaws, .pointer = pointer };
    json_t *schema = schemas_find(schemas, name);

    g_assert(schema); /* the routes are looked through at the start */
    if (!value)
        return flawed(&checking, "a JSON body is needed");
    return check(&checking, schema, value);
}

/* --- the query -------------------------------------------------------------------- */

static bool
allows(const json_t *schema, const char *type)
{
    const json_t *types = json_object_get(schema, "type");
    size_t i;
    json_t *one;

    if (json_is_string(types))
        return strcmp(json_string_value(types), type) == 0;
    json_array_foreach(types, i,
                       one) if (strcmp(json_string_value(one), type) == 0) return true;
    return false;
}

/* The value that a text stands for; where it stands for none the text itself, which the
   schema then refuses. */
static json_t *
value_of(const Schemas *schemas, json_t *schema, const char *text)
{
    gint64 number = 0;

    schema = schemas_resolve(schemas, schema);
    if (allows(schema, "integer")
        && g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, &number, NULL))
        return json_integer(number);
    if (allows(schema, "boolean") && strcmp(text, "true") == 0)
        return json_true();
    if (allows(schema, "boolean") && strcmp(text, "false") == 0)
        return json_false();
    return json_string(text);
}

static void
take_parameter(const Schemas *schemas, json_t *schema, json_t *object,
               const struct value *value, Flaws *flaws)
{
    json_t *before = json_object_get(object, value->name);
    json_t *what = schemas_resolve(schemas, schema);
    g_autofree char *pointer = g_strconcat("?", value->name, NULL);

    if (allows(what, "array")) {
        if (!before)
            json_object_set_new(object, value->name, before = json_array());
        json_array_append_new(
            before, value_of(schemas, json_object_get(what, "items"), value->value));
    } else if (before) {
        flaws_add(flaws, pointer, "this parameter may come only once");
    } else {
        json_object_set_new(object, value->name, value_of(schemas, what, value->value));
    }
}

static void
take_flaws(Flaws *flaws, const Flaws *theirs)
{
    for (guint i = 0; i < theirs->len; i++) {
        const struct schema_flaw *flaw = &g_array_index(theirs, struct schema_flaw, i);
        const char *name = flaw->pointer + (*flaw->pointer == '/');
        /* of one that may come several times only the name */
        g_autofree char *pointer =
            g_strdup_printf("?%.*s", (int)strcspn(name, "/"), name);
        flaws_add(flaws, pointer, "%s", flaw->detail);
    }
}

json_t *
schema_read_query(const Schemas *schemas, const char *name, const Values *query,
                  Flaws *flaws)
{
    json_t *object = json_object();
    json_t *schema = name ? schemas_find(schemas, name) : NULL;
    json_t *properties = json_object_get(schema, "properties");
    g_autoptr(GArray) theirs = flaws_new();

    for (guint i = 0; i < query->len; i++) {
        const struct value *value = &g_array_index(query, struct value, i);
        json_t *property = json_object_get(properties, value->name);
        g_autofree char *pointer = g_strconcat("?", value->name, NULL);
        if (property)
            take_parameter(schemas, property, object, value, flaws);
        else
            flaws_add(flaws, pointer, "there is no parameter of this name");
    }
    if (name)
        schema_check(schemas, name, object, theirs);
    take_flaws(flaws, theirs);
    return object;
}
