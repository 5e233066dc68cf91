#include "maild/lmtp/connection.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "maild/figures.h"

/* Replies that a client may leave unread before we read no more of it. */
#define OUTPUT_MOST (64u << 10)

struct LmtpConnection {
    struct lmtp_house *house;
    struct lmtp_source source;
    LmtpSession *session;
    LmtpMessage *committing; /* the committer's; NULL while none is */
    char *peer;
    int64_t last_us; /* when bytes last came or went */
    bool parked;     /* not read until there is room for its message */
    bool ended;      /* closed; to be freed */
};

static void connection_ready(void *data, uint32_t events);

void
lmtp_connection_open(struct lmtp_house *house, int take_fd, const char *peer)
{
    LmtpConnection *c = g_new0(LmtpConnection, 1);
    c->house = house;
    c->peer = g_strdup(peer);
    c->session = lmtp_session_new(
        &(struct lmtp_session_options){ .host = house->host,
                                        .peer = peer,
                                        .message_bytes = house->message_bytes,
                                        .in_flight = &house->in_flight });
    c->last_us = clock_ticks_us();
    /* Writable at once: the greeting goes out of the loop. */
    c->source = (struct lmtp_source){ take_fd, EPOLLIN | EPOLLOUT, connection_ready, c };
    lmtp_loop_add(house->loop, &c->source);
    g_ptr_array_add(house->connections, c);
    figure_add(FIGURE_LMTP_CONNECTIONS, 1);
}

/* A message of it that is being committed goes on without it. */
static void
end_connection(LmtpConnection *c)
{
    if (c->ended)
        return;
    c->ended = true;
    if (c->committing)
        c->committing->owner = NULL;
    lmtp_router_forget(c->house->router, c);
    lmtp_loop_remove(c->house->loop, &c->source);
    close(c->source.fd);
}

/* --- out -------------------------------------------------------------------------- */

static void
write_output(LmtpConnection *c)
{
    GString *output = lmtp_session_output(c->session);
    while (output->len > 0) {
        ssize_t n = send(c->source.fd, output->str, output->len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            if (errno != EAGAIN)
                end_connection(c);
            return;
        }
        c->last_us = clock_ticks_us();
        g_string_erase(output, 0, n);
    }
    if (lmtp_session_state(c->session) == LMTP_SESSION_OVER)
        end_connection(c);
}

static bool
may_read(const LmtpConnection *c)
{
    return lmtp_session_state(c->session) == LMTP_SESSION_READS && !c->parked
           && lmtp_session_output(c->session)->len < OUTPUT_MOST;
}

/* EPOLLIN is only taken away when it comes and can't be used: most clients send nothing
   while they wait for a reply, and are spared two system calls a message. */
static void
watch(LmtpConnection *c)
{
    uint32_t in = may_read(c) ? EPOLLIN : c->source.events & EPOLLIN;
    uint32_t out = lmtp_session_output(c->session)->len > 0 ? EPOLLOUT : 0;
    lmtp_loop_change(c->house->loop, &c->source, in | out);
}

/* --- what the session asks for ---------------------------------------------------- */

static void
log_refusals(const LmtpConnection *c, const GPtrArray *asks)
{
    for (size_t i = 0; i < asks->len; i++) {
        const struct lmtp_recipient *recipient = g_ptr_array_index(asks, i);
        if (recipient->reply != LMTP_RECIPIENT_OK)
            log_info("lmtp recipient refused", log_str("peer", c->peer),
                     log_str("to", recipient->address),
                     log_str("reply", lmtp_reply_text(recipient->reply)));
    }
}

static void
give_answers(LmtpConnection *c)
{
    log_refusals(c, lmtp_session_asks(c->session));
    lmtp_session_routed(c->session);
}

/* Do what it waits for, as far as that goes at once; then send what there is to say. */
static void
serve(LmtpConnection *c)
{
    while (lmtp_session_state(c->session) == LMTP_SESSION_ROUTES
           && lmtp_router_ask(c->house->router, lmtp_session_asks(c->session), c))
        give_answers(c);
    if (lmtp_session_state(c->session) == LMTP_SESSION_COMMITS) {
        LmtpMessage *message = lmtp_session_take(c->session);
        message->owner = c;
        c->committing = message;
        lmtp_committer_add(c->house->committer, message);
    }
    if (c->house->stopping && lmtp_session_is_idle(c->session))
        lmtp_session_end(c->session, LMTP_SHUTTING_DOWN);
    write_output(c);
    if (!c->ended)
        watch(c);
}

void
lmtp_connection_answered(void *connection)
{
    LmtpConnection *c = connection;
    give_answers(c);
    serve(c);
}

static void
log_stored(const LmtpMessage *message, const struct lmtp_row *row)
{
    g_autofree char *took = g_strdup_printf(
        "%.1fms", (double)(clock_ticks_us() - message->received_us) / 1000);
    log_info("lmtp accepted", log_uuid("id", row->id), log_str("peer", message->peer),
             log_str("from", message->from),
             log_int("recipients", (int64_t)row->addresses->len - 1),
             log_int("size", (int64_t)row->raw->len), log_str("took", took));
}

