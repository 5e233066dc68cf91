#include "portald/http/input.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "portald/http/routes.h"
#include "portald/http/schema.h"

static const struct operation *
operation_of(const struct request *request)
{
    return request->route ? request->route->operation : NULL;
}

static bool
wants_json(const struct request *request)
{
    const struct operation *operation = operation_of(request);
    return operation && operation->body && !operation->body_type;
}

/* "application/json", whatever parameters follow (RFC 8259 §11 defines none). */
static bool
is_json(const char *type)
{
    static const char json[] = "application/json";
    if (!type || g_ascii_strncasecmp(type, json, strlen(json)) != 0)
        return false;
    char next = type[strlen(json)];
    return next == '\0' || next == ';' || next == ' ';
}

static bool
is_too_deep(const json_t *value, int left)
{
    const char *name;
    json_t *part;
    size_t i;

    if (!json_is_object(value) && !json_is_array(value))
        return false;
    if (left == 0)
        return true;
    json_array_foreach(value, i, part) if (is_too_deep(part, left - 1)) return true;
    json_object_foreach((json_t *)(uintptr_t)value, name,
                        part) if (is_too_deep(part, left - 1)) return true;
    return false;
}

static bool
read_json(struct request *request, GError **error)
{
    json_error_t where;

    request->json =
        json_loadb(request->body.p, request->body.n, JSON_REJECT_DUPLICATES, &where);
    if (!request->json)
        return error_set(error, ERR_REJECT, "the body is no JSON: line %d, %s",
                         where.line, where.text);
    return !is_too_deep(request->json, LIMIT_JSON_DEPTH)
           || error_set(error, ERR_REJECT, "the JSON of the body is nested too deep");
}

Reply *
input_read(struct request *request, GError **error)
{
    const char *type = request_header(request, "Content-Type");

    if (request->body.n == 0)
        return NULL;
    if (is_json(type))
        read_json(request, error);
    else if (wants_json(request))
        return reply_problem(415, "the body must be application/json");
    else
        request->form = form_parse(type, request->body, error);
    return NULL;
}

static Reply *
reply_of(const Flaws *flaws)
{
    struct reply_flaw list[LIMIT_FLAWS];

    for (guint i = 0; i < flaws->len; i++) {
        const struct schema_flaw *flaw = &g_array_index(flaws, struct schema_flaw, i);
        list[i] = (struct reply_flaw){ flaw->pointer, flaw->detail };
    }
    return reply_flaws(list, flaws->len);
}

/* A condition is heeded or refused, never passed over: what has no ETag is in no state that
   could be named, so it is not in this one. */
static bool
names_no_state(const struct request *request)
{
    return !request_is_safe(request) && !operation_of(request)->if_match
           && request_header(request, "If-Match");
}

Reply *
input_check(struct request *request)
{
    const struct operation *operation = operation_of(request);
    g_autoptr(GArray) flaws = flaws_new();

    if (!operation)
        return NULL;
    if (names_no_state(request))
        return reply_problem(412, "there is no ETag of this: send it without If-Match");
    const Schemas *schemas = site_schemas(request->site);
    request->arguments =
        schema_read_query(schemas, operation->query, request->query, flaws);
    if (wants_json(request) && (request->json || !operation->body_optional))
        schema_check(schemas, operation->body, request->json, flaws);
    return flaws->len ? reply_of(flaws) : NULL;
}
