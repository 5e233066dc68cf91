/*
 * clock: what falls due by itself. Every maild has one; whoever holds an advisory lock of
 * the database does the work, the others wait for it to fall free. The lock belongs to the
 * session, so it ends with the process or its connection.
 */
#include "maild/job.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/db/listen.h"
#include "common/desk/apply.h"
#include "common/store/statements.h"
#include "maild/clock/export.h"

#define LOOK_EVERY (10 * CLOCK_SECOND)
#define CLEAN_EVERY CLOCK_HOUR
#define STATEMENT_TIMEOUT (60 * CLOCK_SECOND)
#define MOST 500 /* rows in one transaction: none is held for long */

struct ticker {
    const struct job *job;
    Db *db;
    bool leads;
    int64_t clean_at_us;
    int64_t n; /* of the last piece of work: rows */
};

/* --- what is due ------------------------------------------------------------------ */

static bool
wake_ticket(DbTx *tx, const struct ticker *ticker, struct uuid tenant, struct uuid id,
            GError **error)
{
    const struct desk_context desk = { .tx = tx,
                                       .config = ticker->job->config,
                                       .door = "clock" };
    struct uuid event;
    return db_tx_set_tenant(tx, tenant, error)
           && db_execute(tx, SQL_DUE_WAKE, NULL, error, db_uuid(id))
           && apply_record(&desk, id, "unsnoozed", NULL, &event, error);
}

static bool
wake(DbTx *tx, void *data, GError **error)
{
    struct ticker *ticker = data;
    g_autoptr(DbRows) rows = db_query(tx, SQL_DUE_SNOOZES, error, db_int(MOST));
    if (!rows)
        return false;
    for (size_t i = 0; i < db_rows_count(rows); i++)
        if (!wake_ticket(tx, ticker, db_get_uuid(rows, i, 0), db_get_uuid(rows, i, 1),
                         error))
            return false;
    ticker->n = (int64_t)db_rows_count(rows);
    return true;
}

static bool
forget_capabilities(DbTx *tx, void *data, GError **error)
{
    struct ticker *ticker = data;
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_DUE_FORGET_CAPABILITIES, error, db_int(MOST));
    if (!rows)
        return false;
    ticker->n = db_get_int(rows, 0, 0);
    return true;
}

static bool
forget_web(DbTx *tx, void *data, GError **error)
{
    struct ticker *ticker = data;
    g_autoptr(DbRows) rows = db_query(tx, SQL_DUE_FORGET_WEB, error, db_int(MOST));
    if (!rows)
        return false;
    ticker->n = db_get_int(rows, 0, 0);
    return true;
}

static bool
forget_accounts(DbTx *tx, void *data, GError **error)
{
    struct ticker *ticker = data;
    g_autoptr(DbRows) rows = db_query(tx, SQL_DUE_FORGET_ACCOUNTS, error, db_int(MOST));
    if (!rows)
        return false;
    ticker->n = db_get_int(rows, 0, 0);
    return true;
}

static bool
forget_exports(DbTx *tx, void *data, GError **error)
{
    struct ticker *ticker = data;
    g_autoptr(DbRows) rows = db_query(tx, SQL_EXPORT_FORGET, error, db_int(MOST));
    if (!rows)
        return false;
    ticker->n = db_get_int(rows, 0, 0);
    return true;
}

static bool
forget_notifications(DbTx *tx, void *data, GError **error)
{
    struct ticker *ticker = data;
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_DUE_FORGET_NOTIFICATIONS, error, db_int(MOST));
    if (!rows)
        return false;
    ticker->n = db_get_int(rows, 0, 0);
    return true;
}

static bool
close_accounts(DbTx *tx, void *data, GError **error)
{
    struct ticker *ticker = data;
    g_autoptr(DbRows) rows = db_query(tx, SQL_DUE_CLOSE_ACCOUNTS, error, db_int(MOST));
    if (!rows)
        return false;
    ticker->n = db_get_int(rows, 0, 0);
    return true;
}

