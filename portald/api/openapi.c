#include "portald/api/openapi.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "portald/auth/permit.h"

static const struct {
    unsigned status;
    const char *description;
} problems[] = {
    { 400, "The request can't be read, or asks for what can't be." },
    { 401, "Nobody is signed in, or the token is not good." },
    { 403, "This caller may not do that." },
    { 404, "There is nothing of this name that this caller may see." },
    { 409, "It contradicts what is there." },
    { 412, "It has changed: If-Match names another state; or it has none to name." },
    { 413, "The body is larger than what is taken here, or none is taken." },
    { 415, "The body has a type that is not taken here." },
    { 422, "Body or query are not as the schema wants them; `errors` says where. Or the "
           "Idempotency-Key belongs to another request." },
    { 429, "Too many requests; Retry-After says when to come again." },
    { 503, "It can't be done now; Retry-After says when to come again." },
};

static json_t *
ref(const char *format, const char *name)
{
    g_autofree char *text = g_strconcat(format, name, NULL);
    return json_pack("{s:s}", "$ref", text);
}

/* --- parameters ------------------------------------------------------------------- */

static json_t *
parameter_schema(const char *type, size_t n)
{
    if (n == 4 && strncmp(type, "uuid", 4) == 0)
        return json_pack("{s:s, s:s}", "type", "string", "format", "uuid");
    if (n == 3 && strncmp(type, "int", 3) == 0)
        return json_pack("{s:s, s:i}", "type", "integer", "minimum", 0);
    return json_pack("{s:s, s:i}", "type", "string", "minLength", 1);
}

/* "/tickets/{id:uuid}" becomes "/tickets/{id}", and its parameters are added. */
static char *
read_pattern(const char *pattern, json_t *parameters)
{
    g_autoptr(GString) path = g_string_new(NULL);

    while (*pattern) {
        const char *end = *pattern == '{' ? strchr(pattern, '}') : NULL;
        if (!end) {
            g_string_append_c(path, *pattern++);
            continue;
        }
        size_t n = strcspn(pattern + 1, ":}");
        g_autofree char *name = g_strndup(pattern + 1, n);
        const char *type = pattern + 1 + n + (pattern[1 + n] == ':');
        g_string_append_printf(path, "{%s}", name);
        json_array_append_new(parameters,
                              json_pack("{s:s, s:s, s:b, s:o}", "name", name, "in",
                                        "path", "required", 1, "schema",
                                        parameter_schema(type, (size_t)(end - type))));
        pattern = end + 1;
    }
    return g_string_free(g_steal_pointer(&path), FALSE);
}

static bool
is_required(const json_t *schema, const char *name)
{
    size_t i;
    json_t *one;

    json_array_foreach(json_object_get(schema, "required"), i,
                       one) if (strcmp(json_string_value(one), name) == 0) return true;
    return false;
}

static void
add_query(const Schemas *schemas, const char *name, json_t *parameters)
{
    json_t *schema = schemas_find(schemas, name);
    const char *property;
    json_t *what;

    json_object_foreach(json_object_get(schema, "properties"), property, what)
        json_array_append_new(
            parameters,
            json_pack("{s:s, s:s, s:b, s:O*, s:O}", "name", property, "in", "query",
                      "required", (int)is_required(schema, property), "description",
                      json_object_get(what, "description"), "schema", what));
}

static bool
is_known(const struct route *route)
{
    return route->who >= WHO_LINK;
}

static json_t *
parameters_of(const Schemas *schemas, const struct route *route, char **ret_path)
{
    json_t *parameters = json_array();

    *ret_path = read_pattern(route->pattern, parameters);
    if (route->operation->query)
        add_query(schemas, route->operation->query, parameters);
    if (route->method == HTTP_POST && is_known(route))
        json_array_append_new(parameters,
                              ref("#/components/parameters/", "IdempotencyKey"));
    if (route->operation->if_match)
        json_array_append_new(parameters, ref("#/components/parameters/", "IfMatch"));
    return parameters;
}

/* --- answers ---------------------------------------------------------------------- */

