#include "portald/server/reading.h"

#include <netdb.h>
#include <string.h>

#include "common/base/limits.h"

static enum MHD_Result
see_field(void *data, enum MHD_ValueKind kind, const char *name, size_t name_n,
          const char *value, size_t value_n)
{
    struct reading *reading = data;
    struct slice field = { name, name_n }, text = { value ? value : "", value_n };

    (void)kind;
    guard_see(&reading->guard, field, text);
    if (reading->request->fields->len < LIMIT_HTTP_VALUES)
        values_add(reading->request->fields, field, text);
    return MHD_YES;
}

static const struct sockaddr *
address_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : NULL;
}

/* A field that only a proxy of our own is believed; NULL from everybody else. */
static const char *
proxy_field(const struct reading *reading, const char *name)
{
    const struct sockaddr *address = address_of(reading->connection);
    return address && peers_allow(reading->proxies, address)
               ? request_header(reading->request, name)
               : NULL;
}

/* Where the client is: the peer of the connection, or whom a proxy on our side speaks for.
   Each proxy adds whom it saw behind what it got, so the last one is who ours saw. */
static char *
peer_of(const struct reading *reading)
{
    const struct sockaddr *address = address_of(reading->connection);
    const char *chain = proxy_field(reading, "X-Forwarded-For");
    const char *last = chain ? strrchr(chain, ',') : NULL;
    struct slice said = slice_trim(slice_from(last ? last + 1 : chain ? chain : ""));

    if (said.n > 0 && said.n < NI_MAXHOST)
        return slice_dup(said);
    return address ? peer_name(address) : g_strdup("");
}

/* Host without its port, lower case; what names us in links and in Origin. */
static void
read_host(struct request *request)
{
    const char *field = request_header(request, "Host");
    g_autofree char *lower = g_ascii_strdown(field ? field : "", -1);
    const char *end = *lower == '[' ? strchr(lower, ']') : strchr(lower, ':');

    request->origin =
        g_strdup_printf("%s://%s", request->is_https ? "https" : "http", lower);
    request->host =
        end ? g_strndup(lower, (size_t)(end - lower) + (*lower == '[')) : g_strdup(lower);
}

/* Percent signs in a query are decoded by us: the library's way loses NULs. */
static enum MHD_Result
see_argument(void *data, enum MHD_ValueKind kind, const char *name, size_t name_n,
             const char *value, size_t value_n)
{
    GString *query = data;

    (void)kind;
    g_string_append_printf(query, "%s%.*s%s%.*s", query->len ? "&" : "", (int)name_n,
                           name, value ? "=" : "", (int)value_n, value ? value : "");
    return MHD_YES;
}

bool
reading_do(struct reading *reading, const char *path, const char *method)
{
    struct request *request = reading->request;
    g_autoptr(GString) query = g_string_new(NULL);

    request->method = http_method_parse(method);
    request->path = g_strdup(path);
    request->fields = values_new();
    request->query = values_new();
    request->cookies = values_new();
    MHD_get_connection_values_n(reading->connection, MHD_HEADER_KIND, see_field, reading);
    MHD_get_connection_values_n(reading->connection, MHD_GET_ARGUMENT_KIND, see_argument,
                                query);
    request->peer = peer_of(reading);
    const char *proto = proxy_field(reading, "X-Forwarded-Proto");
    request->is_https = reading->is_https || (proto && strcmp(proto, "https") == 0);
    read_host(request);
    values_parse_cookies(request->cookies, slice_from(request_header(request, "Cookie")));
    for (guint i = 0; i < request->fields->len; i++)
        if (!g_utf8_validate(g_array_index(request->fields, struct value, i).value, -1,
                             NULL))
            return false;
    return g_utf8_validate(path, -1, NULL)
           && values_parse_form(request->query, (struct slice){ query->str, query->len },
                                NULL);
}
