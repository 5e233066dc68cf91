#include "common/db/listen.h"

#include <errno.h>
#include <poll.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/db/connection.h"

#define BELL_INTERVAL (20 * CLOCK_SECOND / 1000)

static const char *const channels[BELL_COUNT] = {
    [BELL_INBOUND] = "postern_inbound",
    [BELL_OUTBOX] = "postern_outbox",
    [BELL_UNSEALING] = "postern_unsealing",
    [BELL_EVENTS] = "postern_events",
};

bool
db_listen(Db *db, enum bell bell, GError **error)
{
    g_autofree char *sql = g_strdup_printf("LISTEN %s", channels[bell]);
    db->listening[bell] = true;
    return connection_command(db, "listen", sql, error);
}

char *
listen_notify_sql(enum bell bell)
{
    return g_strdup_printf("NOTIFY %s", channels[bell]);
}

static void
ring_now(Db *db, enum bell bell)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *sql = listen_notify_sql(bell);

    db->ring_held[bell] = false;
    db->rang_at[bell] = clock_ticks_us();
    if (!connection_command(db, "notify", sql, &error))
        log_debug("bell not rung", log_error_field(error));
}

void
db_ring(Db *db, enum bell bell)
{
    g_assert(!db->in_transaction);
    if (clock_ticks_us() - db->rang_at[bell] >= BELL_INTERVAL)
        ring_now(db, bell);
    else
        db->ring_held[bell] = true;
}

void
db_ring_flush(Db *db)
{
    for (int bell = 0; bell < BELL_COUNT; bell++)
        if (db->ring_held[bell])
            ring_now(db, (enum bell)bell);
}

static bool
take_notifications(Db *db)
{
    bool rang = false;
    for (PGnotify *notify; (notify = PQnotifies(db->conn)); PQfreemem(notify))
        rang = true;
    return rang;
}

bool
db_wait(Db *db, int fd, int64_t timeout_us, bool *ret_rang, GError **error)
{
    db_ring_flush(db);
    if (db_is_lost(db))
        return connection_error(db, NULL, "wait", error);

    bool rang = take_notifications(db); /* what came with an earlier answer */
    if (!rang) {
        struct pollfd fds[] = { { .fd = PQsocket(db->conn), .events = POLLIN },
                                { .fd = fd, .events = POLLIN } };
        int ready = poll(fds, G_N_ELEMENTS(fds), (int)((timeout_us + 999) / 1000));
        if (ready < 0 && errno != EINTR)
            return error_set(error, ERR_RETRY, "poll: %s", g_strerror(errno));
        if (fds[0].revents && !PQconsumeInput(db->conn))
            return connection_error(db, NULL, "wait", error);
        rang = take_notifications(db);
    }
    *ret_rang = rang;
    return true;
}
