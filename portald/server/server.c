#include "portald/server/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/base/peers.h"
#include "portald/api/once.h"
#include "portald/auth/caller.h"
#include "portald/auth/csrf.h"
#include "portald/auth/rate.h"
#include "portald/http/conditional.h"
#include "portald/http/input.h"
#include "portald/live/hub.h"
#include "portald/pages/page.h"
#include "portald/server/body.h"
#include "portald/server/reading.h"
#include "portald/server/stream.h"
#include "portald/server/watch.h"

struct Server {
    struct MHD_Daemon *daemon;
    Site *site;
    struct route_table table;
    Peers *proxies;
    Watch *watch;
    GBytes *certificate, *key; /* of our own TLS, PEM; NULL: none */
    _Atomic int in_hand;
};

/* One request, from its fields to the last byte of its answer. */
struct exchange {
    struct request request;
    const struct route *route; /* NULL: refused before one was found */
    struct watched *watched;
    struct body body;
    Reply *reply; /* as soon as it is known */
    int64_t began_us;
};

/* --- the exchange ----------------------------------------------------------------- */

static struct exchange *
exchange_new(Server *server)
{
    struct exchange *exchange = g_new0(struct exchange, 1);

    exchange->request.site = server->site;
    exchange->began_us = clock_ticks_us();
    atomic_fetch_add(&server->in_hand, 1);
    return exchange;
}

