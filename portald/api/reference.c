#include "portald/api/reference.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "portald/api/openapi.h"
#include "portald/api/reference_schema.h"
#include "portald/pages/page.h"
#include "portald/pages/pages.h"

/* --- parts of an operation ---------------------------------------------------------- */

/* "#/components/parameters/IfMatch" and the like. */
static json_t *
follow(const json_t *description, json_t *thing)
{
    const char *ref = json_string_value(json_object_get(thing, "$ref"));
    g_auto(GStrv) steps = g_strsplit(ref ? ref : "", "/", 8);

    if (!ref)
        return thing;
    json_t *at = (json_t *)(uintptr_t)description;
    for (char **step = steps + 1; *step; step++)
        at = json_object_get(at, *step);
    return at;
}

static json_t *
parameters_of(const json_t *description, const json_t *operation)
{
    json_t *list = json_array(), *given;
    size_t i;

    json_array_foreach(json_object_get(operation, "parameters"), i, given)
    {
        json_t *parameter = follow(description, given);
        json_t *field =
            reference_field(description, json_object_get(parameter, "schema"));
        const char *text = json_string_value(json_object_get(parameter, "description"));
        json_object_set(field, "name", json_object_get(parameter, "name"));
        json_object_set(field, "where", json_object_get(parameter, "in"));
        json_object_set_new(
            field, "is_required",
            json_boolean(json_is_true(json_object_get(parameter, "required"))));
        if (text)
            json_object_set_new(field, "description", json_string(text));
        json_array_append_new(list, field);
    }
    return list;
}

/* The one type that is taken or answered, and what it is of; NULL: there is no body. */
static const char *
content_of(const json_t *message, json_t **ret_schema)
{
    json_t *content = json_object_get(message, "content");
    void *first = json_object_iter(content);

    *ret_schema = first ? json_object_get(json_object_iter_value(first), "schema") : NULL;
    return first ? json_object_iter_key(first) : NULL;
}

static void
add_body(const json_t *description, const json_t *operation, json_t *shown)
{
    json_t *schema = NULL;
    json_t *body = json_object_get(operation, "requestBody");
    const char *type = content_of(body, &schema);
    json_t *fields = type ? reference_fields(description, schema) : json_array();

    json_object_set_new(shown, "body_type", json_string(type ? type : ""));
    json_object_set_new(shown, "has_fields", json_boolean(json_array_size(fields) > 0));
    json_object_set_new(shown, "fields", fields);
    json_object_set_new(
        shown, "body_optional",
        json_boolean(type && !json_is_true(json_object_get(body, "required"))));
}

static void
add_answers(const json_t *description, const json_t *operation, json_t *shown)
{
    json_t *errors = json_array(), *answer;
    const char *status;

    json_object_foreach(json_object_get(operation, "responses"), status, answer)
    {
        if (*status >= '4') {
            json_array_append_new(errors, json_pack("{s:s}", "status", status));
            continue;
        }
        if (*status != '2')
            continue;
        json_t *schema = NULL;
        const char *type = content_of(answer, &schema);
        json_object_set_new(shown, "answer_status", json_string(status));
        json_object_set_new(shown, "answer_type", json_string(type ? type : ""));
        json_object_set_new(shown, "answer", reference_field(description, schema));
    }
    json_object_set_new(shown, "errors", errors);
}

/* --- an example --------------------------------------------------------------------- */

