/* schema: reading the schemas, and that we understand all of them. */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/slice.h"
#include "portald/http/schema_parts.h"

/* --- which words there are -------------------------------------------------------- */

enum shape {
    SHAPE_ANY,
    SHAPE_TEXT,
    SHAPE_FLAG,
    SHAPE_COUNT,
    SHAPE_NUMBER,
    SHAPE_TYPES,
    SHAPE_LIST,
    SHAPE_TEXTS,
    SHAPE_SCHEMA,
    SHAPE_SCHEMAS,
    SHAPE_PROPERTIES,
    SHAPE_REF,
    SHAPE_PATTERN,
};

static const struct {
    const char *name;
    enum shape shape;
} words[] = {
    { "$ref", SHAPE_REF },
    { "additionalProperties", SHAPE_SCHEMA },
    { "allOf", SHAPE_SCHEMAS },
    { "anyOf", SHAPE_SCHEMAS },
    { "const", SHAPE_ANY },
    { "default", SHAPE_ANY },
    { "deprecated", SHAPE_FLAG },
    { "description", SHAPE_TEXT },
    { "enum", SHAPE_LIST },
    { "examples", SHAPE_LIST },
    { "format", SHAPE_TEXT },
    { "items", SHAPE_SCHEMA },
    { "maxItems", SHAPE_COUNT },
    { "maxLength", SHAPE_COUNT },
    { "maxProperties", SHAPE_COUNT },
    { "maximum", SHAPE_NUMBER },
    { "minItems", SHAPE_COUNT },
    { "minLength", SHAPE_COUNT },
    { "minProperties", SHAPE_COUNT },
    { "minimum", SHAPE_NUMBER },
    { "oneOf", SHAPE_SCHEMAS },
    { "pattern", SHAPE_PATTERN },
    { "properties", SHAPE_PROPERTIES },
    { "readOnly", SHAPE_FLAG },
    { "required", SHAPE_TEXTS },
    { "title", SHAPE_TEXT },
    { "type", SHAPE_TYPES },
};

struct compiling {
    Schemas *schemas;
    const char *name; /* of the schema that is looked at */
    int depth;
    GError **error;
};

static bool compile_schema(struct compiling *c, json_t *schema);

static bool
refuse(const struct compiling *c, const char *word)
{
    return error_set(c->error, ERR_REJECT, "schema %s: \"%s\" is not as it must be",
                     c->name, word);
}

static bool
is_type(const json_t *value)
{
    static const char *const types[] = { "array",  "boolean", "integer", "null",
                                         "number", "object",  "string",  NULL };
    return json_is_string(value) && g_strv_contains(types, json_string_value(value));
}

static bool
all_items(const json_t *list, bool (*is_good)(const json_t *item))
{
    size_t i;
    json_t *item;

    if (!json_is_array(list) || json_array_size(list) == 0)
        return false;
    json_array_foreach(list, i, item) if (!is_good(item)) return false;
    return true;
}

static bool
is_text(const json_t *value)
{
    return json_is_string(value);
}

static bool
compile_ref(struct compiling *c, const json_t *value)
{
    const char *text = json_is_string(value) ? json_string_value(value) : "";
    if (!g_str_has_prefix(text, SCHEMA_REF)
        || !schemas_find(c->schemas, text + strlen(SCHEMA_REF)))
        return error_set(c->error, ERR_REJECT, "schema %s refers to \"%s\"", c->name,
                         text);
    return true;
}