static json_t *
content_of(const char *type, const char *schema)
{
    json_t *what = schema ? ref(SCHEMA_REF, schema) : json_object();
    return json_pack("{s:{s:o}}", type ? type : "application/json", "schema", what);
}

/* What a list of these is called: the one shape that every list has (api/listing.h). */
static char *
list_name(const char *item)
{
    return g_strconcat(item, "List", NULL);
}

static void
add_list(json_t *document, const char *item)
{
    json_t *components = json_object_get(document, "components");
    g_autofree char *name = list_name(item);

    json_object_set_new(json_object_get(components, "schemas"), name,
                        json_pack("{s:s, s:[ss], s:{s:{s:s, s:o}, s:o}, s:b}", "type",
                                  "object", "required", "items", "next", "properties",
                                  "items", "type", "array", "items",
                                  ref(SCHEMA_REF, item), "next", ref(SCHEMA_REF, "Next"),
                                  "additionalProperties", 0));
}

static bool
has_pages(const Schemas *schemas, const struct operation *operation)
{
    const json_t *query =
        operation->query ? schemas_find(schemas, operation->query) : NULL;
    return json_object_get(json_object_get(query, "properties"), "cursor") != NULL;
}

static json_t *
success_of(const Schemas *schemas, const struct route *route)
{
    const struct operation *operation = route->operation;
    json_t *answer = json_pack("{s:s}", "description", operation->summary);
    g_autoptr(json_t) headers = json_object();
    g_autofree char *list = operation->is_list ? list_name(operation->answer) : NULL;

    if (operation->answer || operation->answer_type)
        json_object_set_new(
            answer, "content",
            content_of(operation->answer_type, list ? list : operation->answer));
    if (operation->answer && !operation->answer_type)
        json_object_set_new(headers, "ETag", ref("#/components/headers/", "ETag"));
    if (operation->status == 201)
        json_object_set_new(headers, "Location",
                            ref("#/components/headers/", "Location"));
    if (has_pages(schemas, operation))
        json_object_set_new(headers, "Link", ref("#/components/headers/", "Link"));
    if (json_object_size(headers) > 0)
        json_object_set(answer, "headers", headers);
    return answer;
}

/* Whether this route can answer with a problem of this status. */
static bool
may_answer(const struct route *route, unsigned status)
{
    const struct operation *operation = route->operation;
    bool has_body = route->body_bytes > 0;

    switch (status) {
    case 401:
    case 403:
        return is_known(route) || has_body;
    case 404:
        return strchr(route->pattern, '{') != NULL;
    case 409:
    case 412:
        return route->method != HTTP_GET;
    case 415:
        return operation->body && !operation->body_type;
    default:
        return true; /* 422 too: no parameter is taken that is not described; and no body: 413 */
    }
}

static json_t *
answers_of(const Schemas *schemas, const struct route *route)
{
    json_t *answers = json_object();
    unsigned status = route->operation->status ? route->operation->status : 200;
    char text[32];

    if (!route->operation->answer && !route->operation->answer_type
        && !route->operation->status)
        status = 204;
    g_snprintf(text, sizeof text, "%u", status);
    json_object_set_new(answers, text, success_of(schemas, route));
    if (route->method == HTTP_GET)
        json_object_set_new(
            answers, "304",
            json_pack("{s:s}", "description", "It is still as If-None-Match has it."));
    for (size_t i = 0; i < G_N_ELEMENTS(problems); i++) {
        if (!may_answer(route, problems[i].status))
            continue;
        g_snprintf(text, sizeof text, "%u", problems[i].status);
        json_object_set_new(answers, text, ref("#/components/responses/Problem", text));
    }
    return answers;
}

/* --- operations ------------------------------------------------------------------- */

static const char *const role_texts[] = {
    [WHO_PUBLIC] = NULL,
    [WHO_ANYBODY] = NULL,
    [WHO_LINK] = "For whoever is signed in, or came with the link of one ticket.",
    [WHO_PERSON] = "For whoever is signed in.",
    [WHO_AGENT] = "For agents.",
    [WHO_ADMIN] = "For admins.",
};

