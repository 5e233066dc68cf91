#include "portald/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "portald/guard.h"

struct Server {
    struct MHD_Daemon *daemon;
    Site *site;
    struct route_table table;
    _Atomic int in_hand;
};

/* One request, from its fields to the last byte of its answer. */
struct exchange {
    struct request request;
    const struct route *route; /* NULL: refused before one was found */
    GByteArray *body;
    Reply *reply; /* as soon as it is known */
    int64_t began_us;
};

/* --- the exchange ----------------------------------------------------------------- */

static struct exchange *
exchange_new(Server *server)
{
    struct exchange *exchange = g_new0(struct exchange, 1);

    exchange->request.site = server->site;
    exchange->body = g_byte_array_new();
    exchange->began_us = clock_ticks_us();
    atomic_fetch_add(&server->in_hand, 1);
    return exchange;
}

static void
exchange_free(struct exchange *exchange)
{
    routes_clear_params(exchange->request.params);
    g_byte_array_unref(exchange->body);
    reply_free(exchange->reply);
    g_free(exchange);
}

static void
log_exchange(const struct exchange *exchange)
{
    const char *pattern = exchange->route ? exchange->route->pattern : "";
    int64_t spent_us = clock_ticks_us() - exchange->began_us;

    log_info("http request",
             log_str("method", http_method_name(exchange->request.method)),
             log_str("route", pattern), log_int("status", exchange->reply->status),
             log_int("bytes", (int64_t)g_bytes_get_size(exchange->reply->body)),
             log_int("us", spent_us));
}

static void
count_exchange(Site *site, const struct exchange *exchange)
{
    site_count(site, SITE_REQUESTS, 1);
    site_count(site, SITE_BYTES, (int64_t)g_bytes_get_size(exchange->reply->body));
    if (exchange->reply->status >= 500)
        site_count(site, SITE_REQUESTS_FAILED, 1);
    else if (exchange->reply->status >= 400)
        site_count(site, SITE_REQUESTS_REFUSED, 1);
}

/* --- what is answered ------------------------------------------------------------- */

static enum MHD_Result
see_field(void *data, enum MHD_ValueKind kind, const char *name, size_t name_n,
          const char *value, size_t value_n)
{
    struct guard *guard = data;

    (void)kind;
    guard_see(guard, (struct slice){ name, name_n }, (struct slice){ value, value_n });
    return MHD_YES;
}

/* The connection ends with the answer: what follows on it can't be trusted, or not read. */
static Reply *
last_reply(Reply *reply)
{
    reply_set(reply, "Connection", "close");
    return reply;
}

static Reply *
answer_other_method(const Server *server, enum http_method method, const char *path)
{
    g_autofree char *allow = routes_allow(server->table, path);
    Reply *reply = method == HTTP_OPTIONS
                       ? reply_text(204, "text/plain; charset=utf-8", "")
                       : last_reply(reply_problem(405, "this is not done here that way"));

    reply_set(reply, "Allow", allow);
    return reply;
}

/* Look at the fields of a request; sets exchange->reply where nothing more is needed. */
static void
begin(const Server *server, struct exchange *exchange, struct MHD_Connection *connection,
      const char *path, const char *method, const char *version)
{
    struct guard guard = { 0 };
    g_autoptr(GError) error = NULL;
    struct request *request = &exchange->request;

    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, see_field, &guard);
    const char *problem = guard_problem(&guard, version);
    if (problem) {
        exchange->reply = last_reply(reply_problem(400, problem));
        return;
    }
    request->method = http_method_parse(method);
    exchange->route =
        routes_find(server->table, request->method, path, request->params, &error);
    if (error_is(error, ERR_DENIED))
        exchange->reply = answer_other_method(server, request->method, path);
    else if (error)
        exchange->reply = last_reply(reply_error(error));
    else if (guard.length > exchange->route->body_bytes
             || (guard.chunked && exchange->route->body_bytes == 0))
        exchange->reply = last_reply(reply_problem(413, NULL));
}

static void
take_body(struct exchange *exchange, const char *data, size_t n)
{
    if (exchange->reply)
        return;
    if (exchange->body->len + n > exchange->route->body_bytes)
        exchange->reply = last_reply(reply_problem(413, NULL));
    else
        g_byte_array_append(exchange->body, (const uint8_t *)data, (guint)n);
}

static void
answer(struct exchange *exchange)
{
    g_autoptr(GError) error = NULL;
    struct request *request = &exchange->request;

    request->body =
        (struct slice){ (const char *)exchange->body->data, exchange->body->len };
    exchange->reply = exchange->route->handler(request, &error);
    if (exchange->reply)
        return;
    exchange->reply = reply_error(error);
    if (exchange->reply->status >= 500)
        log_error("http request failed", log_str("route", exchange->route->pattern),
                  log_error_field(error));
}

