#include "portald/http/request.h"

#include <string.h>

static const char *const method_names[] = {
    [HTTP_GET] = "GET",     [HTTP_POST] = "POST",     [HTTP_PUT] = "PUT",
    [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE", [HTTP_OPTIONS] = "OPTIONS",
    [HTTP_OTHER] = "",
};

enum http_method
http_method_parse(const char *name)
{
    if (strcmp(name, "HEAD") == 0)
        return HTTP_GET;
    for (enum http_method method = HTTP_GET; method < HTTP_OTHER; method++)
        if (strcmp(name, method_names[method]) == 0)
            return method;
    return HTTP_OTHER;
}

const char *
http_method_name(enum http_method method)
{
    return method_names[method];
}

const char *
request_header(const struct request *request, const char *name)
{
    return request->fields ? values_get_nocase(request->fields, name) : NULL;
}

const char *
request_query(const struct request *request, const char *name)
{
    return request->query ? values_get(request->query, name) : NULL;
}

const char *
request_cookie(const struct request *request, const char *name)
{
    return request->cookies ? values_get(request->cookies, name) : NULL;
}

const char *
request_field(const struct request *request, const char *name)
{
    return request->form ? values_get(request->form->values, name) : NULL;
}

bool
request_is_safe(const struct request *request)
{
    return request->method == HTTP_GET || request->method == HTTP_OPTIONS;
}

bool
request_is_api(const struct request *request)
{
    return g_str_has_prefix(request->path, "/api/");
}

void
caller_clear(struct caller *caller)
{
    char *texts[] = { caller->tenant_name, caller->tenant_title, caller->name,
                      caller->address,     caller->locale,       caller->time_zone,
                      caller->theme,       caller->csrf,         caller->signed_in_as,
                      caller->link_address };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    *caller = (struct caller){ 0 };
}

void
request_clear(struct request *request)
{
    for (size_t i = 0; i < REQUEST_PARAMS; i++)
        g_clear_pointer(&request->params[i], g_free);
    g_clear_pointer(&request->path, g_free);
    g_clear_pointer(&request->fields, g_array_unref);
    g_clear_pointer(&request->query, g_array_unref);
    g_clear_pointer(&request->cookies, g_array_unref);
    g_clear_pointer(&request->form, form_free);
    g_clear_pointer(&request->json, json_decref);
    g_clear_pointer(&request->arguments, json_decref);
    g_clear_pointer(&request->host, g_free);
    g_clear_pointer(&request->origin, g_free);
    g_clear_pointer(&request->peer, g_free);
    caller_clear(&request->caller);
}