/* Who may, and with what key; owned by the caller, NULL where everybody may. */
static char *
describe_who(const struct route *route)
{
    const char *role = role_texts[route->who];
    const char *scope = permit_scope_of(route->pattern);

    if (!role || route->who == WHO_LINK)
        return g_strdup(role);
    if (!scope)
        return g_strconcat(role, " No API key opens it.", NULL);
    return g_strconcat(role, " An API key needs the scope \"", scope, "\".", NULL);
}

static json_t *
operation_of(const Schemas *schemas, const struct route *route, char **ret_path)
{
    const struct operation *operation = route->operation;
    g_autoptr(json_t) parameters = parameters_of(schemas, route, ret_path);
    g_autofree char *who = describe_who(route);
    json_t *object =
        json_pack("{s:s, s:s, s:s*, s:[s], s:o}", "operationId", operation->id, "summary",
                  operation->summary, "description", who, "tags", operation->tag,
                  "responses", answers_of(schemas, route));

    if (json_array_size(parameters) > 0)
        json_object_set(object, "parameters", parameters);
    if (operation->body || operation->body_type)
        json_object_set_new(object, "requestBody",
                            json_pack("{s:b, s:o}", "required", !operation->body_optional,
                                      "content",
                                      content_of(operation->body_type, operation->body)));
    if (!is_known(route))
        json_object_set_new(object, "security", json_array());
    return object;
}

static bool
check_name(const Schemas *schemas, const struct operation *operation, const char *name,
           GError **error)
{
    return !name || schemas_find(schemas, name)
           || error_set(error, ERR_BUG, "operation %s: there is no schema %s",
                        operation->id, name);
}

/* What operations are about, in the order in which people want it. */
static const char *const tag_names[] = { "Tickets",        "Messages", "Notifications",
                                         "Account",        "Sign in",  "Desk",
                                         "Administration", "About",    NULL };

/* Also that no body comes through which is not described. */
static bool
check_operation(const Schemas *schemas, const struct route *route, GHashTable *ids,
                GError **error)
{
    const struct operation *operation = route->operation;

    if (!g_hash_table_add(ids, (void *)(uintptr_t)operation->id))
        return error_set(error, ERR_BUG, "two operations are called %s", operation->id);
    if ((route->body_bytes > 0) != (operation->body != NULL))
        return error_set(error, ERR_BUG, "operation %s: a body %s", operation->id,
                         operation->body ? "is described, but not taken"
                                         : "is taken, but not described");
    if (operation->is_list && !operation->answer)
        return error_set(error, ERR_BUG, "operation %s: a list of nothing",
                         operation->id);
    if (!g_strv_contains(tag_names, operation->tag))
        return error_set(error, ERR_BUG, "operation %s: there is no tag %s",
                         operation->id, operation->tag);
    return check_name(schemas, operation, operation->query, error)
           && check_name(schemas, operation, operation->body, error)
           && check_name(schemas, operation, operation->answer, error);
}

static void
add_operation(json_t *document, const Schemas *schemas, const struct route *route)
{
    static const char *const methods[] = { "get",    "post",    "put", "patch",
                                           "delete", "options", NULL };
    g_autofree char *path = NULL;
    json_t *operation = operation_of(schemas, route, &path);
    json_t *paths = json_object_get(document, "paths");
    json_t *item = json_object_get(paths, path);

    if (!item)
        json_object_set_new(paths, path, item = json_object());
    json_object_set_new(item, methods[route->method], operation);
    if (route->operation->is_list)
        add_list(document, route->operation->answer);
}

static json_t *
tags(void)
{
    json_t *list = json_array();

    for (const char *const *name = tag_names; *name; name++)
        json_array_append_new(list, json_pack("{s:s}", "name", *name));
    return list;
}

/* --- the document ----------------------------------------------------------------- */

const char openapi_summary[] =
    "Tickets and conversations of this help desk, for programs: what the portal shows "
    "and does, what agents do, and what admins set up. Answers are JSON, errors are "
    "problem documents (RFC 9457). Every list is {items, next}: send next as cursor for "
    "the next page. A POST with an Idempotency-Key may be sent again: it is done once "
    "and "
    "answered the same. A change with If-Match is made only to the state that was seen.";

