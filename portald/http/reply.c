#include "portald/http/reply.h"

#include <jansson.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/crypto.h"
#include "common/base/error.h"

/* On every answer, unless a handler says otherwise: nothing is loaded from elsewhere, no
   other site may frame it or read it, and no cache keeps it. */
static const struct {
    const char *name, *value;
} common_fields[] = {
    { "Cache-Control", "no-store" },
    { "Content-Security-Policy", "default-src 'none'; base-uri 'none'; "
                                 "form-action 'self'; frame-ancestors 'none'" },
    { "Cross-Origin-Opener-Policy", "same-origin" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
    { "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()" },
    { "Referrer-Policy", "no-referrer" },
    { "X-Content-Type-Options", "nosniff" },
    { "X-Frame-Options", "DENY" },
};

static const struct {
    unsigned status;
    const char *text;
} status_texts[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 204, "No Content" },
    { 206, "Partial Content" },
    { 303, "See Other" },
    { 304, "Not Modified" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 406, "Not Acceptable" },
    { 409, "Conflict" },
    { 410, "Gone" },
    { 412, "Precondition Failed" },
    { 413, "Content Too Large" },
    { 415, "Unsupported Media Type" },
    { 416, "Range Not Satisfiable" },
    { 421, "Misdirected Request" },
    { 422, "Unprocessable Content" },
    { 428, "Precondition Required" },
    { 429, "Too Many Requests" },
    { 500, "Internal Server Error" },
    { 503, "Service Unavailable" },
};

static const struct {
    enum error_code code;
    unsigned status;
    bool for_outside; /* the message is about the request, not about us */
} error_statuses[] = {
    { ERR_RETRY, 503, false },  { ERR_REJECT, 400, true },   { ERR_DENIED, 403, true },
    { ERR_MISSING, 404, true }, { ERR_CONFLICT, 409, true }, { ERR_OUTDATED, 412, true },
};

static void
field_clear(void *data)
{
    struct reply_field *field = data;
    g_free(field->name);
    g_free(field->value);
}

Reply *
reply_new(unsigned status, const char *type, GBytes *body)
{
    Reply *reply = g_new0(Reply, 1);

    reply->status = status;
    reply->body = g_bytes_ref(body);
    reply->fields = g_array_new(FALSE, FALSE, sizeof(struct reply_field));
    g_array_set_clear_func(reply->fields, field_clear);
    for (size_t i = 0; i < G_N_ELEMENTS(common_fields); i++)
        reply_set(reply, common_fields[i].name, common_fields[i].value);
    reply_set(reply, "Content-Type", type);
    return reply;
}

Reply *
reply_text(unsigned status, const char *type, const char *body)
{
    g_autoptr(GBytes) bytes = g_bytes_new(body, strlen(body));
    return reply_new(status, type, bytes);
}

void
reply_free(Reply *reply)
{
    if (!reply)
        return;
    if (reply->stream)
        reply->stream->free(reply->stream);
    g_array_unref(reply->fields);
    g_bytes_unref(reply->body);
    g_free(reply);
}

static struct reply_field *
find_field(const Reply *reply, const char *name)
{
    for (guint i = 0; i < reply->fields->len; i++) {
        struct reply_field *field = &g_array_index(reply->fields, struct reply_field, i);
        if (g_ascii_strcasecmp(field->name, name) == 0)
            return field;
    }
    return NULL;
}

void
reply_add(Reply *reply, const char *name, const char *value)
{
    for (const char *c = value; *c; c++)
        g_assert((unsigned char)*c >= ' ' && *c != 0x7f);

    struct reply_field added = { g_strdup(name), g_strdup(value) };
    g_array_append_val(reply->fields, added);
}

void
reply_set(Reply *reply, const char *name, const char *value)
{
    for (guint i = reply->fields->len; i-- > 0;) {
        struct reply_field *field = &g_array_index(reply->fields, struct reply_field, i);
        if (g_ascii_strcasecmp(field->name, name) == 0)
            g_array_remove_index(reply->fields, i);
    }
    reply_add(reply, name, value);
}