static bool
log_outcome(const LmtpMessage *message)
{
    bool stored = false;
    for (size_t i = 0; i < message->rows->len; i++) {
        const struct lmtp_row *row = g_ptr_array_index(message->rows, i);
        if (row->reply != LMTP_STORED)
            continue; /* the committer said why */
        stored = true;
        log_stored(message, row);
        figure_add(FIGURE_LMTP_BYTES, (int64_t)row->raw->len);
    }
    return stored;
}

void
lmtp_connection_committed(LmtpMessage *take, void *data)
{
    g_autoptr(LmtpMessage) message = take;
    struct lmtp_house *house = data;

    if (log_outcome(message)) {
        figure_add(FIGURE_LMTP_MESSAGES, 1);
        lmtp_router_ring(house->router);
    }
    LmtpConnection *c = message->owner;
    if (!c)
        return;
    c->committing = NULL;
    lmtp_session_committed(c->session, message);
    serve(c);
}

/* --- in --------------------------------------------------------------------------- */

/* True when there is room for what it sends. */
static bool
find_room(LmtpConnection *c)
{
    struct lmtp_house *house = c->house;
    if (house->in_flight < house->in_flight_most || !lmtp_session_collects(c->session))
        return true;
    if (lmtp_committer_is_busy(house->committer)) {
        c->parked = true;
        return false;
    }
    lmtp_session_give_up_message(c->session);
    return true;
}

static void
read_input(LmtpConnection *c)
{
    if (!find_room(c))
        return;
    ssize_t n = recv(c->source.fd, c->house->buffer, LMTP_READ_BYTES, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        end_connection(c);
        return;
    }
    c->last_us = clock_ticks_us();
    lmtp_session_push(c->session, (struct slice){ c->house->buffer, (size_t)n });
}

static void
connection_ready(void *data, uint32_t events)
{
    LmtpConnection *c = data;
    /* Gone altogether: nobody would read a reply. What was not answered will be sent
       again (RFC 5321 §4.2.5), what is being committed may come twice. */
    if (events & (EPOLLHUP | EPOLLERR)) {
        end_connection(c);
        return;
    }
    if (events & EPOLLIN && may_read(c))
        read_input(c);
    else if (events & EPOLLIN)
        lmtp_loop_change(c->house->loop, &c->source,
                         c->source.events & ~(uint32_t)EPOLLIN);
    if (!c->ended)
        serve(c);
}

/* --- all of them ------------------------------------------------------------------ */

static LmtpConnection *
connection_at(const struct lmtp_house *house, size_t i)
{
    return g_ptr_array_index(house->connections, i);
}

static void
free_connection(LmtpConnection *c)
{
    lmtp_session_free(c->session);
    g_free(c->peer);
    g_free(c);
}

static void
check_silence(LmtpConnection *c, int64_t now)
{
    bool owes = lmtp_session_output(c->session)->len > 0;
    bool idle = lmtp_session_is_idle(c->session) && !owes;
    int64_t most = idle ? LIMIT_LMTP_IDLE_SECONDS : LIMIT_LMTP_STALL_SECONDS;

    if (c->ended || c->parked || now - c->last_us < most * CLOCK_SECOND)
        return;
    if (!idle && !owes && lmtp_session_state(c->session) != LMTP_SESSION_READS)
        return; /* it is us who are slow */
    lmtp_session_end(c->session, LMTP_IDLE_TOO_LONG);
    write_output(c);
    end_connection(c);
}

void
lmtp_house_tick(struct lmtp_house *house)
{
    int64_t now = clock_ticks_us();
    for (size_t i = 0; i < house->connections->len; i++)
        check_silence(connection_at(house, i), now);
}

static void
unpark(LmtpConnection *c)
{
    struct lmtp_house *house = c->house;
    if (!c->parked
        || (house->in_flight >= house->in_flight_most
            && lmtp_committer_is_busy(house->committer)))
        return;
    c->parked = false;
    c->last_us = clock_ticks_us();
    watch(c);
}

void
lmtp_house_tidy(struct lmtp_house *house)
{
    for (size_t i = house->connections->len; i-- > 0;) {
        LmtpConnection *c = connection_at(house, i);
        if (!c->ended) {
            unpark(c);
            continue;
        }
        free_connection(c);
        g_ptr_array_remove_index_fast(house->connections, (guint)i);
    }
}

void
lmtp_house_end(struct lmtp_house *house, bool all)
{
    house->stopping = true;
    for (size_t i = 0; i < house->connections->len; i++) {
        LmtpConnection *c = connection_at(house, i);
        if (c->ended || lmtp_session_state(c->session) == LMTP_SESSION_COMMITS
            || (!all && !lmtp_session_is_idle(c->session)))
            continue;
        lmtp_session_end(c->session, LMTP_SHUTTING_DOWN);
        write_output(c);
        if (!c->ended)
            watch(c);
    }
}
