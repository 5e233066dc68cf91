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
#include "portald/live/hub.h"
#include "portald/server/exchange.h"
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
    GThreadPool *workers;
    GMutex handing; /* over `is_stopping`: nothing is handed to workers that have ended */
    bool is_stopping;
    _Atomic int in_hand;
};

/* An exchange, and the connection that it came by. */
struct transfer {
    struct exchange *exchange;
    struct MHD_Connection *connection;
    struct watched *watched;
    bool past_fields; /* the library has been told to go on with the body, or the end */
};

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
queue_transfer(Server *server, struct transfer *transfer)
{
    Reply *reply = transfer->exchange->reply;

    watch_step(server->watch, transfer->watched,
               reply->stream ? WATCH_STREAM : WATCH_ANSWER,
               g_bytes_get_size(reply->body));
    return queue_reply(transfer->connection, reply);
}

/* --- workers ---------------------------------------------------------------------- */

/* In a worker. Once the connection goes on, the exchange is its thread's again. */
static void
work(void *data, void *pool_data)
{
    struct transfer *transfer = data;

    (void)pool_data;
    exchange_work(transfer->exchange);
    MHD_resume_connection(transfer->connection);
}

/* The connection sleeps until a worker is done with it, so that no wait for the database
   holds up others that share its thread. */
static enum MHD_Result
hand_over(Server *server, struct transfer *transfer)
{
    g_mutex_lock(&server->handing);
    bool good = !server->is_stopping
                && g_thread_pool_unprocessed(server->workers) < LIMIT_HTTP_WAITING;
    if (good) {
        transfer->exchange->handed_us = clock_ticks_us();
        MHD_suspend_connection(transfer->connection);
        g_thread_pool_push(server->workers, transfer, NULL);
    }
    g_mutex_unlock(&server->handing);
    if (good)
        return MHD_YES;
    exchange_turn_away(transfer->exchange);
    return queue_transfer(server, transfer);
}

/* What was handed over is worked off; what comes now is turned away. */
static void
stop_workers(Server *server)
{
    g_mutex_lock(&server->handing);
    server->is_stopping = true;
    g_mutex_unlock(&server->handing);
    g_thread_pool_free(server->workers, FALSE, TRUE);
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

static struct transfer *
transfer_new(Server *server, struct MHD_Connection *connection)
{
    struct transfer *transfer = g_new(struct transfer, 1);

    *transfer = (struct transfer){ .exchange = exchange_new(server->site),
                                   .connection = connection,
                                   .watched = watched_of(connection) };
    atomic_fetch_add(&server->in_hand, 1);
    return transfer;
}

static void
look(Server *server, struct transfer *transfer, const char *path, const char *method,
     const char *version)
{
    struct exchange *exchange = transfer->exchange;
    struct reading reading = { .request = &exchange->request,
                               .connection = transfer->connection,
                               .proxies = server->proxies,
                               .is_https = is_https(server) };
    bool text = reading_do(&reading, path, method);

    exchange_look(exchange, server->table, text, &reading.guard, version);
    watch_step(server->watch, transfer->watched, WATCH_BODY, reading.guard.length);
}

/* Called once with the fields, again when a worker is done with them, then for each piece
   of the body, then at its end, and again when a worker has the answer. */
static enum MHD_Result
on_request(void *data, struct MHD_Connection *connection, const char *path,
           const char *method, const char *version, const char *upload, size_t *upload_n,
           void **memory)
{
    Server *server = data;
    struct transfer *transfer = *memory;

    if (!transfer) {
        *memory = transfer = transfer_new(server, connection);
        look(server, transfer, path, method, version);
        if (exchange_waits(transfer->exchange))
            return hand_over(server, transfer);
        exchange_work(transfer->exchange);
        transfer->past_fields = true;
        return MHD_YES;
    }
    struct exchange *exchange = transfer->exchange;
    /* An answer before the end of the request ends the connection too, so it is given then
       only where it spares a body. */
    bool is_answered = exchange->step == EXCHANGE_ANSWERED;
    if (is_answered && (transfer->past_fields || exchange->has_body))
        return queue_transfer(server, transfer);
    if (!transfer->past_fields && *upload_n == 0) {
        transfer->past_fields = true;
        return MHD_YES;
    }
    if (*upload_n == 0)
        return hand_over(server, transfer);
    exchange_take_body(exchange, upload, *upload_n);
    *upload_n = 0;
    return MHD_YES;
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
    struct transfer *transfer = *memory;

    (void)connection;
    (void)code;
    if (!transfer)
        return; /* not even its fields came */
    if (transfer->exchange->reply)
        exchange_log(transfer->exchange);
    watch_step(server->watch, transfer->watched, WATCH_FIELDS, 0);
    exchange_free(transfer->exchange);
    g_free(transfer);
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
start_daemon(Server *server, int fd)
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
        MHD_OPTION_THREAD_POOL_SIZE, LIMIT_HTTP_SOCKET_THREADS,
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
    g_mutex_clear(&server->handing);
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
    g_mutex_init(&server->handing);
    bool good = read_tls(server, portal, error);
    if (good)
        server->workers = g_thread_pool_new(work, NULL, portal->threads, TRUE, NULL);
    if (good && (server->daemon = start_daemon(server, fd)))
        return server;
    if (good)
        stop_workers(server);
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
    stop_workers(server);
    MHD_stop_daemon(server->daemon);
    if (listener >= 0)
        close(listener);
    server_free(server);
}