static void
exchange_free(struct exchange *exchange)
{
    once_free(exchange->request.once);
    request_clear(&exchange->request);
    body_clear(&exchange->body);
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

/* The connection ends with the answer: what follows on it can't be trusted, or not read. */
static Reply *
last_reply(Reply *reply)
{
    reply_set(reply, "Connection", "close");
    return reply;
}

static Reply *
answer_other_method(const Server *server, const struct request *request)
{
    g_autofree char *allow = routes_allow(server->table, request->path);
    Reply *reply = request->method == HTTP_OPTIONS
                       ? reply_text(204, "text/plain; charset=utf-8", "")
                       : last_reply(reply_problem(405, "this is not done here that way"));

    reply_set(reply, "Allow", allow);
    return reply;
}

static Reply *
find_route(const Server *server, struct exchange *exchange)
{
    struct request *request = &exchange->request;
    g_autoptr(GError) error = NULL;

    exchange->route = routes_find(server->table, request->method, request->path,
                                  request->params, &error);
    request->route = exchange->route;
    if (error_is(error, ERR_DENIED))
        return answer_other_method(server, request);
    return error ? last_reply(reply_error(error)) : NULL;
}

/* Who asks, and whether they may; before a byte of the body is taken. */
static Reply *
find_caller(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    g_autoptr(GError) error = NULL;

    if (exchange->route->who == WHO_PUBLIC)
        return NULL;
    if (!caller_find(request, &error)) {
        log_warning("caller not found", log_error_field(error));
        return last_reply(reply_error(error));
    }
    Reply *refusal = caller_permit(request);
    if (!refusal && !(refusal = rate_check_request(request, &error)) && error)
        refusal = reply_error(error);
    return refusal ? last_reply(refusal) : NULL;
}

/* Look at the fields of a request; the answer, where nothing more is needed. */
static Reply *
begin(const Server *server, struct exchange *exchange, const struct guard *guard,
      const char *version)
{
    const char *problem = guard_problem(guard, version);
    if (problem)
        return last_reply(reply_problem(400, problem));

    Reply *reply = find_route(server, exchange);
    if (!reply
        && (guard->length > exchange->route->body_bytes
            || (guard->chunked && exchange->route->body_bytes == 0)))
        reply = last_reply(reply_problem(
            413, exchange->route->body_bytes == 0 ? "no body is taken here" : NULL));
    return reply ? reply : find_caller(exchange);
}

static void
take_body(struct exchange *exchange, const char *data, size_t n)
{
    if (exchange->reply)
        return;
    if (exchange->body.n + n > exchange->route->body_bytes)
        exchange->reply = last_reply(reply_problem(413, NULL));
    else if (!body_append(&exchange->body, data, n))
        exchange->reply = last_reply(reply_problem(503, NULL));
}

/* What an operation refuses after it was read and fits its schema is still something wrong
   with what it says, not with how it is written: 422. */
static Reply *
handle(const struct exchange *exchange, GError **error)
{
    const struct route *route = exchange->route;
    g_autoptr(GError) problem = NULL;
    Reply *reply = route->handler(&exchange->request, &problem);

    if (!reply && route->operation && error_is(problem, ERR_REJECT)) {
        const struct reply_flaw flaw = { "", problem->message };
        return reply_flaws(&flaw, 1);
    }
    if (problem)
        g_propagate_error(error, g_steal_pointer(&problem));
    return reply;
}

static void
answer(struct exchange *exchange)
{
    g_autoptr(GError) error = NULL;
    struct request *request = &exchange->request;

    request->body = body_slice(&exchange->body);
    exchange->reply = input_read(request, &error);
    if (!exchange->reply && !error && csrf_check(request, &error))
        exchange->reply = input_check(request);
    if (!exchange->reply && !error)
        exchange->reply = once_begin(request);
    if (!exchange->reply && !error)
        exchange->reply = once_finish(request, handle(exchange, &error), &error);
    if (exchange->reply)
        return;
    exchange->reply = reply_error(error);
    if (exchange->reply->status >= 500)
        log_error("http request failed", log_str("route", exchange->route->pattern),
                  log_error_field(error));
}

/* What leads nowhere asks for nobody, but its page is still one of the site that they are
   signed in to. */
static void
find_viewer(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    unsigned status = exchange->reply->status;
    g_autoptr(GError) error = NULL;

    if ((status != 404 && status != 410) || !uuid_is_nil(request->caller.tenant)
        || request_is_api(request) || !request_header(request, "Cookie"))
        return;
    if (!caller_find(request, &error))
        log_warning("caller not found", log_error_field(error));
}

/* The last touches, the same for all. */
static void
finish(struct exchange *exchange)
{
    struct request *request = &exchange->request;

    find_viewer(exchange);
    exchange->reply = page_of_problem(request, exchange->reply);
    if (request->is_https)
        reply_set(exchange->reply, "Strict-Transport-Security", "max-age=31536000");
    if (request->fields)
        conditional_apply(request, exchange->reply);
}

/* --- libmicrohttpd ---------------------------------------------------------------- */

static struct MHD_Response *
response_of(struct MHD_Connection *connection, Reply *reply)
{
    gsize n = 0;
    const void *bytes = g_bytes_get_data(reply->body, &n);

    if (reply->stream)
        return stream_response(connection, reply);
    /* The exchange, and so the body, lives until the answer is sent. */
    return MHD_create_response_from_buffer(n, (void *)(uintptr_t)bytes,
                                           MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result
queue_reply(struct MHD_Connection *connection, Reply *reply)
{
    struct MHD_Response *response = response_of(connection, reply);
    if (!response)
        return MHD_NO;

    for (guint i = 0; i < reply->fields->len; i++) {
        const struct reply_field *field =
            &g_array_index(reply->fields, struct reply_field, i);
        MHD_add_response_header(response, field->name, field->value);
    }
    enum MHD_Result queued = MHD_queue_response(connection, reply->status, response);
    if (queued == MHD_NO && reply->stream) {
        /* What it would wake goes with the response, so the stream goes before it. */
        reply->stream->free(reply->stream);
        reply->stream = NULL;
    }
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result
queue_exchange(Server *server, struct MHD_Connection *connection,
               struct exchange *exchange)
{
    finish(exchange);
    watch_step(server->watch, exchange->watched,
               exchange->reply->stream ? WATCH_STREAM : WATCH_ANSWER,
               g_bytes_get_size(exchange->reply->body));
    return queue_reply(connection, exchange->reply);
}

/* --- a request comes -------------------------------------------------------------- */

/* What people see, whatever stands in between. */
static bool
is_https(const Server *server)
{
    return server->certificate
           || g_str_has_prefix(site_config(server->site)->portal.base_url, "https:");
}

static struct watched *
watched_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static void
start_exchange(const Server *server, struct exchange *exchange,
               struct MHD_Connection *connection, const char *path, const char *method,
               const char *version)
{
    struct reading reading = { .request = &exchange->request,
                               .connection = connection,
                               .proxies = server->proxies,
                               .is_https = is_https(server) };

    exchange->reply =
        reading_do(&reading, path, method)
            ? begin(server, exchange, &reading.guard, version)
            : last_reply(reply_problem(400, "the request is not UTF-8 text"));
    watch_step(server->watch, exchange->watched, WATCH_BODY, reading.guard.length);
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
        exchange->watched = watched_of(connection);
        start_exchange(server, exchange, connection, path, method, version);
        return exchange->reply ? queue_exchange(server, connection, exchange) : MHD_YES;
    }
    if (*upload_n > 0) {
        take_body(exchange, upload, *upload_n);
        *upload_n = 0;
        return MHD_YES;
    }
    if (!exchange->reply)
        answer(exchange);
    return queue_exchange(server, connection, exchange);
}

static void
on_connection(void *data, struct MHD_Connection *connection, void **context,
              enum MHD_ConnectionNotificationCode code)
{
    Server *server = data;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        *context = info ? watch_add(server->watch, info->connect_fd) : NULL;
    } else if (*context) {
        watch_remove(server->watch, *context);
        *context = NULL;
    }
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
    watch_step(server->watch, exchange->watched, WATCH_FIELDS, 0);
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

static GBytes *
read_pem(const char *key, const char *path, GError **error)
{
    char *text = NULL;
    gsize n = 0;

    if (g_file_get_contents(path, &text, &n, NULL))
        return g_bytes_new_take(text, n + 1); /* the library wants the NUL */
    error_set(error, ERR_REJECT, "[portal] %s: %s can't be read", key, path);
    return NULL;
}

/* A certificate of our own: TLS 1.3 and nothing older. */
static bool
read_tls(Server *server, const struct config_portal *portal, GError **error)
{
    struct stat st;

    if (!portal->tls_certificate)
        return true;
    if (!portal->tls_key)
        return error_set(error, ERR_REJECT, "[portal] tls_certificate has no tls_key");
    if (stat(portal->tls_key, &st) == 0 && (st.st_mode & (S_IRWXG | S_IRWXO)))
        return error_set(error, ERR_REJECT,
                         "[portal] tls_key: others may read %s: chmod 600 it",
                         portal->tls_key);
    server->certificate = read_pem("tls_certificate", portal->tls_certificate, error);
    server->key =
        server->certificate ? read_pem("tls_key", portal->tls_key, error) : NULL;
    return server->key != NULL;
}

static struct MHD_Daemon *
start_daemon(Server *server, const struct config_portal *portal, int fd)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG
                     | MHD_ALLOW_SUSPEND_RESUME;
    struct MHD_OptionItem tls[] = {
        { MHD_OPTION_HTTPS_MEM_CERT, 0, NULL },
        { MHD_OPTION_HTTPS_MEM_KEY, 0, NULL },
        { MHD_OPTION_HTTPS_PRIORITIES, 0,
          (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3" },
        { MHD_OPTION_END, 0, NULL },
    };

    if (server->certificate) {
        flags |= MHD_USE_TLS;
        tls[0].ptr_value = (void *)(uintptr_t)g_bytes_get_data(server->certificate, NULL);
        tls[1].ptr_value = (void *)(uintptr_t)g_bytes_get_data(server->key, NULL);
    }
    /* clang-format off */
    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server,
        MHD_OPTION_EXTERNAL_LOGGER, on_library_log, NULL, /* first: it is used at once */
        MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_THREAD_POOL_SIZE, (unsigned)portal->threads,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)LIMIT_HTTP_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)LIMIT_HTTP_IDLE_SECONDS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)LIMIT_HTTP_HEADER_BYTES,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
        MHD_OPTION_ARRAY, server->certificate ? tls : tls + 3,
        MHD_OPTION_END);
    /* clang-format on */
}