/* Notices of those who want them together: one mail for each person. */
static bool
tell_together(DbTx *tx, void *data, GError **error)
{
    struct ticker *ticker = data;
    g_autoptr(DbRows) rows = db_query(tx, SQL_DUE_DIGESTS, error, db_int(MOST));
    if (!rows)
        return false;
    for (size_t i = 0; i < db_rows_count(rows); i++)
        if (!db_tx_set_tenant(tx, db_get_uuid(rows, i, 0), error)
            || !db_execute(tx, SQL_DUE_TELL_TOGETHER, NULL, error,
                           db_uuid(db_get_uuid(rows, i, 1)),
                           db_text(db_get_text(rows, i, 2)), db_uuid(uuid_make()),
                           db_int(LIMIT_DIGEST_ITEMS)))
            return false;
    ticker->n = (int64_t)db_rows_count(rows);
    return true;
}

/* Until there is nothing left of it. */
static bool
work_through(struct ticker *ticker, DbWork work, const char *event, GError **error)
{
    const struct db_tx_options options = { .durability = DB_DURABLE };
    int64_t total = 0;
    do {
        job_alive();
        ticker->n = 0;
        if (!db_transact(ticker->db, &options, work, ticker, error))
            return false;
        total += ticker->n;
    } while (ticker->n == MOST && !job_stopping());
    if (total > 0)
        log_info(event, log_int("n", total));
    return true;
}

/* --- the job ---------------------------------------------------------------------- */

static bool
take_lead(struct ticker *ticker, GError **error)
{
    g_autoptr(DbRows) rows = db_call(ticker->db, SQL_DUE_LEAD, error);
    if (!rows)
        return false;
    bool leads = db_get_bool(rows, 0, 0);
    if (leads && !ticker->leads)
        log_info("clock leads");
    ticker->leads = leads;
    return true;
}

/* One a tick, so that nothing else waits for more than one. What is wrong with one person's
   data is not the clock's end; it is tried again, and given up after a few times. */
static bool
make_export(struct ticker *ticker, GError **error)
{
    g_autoptr(GError) problem = NULL;
    bool any = false;
    if (export_next(ticker->db, ticker->job, &any, &problem))
        return true;
    if (db_is_lost(ticker->db) || job_stopping()) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    log_warning("export failed", log_error_field(problem));
    return true;
}

static bool
tick(struct ticker *ticker, GError **error)
{
    /* Asked each time: a connection that was lost took the lock with it. */
    if (!take_lead(ticker, error))
        return false;
    if (!ticker->leads)
        return true;
    if (!work_through(ticker, wake, "tickets woken", error)
        || !work_through(ticker, tell_together, "notices told together", error)
        || !work_through(ticker, close_accounts, "accounts closed", error)
        || !make_export(ticker, error))
        return false;
    if (clock_ticks_us() < ticker->clean_at_us)
        return true;
    ticker->clean_at_us = clock_ticks_us() + CLEAN_EVERY;
    return work_through(ticker, forget_capabilities, "capabilities forgotten", error)
           && work_through(ticker, forget_web, "web forgotten", error)
           && work_through(ticker, forget_accounts, "accounts forgotten", error)
           && work_through(ticker, forget_exports, "exports forgotten", error)
           && work_through(ticker, forget_notifications, "notifications forgotten",
                           error);
}

static bool
run(struct ticker *ticker, GError **error)
{
    while (!job_stopping()) {
        bool rang = false;
        job_alive();
        if (!tick(ticker, error)
            || !db_wait(ticker->db, job_stop_fd(), LOOK_EVERY, &rang, error))
            return false;
    }
    return true;
}

enum job_exit
clock_job(const struct job *job)
{
    g_autoptr(GError) error = NULL;
    const struct db_options options = {
        .conninfo = job->config->database,
        .application = job->worker,
        .statements = &statements,
        .statement_timeout_us = STATEMENT_TIMEOUT,
    };
    g_autoptr(Db) db = db_open(&options, &error);
    struct ticker ticker = { .job = job, .db = db };

    if (db && run(&ticker, &error))
        return JOB_STOPPED;
    bool again = error_is(error, ERR_RETRY);
    log_write(again ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR, "clock ended",
              LOG_FIELDS(log_error_field(error)));
    return again ? JOB_RETRY : JOB_FAILED;
}
