#include "portald/http/routes.h"

#include <string.h>

#include "common/base/error.h"

void
routes_clear_params(char *params[REQUEST_PARAMS])
{
    for (size_t i = 0; i < REQUEST_PARAMS; i++)
        g_clear_pointer(&params[i], g_free);
}

/* Cut the next segment, without its slash, off *rest. False at the end. */
static bool
next_segment(const char **rest, struct slice *ret_segment)
{
    if (**rest != '/')
        return false;
    const char *start = *rest + 1;
    size_t n = strcspn(start, "/");
    *ret_segment = (struct slice){ start, n };
    *rest = start + n;
    return true;
}

static bool
is_param(struct slice segment)
{
    return segment.n > 2 && segment.p[0] == '{' && segment.p[segment.n - 1] == '}';
}

/* Whether a segment is of the type that its {name:type} asks for. */
static bool
fits(struct slice param, struct slice segment)
{
    struct slice type = slice_sub(param, 0, param.n - 1);
    const char *colon = memchr(param.p, ':', param.n);
    struct uuid uuid;

    if (!colon)
        return segment.n > 0;
    type = slice_sub(type, (size_t)(colon - param.p) + 1, type.n);
    if (slice_equal_nocase(type, "uuid"))
        return uuid_parse(segment, &uuid);
    for (size_t i = 0; i < segment.n; i++)
        if (!g_ascii_isdigit(segment.p[i]))
            return false;
    return segment.n > 0 && segment.n <= 18;
}

/* Whether the path fits; then its parameters, still encoded, are in ret_params. */
static bool
match(const char *pattern, const char *path, struct slice ret_params[REQUEST_PARAMS],
      size_t *ret_n)
{
    struct slice want = { 0 };
    struct slice got = { 0 };
    size_t n = 0;

    while (next_segment(&pattern, &want)) {
        if (!next_segment(&path, &got))
            return false;
        if (is_param(want)) {
            if (!fits(want, got) || n == REQUEST_PARAMS)
                return false;
            ret_params[n++] = got;
        } else if (!slice_equal(want, got)) {
            return false;
        }
    }
    *ret_n = n;
    return *path == '\0';
}

static bool
decode_params(const struct slice *encoded, size_t n, char *ret_params[REQUEST_PARAMS],
              GError **error)
{
    char *params[REQUEST_PARAMS] = { NULL };

    for (size_t i = 0; i < n; i++) {
        g_autoptr(GBytes) bytes =
            g_uri_unescape_bytes(encoded[i].p, (gssize)encoded[i].n, NULL, NULL);
        gsize size = 0;
        const char *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;
        /* g_utf8_validate takes a NUL for an error too */
        if (!data || !g_utf8_validate(data, (gssize)size, NULL)) {
            routes_clear_params(params);
            return error_set(error, ERR_REJECT, "the path is not UTF-8");
        }
        params[i] = g_strndup(data, size);
    }
    memcpy(ret_params, params, sizeof params);
    return true;
}

const struct route *
routes_find(struct route_table table, enum http_method method, const char *path,
            char *ret_params[REQUEST_PARAMS], GError **error)
{
    struct slice params[REQUEST_PARAMS] = { 0 };
    size_t n = 0;
    bool other_method = false;

    for (size_t i = 0; i < table.n; i++) {
        const struct route *route = &table.routes[i];
        if (!match(route->pattern, path, params, &n))
            continue;
        if (route->method == method)
            return decode_params(params, n, ret_params, error) ? route : NULL;
        other_method = true;
    }
    if (other_method)
        error_set(error, ERR_DENIED, "this is not done here that way");
    else
        error_set(error, ERR_MISSING, "there is nothing here");
    return NULL;
}

struct route_table
routes_join(const struct route_table *const *tables, size_t n)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(struct route));

    for (size_t i = 0; i < n; i++)
        g_array_append_vals(all, tables[i]->routes, (guint)tables[i]->n);
    struct route_table joined = { .n = all->len };
    joined.routes = (const struct route *)(void *)g_array_free(all, FALSE);
    return joined;
}

char *
routes_allow(struct route_table table, const char *path)
{
    struct slice params[REQUEST_PARAMS] = { 0 };
    size_t n = 0;
    g_autoptr(GString) allow = g_string_new(NULL);

    for (size_t i = 0; i < table.n; i++) {
        if (!match(table.routes[i].pattern, path, params, &n))
            continue;
        g_string_append_printf(allow, "%s, ", http_method_name(table.routes[i].method));
        if (table.routes[i].method == HTTP_GET)
            g_string_append(allow, "HEAD, ");
    }
    if (allow->len == 0)
        return NULL;
    g_string_append(allow, "OPTIONS");
    return g_string_free(g_steal_pointer(&allow), FALSE);
}
