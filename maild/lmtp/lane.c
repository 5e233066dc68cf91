#include "maild/lmtp/lane.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/base/log.h"

#define PAUSE_FIRST (CLOCK_SECOND / 10)
#define PAUSE_MOST (5 * CLOCK_SECOND)

struct LmtpLane {
    struct lmtp_lane_options options;
    Db *db; /* the thread's while it runs */
    GThread *thread;
    GError *refused; /* why the thread had no success */
    bool up;
    bool told; /* that it is away was logged */
    int64_t pause_us;
    int64_t next_try;
    DbBatch *batch; /* begun or sent */
    bool sent;
    int64_t sent_at;
    struct lmtp_source thread_end; /* an eventfd */
    struct lmtp_source socket;
};

/* --- connecting ------------------------------------------------------------------- */

/* The thread. Touches only db and refused. */
static void *
connect_db(void *data)
{
    LmtpLane *lane = data;
    bool good = true;

    if (!lane->db)
        good = (lane->db = db_open(&lane->options.db, &lane->refused)) != NULL;
    else
        good = db_reconnect(lane->db, &lane->refused);
    if (good)
        db_batch_make_durable(lane->db, &lane->refused);
    eventfd_write(lane->thread_end.fd, 1);
    return NULL;
}

static void
start_thread(LmtpLane *lane)
{
    lane->thread = g_thread_new("connect", connect_db, lane);
}

static void
go_away(LmtpLane *lane, const GError *error)
{
    lane->up = false;
    lane->next_try = clock_ticks_us() + lane->pause_us;
    lane->pause_us = MIN(lane->pause_us ? 2 * lane->pause_us : PAUSE_FIRST, PAUSE_MOST);
    if (!lane->told)
        log_warning("database away", log_error_field(error));
    lane->told = true;
}

/* Something on the socket while no batch runs: the end of the connection, or a notice. */
static void
look_at_idle_socket(LmtpLane *lane)
{
    g_autoptr(GError) error = NULL;
    bool rang = false;
    if (!db_wait(lane->db, -1, 0, &rang, &error) || db_is_lost(lane->db))
        go_away(lane, error);
}

static void
end_batch(LmtpLane *lane, enum db_batch_outcome outcome, const GError *error)
{
    g_autoptr(DbBatch) batch = g_steal_pointer(&lane->batch);

    lane->sent = false;
    if (db_is_lost(lane->db))
        go_away(lane, error);
    else
        lmtp_loop_change(lane->options.loop, &lane->socket, EPOLLIN);
    lane->options.done(outcome, batch, error, lane->options.data);
}

static void
step_batch(LmtpLane *lane)
{
    g_autoptr(GError) error = NULL;
    enum db_batch_outcome outcome = db_batch_step(lane->batch, &error);

    if (outcome != DB_BATCH_RUNNING) {
        end_batch(lane, outcome, error);
        return;
    }
    short wants = db_batch_events(lane->batch);
    lmtp_loop_change(lane->options.loop, &lane->socket,
                     wants & POLLOUT ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void
socket_ready(void *data, uint32_t events)
{
    LmtpLane *lane = data;
    (void)events;
    if (!lane->up)
        return; /* an event of the connection before */
    if (lane->sent)
        step_batch(lane);
    else if (!lane->batch)
        look_at_idle_socket(lane);
}

static void
come_up(LmtpLane *lane)
{
    lane->up = true;
    lane->pause_us = 0;
    if (lane->told)
        log_info("database back");
    lane->told = false;
    /* The one before was closed, and so left epoll by itself. */
    lane->socket =
        (struct lmtp_source){ db_socket(lane->db), EPOLLIN, socket_ready, lane };
    lmtp_loop_add(lane->options.loop, &lane->socket);
    if (lane->options.up)
        lane->options.up(lane->options.data);
}

static void
thread_ended(void *data, uint32_t events)
{
    LmtpLane *lane = data;
    eventfd_t count = 0;
    g_autoptr(GError) error = NULL;

    (void)events;
    eventfd_read(lane->thread_end.fd, &count);
    g_thread_join(g_steal_pointer(&lane->thread));
    error = g_steal_pointer(&lane->refused);
    if (error)
        go_away(lane, error);
    else
        come_up(lane);
}

LmtpLane *
lmtp_lane_new(const struct lmtp_lane_options *options)
{
    LmtpLane *lane = g_new0(LmtpLane, 1);
    lane->options = *options;
    lane->thread_end = (struct lmtp_source){ eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
                                             EPOLLIN, thread_ended, lane };
    if (lane->thread_end.fd < 0)
        g_error("no eventfd");
    lmtp_loop_add(options->loop, &lane->thread_end);
    start_thread(lane);
    return lane;
}

void
lmtp_lane_free(LmtpLane *lane)
{
    if (!lane || lane->thread)
        return;
    db_batch_free(lane->batch);
    db_free(lane->db);
    close(lane->thread_end.fd);
    g_clear_error(&lane->refused);
    g_free(lane);
}

/* --- batches ---------------------------------------------------------------------- */

bool
lmtp_lane_is_away(const LmtpLane *lane)
{
    return !lane->up;
}

bool
lmtp_lane_is_free(const LmtpLane *lane)
{
    return lane->up && !lane->batch;
}

static void
give_up_batch(LmtpLane *lane)
{
    g_autoptr(GError) error = NULL;
    error_set(&error, ERR_RETRY, "commit (outcome unknown): no answer for %d s",
              LIMIT_LMTP_COMMIT_SECONDS);
    g_clear_pointer(&lane->batch, db_batch_free); /* and the connection with it */
    end_batch(lane, DB_BATCH_UNCERTAIN, error);
}

void
lmtp_lane_tick(LmtpLane *lane)
{
    int64_t now = clock_ticks_us();

    if (!lane->up && !lane->thread && now >= lane->next_try)
        start_thread(lane);
    if (lane->sent && now - lane->sent_at > LIMIT_LMTP_COMMIT_SECONDS * CLOCK_SECOND)
        give_up_batch(lane);
}

DbBatch *
lmtp_lane_begin(LmtpLane *lane, GError **error)
{
    g_autoptr(GError) lost = NULL;
    g_assert(lmtp_lane_is_free(lane));

    lane->batch = db_batch_begin(lane->db, &lost);
    if (lane->batch)
        return lane->batch;
    go_away(lane, lost);
    g_propagate_error(error, g_steal_pointer(&lost));
    return NULL;
}

void
lmtp_lane_cancel(LmtpLane *lane)
{
    g_autoptr(GError) error = NULL;
    g_clear_pointer(&lane->batch, db_batch_free);
    error_set(&error, ERR_RETRY, "a batch could not be sent");
    go_away(lane, error);
}

bool
lmtp_lane_send(LmtpLane *lane, GError **error)
{
    if (!db_batch_commit(lane->batch, error)) {
        lmtp_lane_cancel(lane);
        return false;
    }
    lane->sent = true;
    lane->sent_at = clock_ticks_us();
    if (db_batch_events(lane->batch) & POLLOUT)
        lmtp_loop_change(lane->options.loop, &lane->socket, EPOLLIN | EPOLLOUT);
    return true;
}