static bool
compile_pattern(struct compiling *c, const json_t *value)
{
    int problem = 0;
    PCRE2_SIZE at = 0;

    if (!json_is_string(value))
        return refuse(c, "pattern");
    const char *text = json_string_value(value);
    if (g_hash_table_contains(c->schemas->patterns, text))
        return true;
    pcre2_code *code = pcre2_compile(
        (PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
        PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY, &problem, &at, NULL);
    if (!code)
        return refuse(c, "pattern");
    g_hash_table_insert(c->schemas->patterns, g_strdup(text), code);
    return true;
}

static bool
compile_properties(struct compiling *c, json_t *value)
{
    const char *name;
    json_t *schema;

    if (!json_is_object(value))
        return refuse(c, "properties");
    json_object_foreach(value, name, schema) if (!compile_schema(c, schema)) return false;
    return true;
}

static bool
compile_schemas(struct compiling *c, json_t *list)
{
    size_t i;
    json_t *schema;

    json_array_foreach(list, i, schema) if (!compile_schema(c, schema)) return false;
    return json_array_size(list) > 0;
}

static bool
has_shape(struct compiling *c, enum shape shape, json_t *value)
{
    switch (shape) {
    case SHAPE_TEXT:
        return json_is_string(value);
    case SHAPE_FLAG:
        return json_is_boolean(value);
    case SHAPE_COUNT:
        return json_is_integer(value) && json_integer_value(value) >= 0;
    case SHAPE_NUMBER:
        return json_is_number(value);
    case SHAPE_TYPES:
        return is_type(value) || all_items(value, is_type);
    case SHAPE_LIST:
        return json_array_size(value) > 0;
    case SHAPE_TEXTS:
        return all_items(value, is_text);
    case SHAPE_SCHEMA:
        return compile_schema(c, value);
    case SHAPE_SCHEMAS:
        return compile_schemas(c, value);
    case SHAPE_PROPERTIES:
        return compile_properties(c, value);
    case SHAPE_REF:
        return compile_ref(c, value);
    case SHAPE_PATTERN:
        return compile_pattern(c, value);
    case SHAPE_ANY:
        break;
    }
    return true;
}

static bool
compile_word(struct compiling *c, const char *word, json_t *value)
{
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strcmp(words[i].name, word) != 0)
            continue;
        return has_shape(c, words[i].shape, value)
               || (*c->error ? false : refuse(c, word));
    }
    return error_set(c->error, ERR_REJECT,
                     "schema %s: \"%s\" is a word that is not known", c->name, word);
}

static bool
compile_schema(struct compiling *c, json_t *schema)
{
    const char *word;
    json_t *value;
    bool good = true;

    if (json_is_boolean(schema))
        return true;
    if (!json_is_object(schema) || ++c->depth > SCHEMA_DEPTH)
        return error_set(c->error, ERR_REJECT, "schema %s: an object is expected",
                         c->name);
    json_object_foreach(schema, word,
                        value) if (!(good = compile_word(c, word, value))) break;
    c->depth--;
    return good;
}

/* --- all of them ------------------------------------------------------------------ */

static void
free_pattern(void *code)
{
    pcre2_code_free(code);
}

Schemas *
schemas_compile(json_t *all, GError **error)
{
    g_autoptr(Schemas) schemas = g_new0(Schemas, 1);
    g_autoptr(GError) problem = NULL;
    struct compiling compiling = { .schemas = schemas, .error = &problem };
    json_t *schema;

    schemas->all = json_incref(all);
    schemas->patterns =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_pattern);
    json_object_foreach(all, compiling.name, schema)
    {
        compiling.depth = 0;
        if (compile_schema(&compiling, schema))
            continue;
        g_propagate_error(error, g_steal_pointer(&problem));
        return NULL;
    }
    return g_steal_pointer(&schemas);
}

void
schemas_free(Schemas *schemas)
{
    if (!schemas)
        return;
    json_decref(schemas->all);
    g_hash_table_unref(schemas->patterns);
    g_free(schemas);
}

static bool
add_file(json_t *all, const char *folder, const char *file, GError **error)
{
    g_autofree char *path = g_build_filename(folder, file, NULL);
    json_error_t where;
    const char *name;
    json_t *schema;

    g_autoptr(json_t) found = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
    if (!found)
        return error_set(error, ERR_REJECT, "%s:%d: %s", path, where.line, where.text);
    if (!json_is_object(found))
        return error_set(error, ERR_REJECT, "%s: an object is expected", path);
    json_object_foreach(found, name, schema)
    {
        if (json_object_get(all, name))
            return error_set(error, ERR_REJECT, "%s: %s is already there", path, name);
        json_object_set(all, name, schema);
    }
    return true;
}

Schemas *
schemas_load(const char *folder, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_autoptr(json_t) all = json_object();

    if (!dir) {
        error_set(error, ERR_MISSING, "%s can't be read", folder);
        return NULL;
    }
    for (const char *file; (file = g_dir_read_name(dir));)
        if (g_str_has_suffix(file, ".json") && !add_file(all, folder, file, error))
            return NULL;
    return schemas_compile(all, error);
}

json_t *
schemas_find(const Schemas *schemas, const char *name)
{
    return json_object_get(schemas->all, name);
}

json_t *
schemas_all(const Schemas *schemas)
{
    return schemas->all;
}

json_t *
schemas_resolve(const Schemas *schemas, json_t *schema)
{
    for (int i = 0; i < SCHEMA_DEPTH; i++) {
        const json_t *ref = json_object_get(schema, "$ref");
        if (!ref)
            break;
        schema = schemas_find(schemas, json_string_value(ref) + strlen(SCHEMA_REF));
    }
    return schema;
}