/* "/tickets/{id}?q=words": what stands in braces as a variable of the shell. */
static char *
example_path(const char *path, const json_t *parameters)
{
    g_autoptr(GString) text = g_string_new(NULL);
    bool in_braces = false;
    json_t *parameter;
    size_t i;

    for (const char *c = path; *c; c++) {
        in_braces = *c == '{' || (in_braces && *c != '}');
        if (*c == '{')
            g_string_append_c(text, '$');
        else if (*c != '}')
            g_string_append_c(text, in_braces ? g_ascii_toupper(*c) : *c);
    }
    json_array_foreach(parameters, i, parameter)
    {
        const char *where = json_string_value(json_object_get(parameter, "where"));
        if (strcmp(where, "query") != 0
            || !json_is_true(json_object_get(parameter, "is_required")))
            continue;
        g_string_append_printf(text, "%c%s=words", strchr(text->str, '?') ? '&' : '?',
                               json_string_value(json_object_get(parameter, "name")));
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* What stands between "curl" and the address. */
static char *
example_options(const json_t *description, const char *method, const json_t *operation)
{
    g_autoptr(GString) text = g_string_new(NULL);
    json_t *schema = NULL;
    const char *type = content_of(json_object_get(operation, "requestBody"), &schema);

    if (strcmp(method, "GET") != 0)
        g_string_append_printf(text, "-X %s ", method);
    if (!json_is_array(json_object_get(operation, "security")))
        g_string_append(text, "-H \"Authorization: Bearer $KEY\" ");
    if (type && strcmp(type, "application/json") == 0) {
        g_autofree char *example = reference_example(description, schema);
        g_string_append_printf(text, "\\\n    -H 'Content-Type: %s' \\\n    -d '%s' ",
                               type, example);
    } else if (type) {
        g_string_append(text, "\\\n    -F file=@picture.png ");
    }
    if (text->len > 0)
        g_string_append(text, "\\\n    ");
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* --- all ---------------------------------------------------------------------------- */

static json_t *
show_operation(const json_t *description, const char *path, const char *method,
               const json_t *operation)
{
    g_autofree char *upper = g_ascii_strup(method, -1);
    json_t *parameters = parameters_of(description, operation);
    g_autofree char *options = example_options(description, upper, operation);
    g_autofree char *example = example_path(path, parameters);
    const char *said = json_string_value(json_object_get(operation, "description"));
    json_t *shown = json_pack(
        "{s:O, s:O, s:s, s:s, s:s, s:b, s:o, s:s, s:s}", "id",
        json_object_get(operation, "operationId"), "summary",
        json_object_get(operation, "summary"), "description", said ? said : "", "method",
        upper, "path", path, "has_parameters", json_array_size(parameters) > 0,
        "parameters", parameters, "curl_options", options, "curl_path", example);

    add_body(description, operation, shown);
    add_answers(description, operation, shown);
    return shown;
}

static json_t *
operations_of(const json_t *description, const char *tag)
{
    json_t *paths = json_object_get(description, "paths"), *list = json_array();
    g_autofree const char **names = reference_names(paths);
    const char *method;
    json_t *operation;

    for (const char **path = names; *path; path++)
        json_object_foreach(json_object_get(paths, *path), method, operation)
        {
            const json_t *tags = json_object_get(operation, "tags");
            if (strcmp(json_string_value(json_array_get(tags, 0)), tag) == 0)
                json_array_append_new(
                    list, show_operation(description, *path, method, operation));
        }
    return list;
}

static json_t *
groups_of(const json_t *description)
{
    json_t *groups = json_array(), *tag;
    size_t i;

    json_array_foreach(json_object_get(description, "tags"), i, tag)
    {
        const char *name = json_string_value(json_object_get(tag, "name"));
        g_autofree char *id = g_ascii_strdown(name, -1);
        g_strdelimit(id, " ", '-');
        json_array_append_new(groups,
                              json_pack("{s:s, s:s, s:o}", "name", name, "id", id,
                                        "operations", operations_of(description, name)));
    }
    return groups;
}

static json_t *
errors_of(const json_t *description)
{
    json_t *list = json_array(), *answer;
    json_t *components = json_object_get(description, "components");
    const char *name;

    json_object_foreach(json_object_get(components, "responses"), name, answer)
        json_array_append_new(list, json_pack("{s:s, s:O}", "status",
                                              name + strlen("Problem"), "description",
                                              json_object_get(answer, "description")));
    return list;
}

json_t *
reference_document(const json_t *description)
{
    return json_pack("{s:o, s:o, s:o}", "groups", groups_of(description), "schemas",
                     reference_schemas(description), "problems", errors_of(description));
}

/* --- the route ---------------------------------------------------------------------- */

/* What doesn't depend on who reads it is a third of a megabyte: it is made once for each
   language, and kept as long as the program runs. */
static struct {
    GMutex lock;
    GHashTable *by_language; /* of char */
} bodies;

static char *
make_body(const struct request *request, const char *language, GError **error)
{
    g_autoptr(json_t) description = json_loads(site_description(request->site), 0, NULL);
    g_autoptr(json_t) document = reference_document(description);
    GString *html = pages_render(site_pages(request->site), language,
                                 "api_reference_body", document, error);
    return html ? g_string_free(html, FALSE) : NULL;
}

/* Borrowed: it is never forgotten. */
static const char *
body_of(const struct request *request, GError **error)
{
    const char *language = request->caller.locale ? request->caller.locale : "en";
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&bodies.lock);

    if (!bodies.by_language)
        bodies.by_language =
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    char *body = g_hash_table_lookup(bodies.by_language, language);
    if (!body && (body = make_body(request, language, error)))
        g_hash_table_insert(bodies.by_language, g_strdup(language), body);
    return body;
}

static Reply *
page_get(const struct request *request, GError **error)
{
    const char *body = body_of(request, error);

    if (!body)
        return NULL;
    g_autoptr(json_t) document =
        json_pack("{s:s, s:s, s:s}", "description", openapi_summary, "origin",
                  request->origin, "reference_html", body);
    return page_render(request, "api_reference", document, error);
}

static const struct route routes[] = {
    { HTTP_GET, "/api/v1/docs", WHO_ANYBODY, page_get, 0, NULL },
};
const struct route_table reference_routes = { routes, G_N_ELEMENTS(routes) };