/* --- libmicrohttpd ---------------------------------------------------------------- */

static enum MHD_Result
queue_reply(struct MHD_Connection *connection, const Reply *reply)
{
    gsize n = 0;
    const void *bytes = g_bytes_get_data(reply->body, &n);
    /* The exchange, and so the body, lives until the answer is sent. */
    struct MHD_Response *response = MHD_create_response_from_buffer(
        n, (void *)(uintptr_t)bytes, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;

    for (guint i = 0; i < reply->fields->len; i++) {
        const struct reply_field *field =
            &g_array_index(reply->fields, struct reply_field, i);
        MHD_add_response_header(response, field->name, field->value);
    }
    enum MHD_Result queued = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    return queued;
}

/* Called once with the fields, then for each piece of the body, then for the answer. */
static enum MHD_Result
on_request(void *data, struct MHD_Connection *connection, const char *path,
           const char *method, const char *version, const char *upload, size_t *upload_n,
           void **memory)
{
    Server *server = data;
    struct exchange *exchange = *memory;

    if (!exchange) {
        exchange = exchange_new(server);
        *memory = exchange;
        begin(server, exchange, connection, path, method, version);
        return exchange->reply ? queue_reply(connection, exchange->reply) : MHD_YES;
    }
    if (*upload_n > 0) {
        take_body(exchange, upload, *upload_n);
        *upload_n = 0;
        return MHD_YES;
    }
    if (!exchange->reply)
        answer(exchange);
    return queue_reply(connection, exchange->reply);
}

static void
on_completed(void *data, struct MHD_Connection *connection, void **memory,
             enum MHD_RequestTerminationCode code)
{
    Server *server = data;
    struct exchange *exchange = *memory;

    (void)connection;
    (void)code;
    if (!exchange)
        return; /* not even its fields came */
    if (exchange->reply) {
        log_exchange(exchange);
        count_exchange(server->site, exchange);
    }
    exchange_free(exchange);
    *memory = NULL;
    atomic_fetch_sub(&server->in_hand, 1);
}

/* Paths stay as they were sent: routes decode them segment by segment. */
static size_t
leave_escaped(void *data, struct MHD_Connection *connection, char *text)
{
    (void)data;
    (void)connection;
    return strlen(text);
}

static void G_GNUC_PRINTF(2, 0)
    on_library_log(void *data, const char *format, va_list args)
{
    (void)data;
    g_autofree char *text = g_strdup_vprintf(format, args);
    log_debug("http library", log_str("message", g_strchomp(text)));
}

/* --- life ------------------------------------------------------------------------- */

static int
listen_on(const struct addrinfo *address)
{
    int one = 1;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, 512) == 0)
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static int
open_listener(const struct config_portal *portal, GError **error)
{
    struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
                              .ai_socktype = SOCK_STREAM };
    struct addrinfo *addresses = NULL;
    char port[8];

    snprintf(port, sizeof port, "%u", portal->listen_port);
    int failed = getaddrinfo(portal->listen_host, port, &hints, &addresses);
    if (failed) {
        error_set(error, ERR_REJECT, "[portal] listen: %s: %s", portal->listen_host,
                  gai_strerror(failed));
        return -1;
    }
    int fd = listen_on(addresses);
    if (fd < 0)
        error_set(error, ERR_CONFLICT, "can't listen on %s:%s: %s", portal->listen_host,
                  port, g_strerror(errno));
    freeaddrinfo(addresses);
    return fd;
}

Server *
server_start(Site *site, struct route_table table, GError **error)
{
    const struct config_portal *portal = &site_config(site)->portal;
    int fd = open_listener(portal, error);
    if (fd < 0)
        return NULL;

    Server *server = g_new0(Server, 1);
    server->site = site;
    server->table = table;
    /* clang-format off */
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG, 0, NULL, NULL,
        on_request, server,
        MHD_OPTION_EXTERNAL_LOGGER, on_library_log, NULL, /* first: it is used at once */
        MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_THREAD_POOL_SIZE, (unsigned)portal->threads,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)LIMIT_HTTP_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)LIMIT_HTTP_IDLE_SECONDS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)LIMIT_HTTP_HEADER_BYTES,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_END);
    /* clang-format on */
    if (server->daemon)
        return server;
    close(fd);
    g_free(server);
    error_set(error, ERR_BUG, "the HTTP library does not start");
    return NULL;
}

void
server_stop(Server *server)
{
    if (!server)
        return;
    int listener = MHD_quiesce_daemon(server->daemon);
    int64_t end = clock_ticks_us() + LIMIT_HTTP_STOP_SECONDS * CLOCK_SECOND;

    while (atomic_load(&server->in_hand) > 0 && clock_ticks_us() < end)
        g_usleep(10000);
    MHD_stop_daemon(server->daemon);
    if (listener >= 0)
        close(listener);
    g_free(server);
}
