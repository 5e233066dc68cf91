/*
 * server: the LMTP door as a whole, one process and one thread.
 *
 *     accept ─► connection: bytes ─► session ─► router ─► committer ─► replies
 *                                                              │
 *                                                     bell ◄── inbound
 *
 * Nothing waits but the loop. When the messages received and not yet committed, of all
 * connections together, come to LIMIT_LMTP_BYTES_IN_FLIGHT, those that send message bytes
 * are not read until a commit has given some back; when no commit is under way, the one
 * that wants more is answered 452.
 *
 * Told to stop, it ends what is in hand: a message that is being sent may be finished,
 * what is being committed is answered, all else gets 421.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/base/peers.h"
#include "common/store/statements.h"
#include "maild/job.h"
#include "maild/lmtp/connection.h"

#define TICK CLOCK_SECOND
/* Connections that commit. A second one was no faster, with 2 kB to 100 kB on two cores. */
#define COMMITTERS 1
#define ACCEPTED_AT_ONCE 64
#define HARD_STOP (3 * CLOCK_SECOND) /* behind stop_at: the master waits 10 s in all */

struct server {
    const struct job *job;
    struct lmtp_house house;
    Peers *peers;
    GPtrArray *listeners; /* of struct listener */
    struct lmtp_source stop;
    int64_t ticked_at;
    int64_t stop_at; /* when to stop waiting for clients; 0 while serving */
};

struct listener {
    struct server *server;
    struct lmtp_source source;
};

/* --- accepting -------------------------------------------------------------------- */