static void
server_free(Server *server)
{
    watch_free(server->watch);
    peers_free(server->proxies);
    g_clear_pointer(&server->certificate, g_bytes_unref);
    g_clear_pointer(&server->key, g_bytes_unref);
    g_free(server);
}

Server *
server_start(Site *site, struct route_table table, GError **error)
{
    const struct config_portal *portal = &site_config(site)->portal;
    g_autoptr(Peers) proxies = peers_new(portal->proxies, error);
    int fd = proxies ? open_listener(portal, error) : -1;
    if (fd < 0)
        return NULL;

    Server *server = g_new0(Server, 1);
    server->site = site;
    server->table = table;
    server->proxies = g_steal_pointer(&proxies);
    server->watch = watch_new();
    bool good = read_tls(server, portal, error);
    if (good && (server->daemon = start_daemon(server, portal, fd)))
        return server;
    if (good)
        error_set(error, server->certificate ? ERR_REJECT : ERR_BUG,
                  server->certificate
                      ? "the HTTP library does not take [portal] tls_certificate with "
                        "tls_key"
                      : "the HTTP library does not start");
    close(fd);
    server_free(server);
    return NULL;
}

void
server_stop(Server *server)
{
    if (!server)
        return;
    int listener = MHD_quiesce_daemon(server->daemon);
    int64_t end = clock_ticks_us() + LIMIT_HTTP_STOP_SECONDS * CLOCK_SECOND;

    hub_stop(site_hub(server->site)); /* live pages come back to who serves next */
    while (atomic_load(&server->in_hand) > 0 && clock_ticks_us() < end)
        g_usleep(10000);
    MHD_stop_daemon(server->daemon);
    if (listener >= 0)
        close(listener);
    server_free(server);
}