const char *
reply_find(const Reply *reply, const char *name)
{
    const struct reply_field *field = find_field(reply, name);
    return field ? field->value : NULL;
}

const char *
reply_status_text(unsigned status)
{
    for (size_t i = 0; i < G_N_ELEMENTS(status_texts); i++)
        if (status_texts[i].status == status)
            return status_texts[i].text;
    return "";
}

char *
reply_etag(const char *json)
{
    g_autofree char *digest = crypto_sha256_hex(slice_from(json));
    return g_strdup_printf("\"%.22s\"", digest);
}

Reply *
reply_json(unsigned status, const char *json)
{
    Reply *reply = reply_text(status, "application/json", json);
    g_autofree char *etag = reply_etag(json);

    reply_set(reply, "ETag", etag);
    reply_set(reply, "Cache-Control", "private, no-cache");
    return reply;
}

Reply *
reply_streamed(unsigned status, const char *type, struct reply_stream *stream)
{
    Reply *reply = reply_text(status, type, "");
    reply->stream = stream;
    return reply;
}

Reply *
reply_see_other(const char *path)
{
    Reply *reply = reply_text(303, "text/plain; charset=utf-8", "");
    reply_set(reply, "Location", path);
    return reply;
}

Reply *
reply_no_content(void)
{
    return reply_text(204, "text/plain; charset=utf-8", "");
}

bool
reply_is_problem(const Reply *reply)
{
    const char *type = reply_find(reply, "Content-Type");
    return type && strcmp(type, "application/problem+json") == 0;
}

void
reply_set_page_policy(Reply *reply)
{
    reply_set(reply, "Content-Security-Policy",
              "default-src 'none'; script-src 'self'; style-src 'self'; "
              "img-src 'self' data:; connect-src 'self'; manifest-src 'self'; "
              "worker-src 'self'; frame-src 'self'; object-src 'none'; "
              "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
              "require-trusted-types-for 'script'; trusted-types postern");
    reply_set(reply, "Referrer-Policy", "same-origin");
}

static Reply *
problem_of(unsigned status, json_t *problem)
{
    char *text = json_dumps(problem, JSON_COMPACT);
    Reply *reply = reply_text(status, "application/problem+json", text);

    free(text);
    return reply;
}

Reply *
reply_flaws(const struct reply_flaw *flaws, size_t n)
{
    g_autoptr(json_t) problem =
        json_pack("{s:s, s:s, s:i, s:s, s:[]}", "type", "about:blank", "title",
                  reply_status_text(422), "status", 422, "detail",
                  n ? flaws[0].detail : "the request is not as it must be", "errors");
    for (size_t i = 0; i < n; i++) {
        bool in_query = *flaws[i].pointer == '?';
        json_array_append_new(json_object_get(problem, "errors"),
                              json_pack("{s:s, s:s}", in_query ? "parameter" : "pointer",
                                        flaws[i].pointer + in_query, "detail",
                                        flaws[i].detail));
    }
    return problem_of(422, problem);
}

Reply *
reply_problem(unsigned status, const char *detail)
{
    g_autoptr(json_t) problem =
        json_pack("{s:s, s:s, s:i, s:s*}", "type", "about:blank", "title",
                  reply_status_text(status), "status", (int)status, "detail", detail);
    g_assert(problem); /* our messages are UTF-8 */
    return problem_of(status, problem);
}

Reply *
reply_error(const GError *error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(error_statuses); i++) {
        if (!error_is(error, error_statuses[i].code))
            continue;
        Reply *reply =
            reply_problem(error_statuses[i].status,
                          error_statuses[i].for_outside ? error->message : NULL);
        if (error_statuses[i].status == 503)
            reply_set(reply, "Retry-After", "5");
        return reply;
    }
    return reply_problem(500, NULL);
}