/* Say why in the place of a greeting (RFC 5321 §3.1), and close. */
static void
turn_away(int fd, const char *peer, enum lmtp_reply reply)
{
    g_autofree char *line = g_strconcat(lmtp_reply_text(reply), "\r\n", NULL);
    log_warning("lmtp connection refused", log_str("peer", peer),
                log_str("reply", lmtp_reply_text(reply)));
    if (send(fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        log_debug("lmtp refusal not sent", log_str("peer", peer));
    close(fd);
}

static void
welcome(struct server *server, int fd, const struct sockaddr *address)
{
    const int on = 1;
    g_autofree char *peer = peer_name(address);
    bool is_unix = address->sa_family == AF_UNIX;

    if (!is_unix && !peers_allow(server->peers, address)) {
        turn_away(fd, peer, LMTP_NOT_ALLOWED);
        return;
    }
    if (server->house.connections->len >= LIMIT_LMTP_CONNECTIONS) {
        turn_away(fd, peer, LMTP_TOO_MANY_CONNECTIONS);
        return;
    }
    if (!is_unix)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    lmtp_connection_open(&server->house, fd, peer);
}

static bool
accept_one(struct listener *listener)
{
    struct sockaddr_storage address = { .ss_family = AF_UNIX };
    socklen_t size = sizeof address;
    int fd = accept4(listener->source.fd, (struct sockaddr *)&address, &size,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0)
        welcome(listener->server, fd, (const struct sockaddr *)&address);
    else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        log_warning("lmtp can't accept", log_str("error", g_strerror(errno)));
    return fd >= 0;
}

static void
listener_ready(void *data, uint32_t events)
{
    (void)events;
    for (int i = 0; i < ACCEPTED_AT_ONCE && accept_one(data); i++)
        continue;
}

static void
start_listening(struct server *server)
{
    for (const int *fd = server->job->listen_fds; fd && *fd >= 0; fd++) {
        struct listener *listener = g_new0(struct listener, 1);
        listener->server = server;
        listener->source = (struct lmtp_source){ *fd, EPOLLIN, listener_ready, listener };
        lmtp_loop_add(server->house.loop, &listener->source);
        g_ptr_array_add(server->listeners, listener);
    }
}

/* The sockets are the master's and stay open: who connects now waits for the next
   process. */
static void
stop_listening(struct server *server)
{
    for (size_t i = 0; i < server->listeners->len; i++) {
        struct listener *listener = g_ptr_array_index(server->listeners, i);
        if (listener->source.ready)
            lmtp_loop_remove(server->house.loop, &listener->source);
    }
}

/* --- stopping --------------------------------------------------------------------- */

static void
begin_to_stop(struct server *server)
{
    if (server->stop_at)
        return;
    server->stop_at = clock_ticks_us() + LIMIT_LMTP_FINISH_SECONDS * CLOCK_SECOND;
    stop_listening(server);
    lmtp_house_end(&server->house, false);
}

static void
stop_ready(void *data, uint32_t events)
{
    struct server *server = data;
    (void)events;
    lmtp_loop_remove(server->house.loop, &server->stop); /* it stays readable */
    begin_to_stop(server);
}

/* True when nothing is in hand any more. */
static bool
is_done(struct server *server)
{
    if (!server->stop_at)
        return false;
    int64_t over = clock_ticks_us() - server->stop_at;
    if (over >= 0)
        lmtp_house_end(&server->house, true);
    if (over >= HARD_STOP) /* a commit that never answers: it is safe to come again */
        return true;
    return server->house.connections->len == 0
           && !lmtp_committer_is_busy(server->house.committer);
}

/* --- the loop --------------------------------------------------------------------- */

static void
tick(struct server *server)
{
    int64_t now = clock_ticks_us();
    if (now - server->ticked_at < TICK)
        return;
    server->ticked_at = now;
    job_alive();
    lmtp_router_tick(server->house.router);
    lmtp_committer_tick(server->house.committer);
    lmtp_house_tick(&server->house);
}

static bool
is_connected(const struct server *server)
{
    return !lmtp_router_is_away(server->house.router)
           && !lmtp_committer_is_away(server->house.committer);
}

/* One turn: what came is taken first, then what waits is committed together. */
static void
turn(struct server *server)
{
    int64_t timeout_us = server->stop_at ? TICK / 10 : TICK;

    lmtp_committer_run(server->house.committer, &timeout_us);
    lmtp_router_run(server->house.router, &timeout_us);
    lmtp_house_tidy(&server->house);
    lmtp_loop_wait(server->house.loop, timeout_us);
    tick(server);
}

static void
open_server(struct server *server, const struct job *job)
{
    const Config *config = job->config;
    const struct db_options db = { .conninfo = config->database,
                                   .application = job->worker,
                                   .statements = &statements,
                                   .statement_timeout_us = 30 * CLOCK_SECOND };

    *server = (struct server){ .job = job };
    server->house = (struct lmtp_house){ .loop = lmtp_loop_new(),
                                         .host = config->instance,
                                         .message_bytes = config->message_bytes,
                                         .in_flight_most = LIMIT_LMTP_BYTES_IN_FLIGHT,
                                         .connections = g_ptr_array_new(),
                                         .buffer = g_malloc(LMTP_READ_BYTES) };
    server->house.router = lmtp_router_new(&(struct lmtp_router_options){
        .loop = server->house.loop, .db = db, .answered = lmtp_connection_answered });
    server->house.committer = lmtp_committer_new(
        &(struct lmtp_committer_options){ .loop = server->house.loop,
                                          .db = db,
                                          .lanes = COMMITTERS,
                                          .done = lmtp_connection_committed,
                                          .data = &server->house });
    server->listeners = g_ptr_array_new_with_free_func(g_free);
    server->stop = (struct lmtp_source){ job_stop_fd(), EPOLLIN, stop_ready, server };
    if (server->stop.fd >= 0)
        lmtp_loop_add(server->house.loop, &server->stop);
}

static void
close_server(struct server *server)
{
    lmtp_committer_free(server->house.committer);
    lmtp_router_free(server->house.router);
    peers_free(server->peers);
    g_ptr_array_unref(server->house.connections);
    g_ptr_array_unref(server->listeners);
    lmtp_loop_free(server->house.loop);
    g_free(server->house.buffer);
}

/* Clients that connect before the database was reached would be sent away with 451 at
   once; a moment's patience spares them the wait for their next try. */
static void
wait_for_database(struct server *server)
{
    int64_t until = clock_ticks_us() + 2 * CLOCK_SECOND;
    while (!is_connected(server) && !server->stop_at && clock_ticks_us() < until)
        lmtp_loop_wait(server->house.loop, TICK / 10);
}

enum job_exit
lmtp_job(const struct job *job)
{
    struct server server;
    g_autoptr(GError) error = NULL;
    g_autoptr(Peers) peers = peers_new(job->config->lmtp_peers, &error);

    if (!peers) {
        log_error("lmtp can't start", log_error_field(error));
        return JOB_FAILED;
    }
    open_server(&server, job);
    server.peers = g_steal_pointer(&peers);
    wait_for_database(&server);
    if (!server.stop_at)
        start_listening(&server);
    while (!is_done(&server))
        turn(&server);
    close_server(&server);
    return JOB_STOPPED;
}