static const char components[] =
    "{\"securitySchemes\":{"
    "\"access_token\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\","
    "\"description\":\"From createToken; good for 15 minutes.\"},"
    "\"api_key\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"pk_...\","
    "\"description\":\"A key made in the account, with scopes of its own.\"},"
    "\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"__Host-session\","
    "\"description\":\"The portal's own pages; changes want X-CSRF-Token too.\"}},"
    "\"parameters\":{"
    "\"IdempotencyKey\":{\"name\":\"Idempotency-Key\",\"in\":\"header\","
    "\"required\":false,\"description\":\"A text that no other request of this person "
    "has had for a day. The same request with the same key is done once and answered "
    "the same.\",\"schema\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":255}},"
    "\"IfMatch\":{\"name\":\"If-Match\",\"in\":\"header\",\"required\":false,"
    "\"description\":\"The ETag of what was read: the change is made only if it is still "
    "so.\",\"schema\":{\"type\":\"string\"}}},"
    "\"headers\":{"
    "\"ETag\":{\"description\":\"Names this state, for If-None-Match and If-Match.\","
    "\"schema\":{\"type\":\"string\"}},"
    "\"Link\":{\"description\":\"The next page (RFC 8288, rel=next), where there is "
    "one.\",\"schema\":{\"type\":\"string\"}},"
    "\"Location\":{\"description\":\"Where the new thing is.\","
    "\"schema\":{\"type\":\"string\"}}}}";

static json_t *
problem_answers(void)
{
    json_t *answers = json_object();

    for (size_t i = 0; i < G_N_ELEMENTS(problems); i++) {
        g_autofree char *name = g_strdup_printf("Problem%u", problems[i].status);
        json_object_set_new(answers, name,
                            json_pack("{s:s, s:o}", "description",
                                      problems[i].description, "content",
                                      content_of("application/problem+json", "Problem")));
    }
    return answers;
}

static json_t *
new_document(const Schemas *schemas)
{
    json_t *common = json_loads(components, 0, NULL);

    json_object_set_new(common, "schemas", json_copy(schemas_all(schemas)));
    json_object_set_new(common, "responses", problem_answers());
    return json_pack("{s:s, s:{s:s, s:s, s:s}, s:[{s:s}], s:[{s:[]}, {s:[]}, {s:[]}], "
                     "s:o, s:{}, s:{s:s, s:s}, s:o}",
                     "openapi", "3.1.0", "info", "title", "Postern", "version", "1",
                     "description", openapi_summary, "servers", "url", "/", "security",
                     "access_token", "api_key", "session", "tags", tags(), "paths",
                     "externalDocs", "url", "/api/v1/docs", "description",
                     "The same, to be read", "components", common);
}

char *
openapi_format(struct route_table table, const Schemas *schemas, GError **error)
{
    g_autoptr(json_t) document = new_document(schemas);
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);

    for (size_t i = 0; i < table.n; i++) {
        const struct operation *operation = table.routes[i].operation;
        if (!operation)
            continue;
        if (!check_operation(schemas, &table.routes[i], ids, error))
            return NULL;
        add_operation(document, schemas, &table.routes[i]);
    }
    char *text = json_dumps(document, JSON_COMPACT);
    char *owned = g_strdup(text); /* of our allocator, as all of the house */
    free(text);
    return owned;
}

/* --- the route -------------------------------------------------------------------- */

static Reply *
description_get(const struct request *request, GError **error)
{
    (void)error;
    return reply_json(200, site_description(request->site));
}

static const struct operation description_operation = {
    .id = "getApiDescription",
    .summary = "This description",
    .tag = "About",
    .answer = "ApiDescription",
};
static const struct route routes[] = {
    { HTTP_GET, "/api/v1/openapi.json", WHO_PUBLIC, description_get, 0,
      &description_operation },
};
const struct route_table openapi_routes = { routes, G_N_ELEMENTS(routes) };
