#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/db/listen.h"
#include "common/store/statements.h"
#include "maild/figures.h"
#include "maild/ingest/ingest.h"
#include "maild/job.h"
#include "maild/sandbox.h"

#define LOOK_INTERVAL (5 * CLOCK_SECOND) /* a bell may be missed: look by ourselves */

static Db *
open_database(const struct job *job, GError **error)
{
    const struct db_options options = {
        .conninfo = job->config->database,
        .application = job->worker,
        .statements = &statements,
        .statement_timeout_us = LIMIT_INGEST_SECONDS * CLOCK_SECOND,
    };
    g_autoptr(Db) db = db_open(&options, error);
    if (!db || !db_listen(db, BELL_INBOUND, error)
        || !inbound_release_worker(db, job->worker, job->after_retry, error))
        return NULL;
    return g_steal_pointer(&db);
}

static void
count(enum ingest_result result)
{
    static const enum figure figures[] = {
        [INGEST_APPLIED] = FIGURE_INGEST_APPLIED,
        [INGEST_DUPLICATE] = FIGURE_INGEST_DUPLICATE,
        [INGEST_IGNORED] = FIGURE_INGEST_IGNORED,
        [INGEST_QUARANTINED] = FIGURE_INGEST_QUARANTINED,
    };
    if (result != INGEST_GONE && figures[result])
        figure_add(figures[result], 1);
}

/* One message, with an alarm clock over it: whatever loops in there ends the process, the
   master starts another, and after three tries the message is set aside. */
static bool
ingest_one(Db *db, const struct job *job, const struct inbound_claim *claim,
           GError **error)
{
    enum ingest_result result = INGEST_GONE;
    g_autoptr(GError) failure = NULL;
    int64_t began = clock_ticks_us();

    alarm(LIMIT_INGEST_SECONDS);
    bool done = ingest_row(db, job->config, claim, &result, &failure);
    alarm(0);
    if (done) {
        count(result);
        if (result == INGEST_WAITING)
            db_ring(db, BELL_UNSEALING);
        log_info("ingest done", log_uuid("id", claim->id),
                 log_str("result", ingest_result_name(result)),
                 log_int("try", claim->tries),
                 log_int("took_us", clock_ticks_us() - began));
        return true;
    }
    log_warning("ingest failed", log_uuid("id", claim->id), log_int("try", claim->tries),
                log_str("code", error_code_name(failure)), log_error_field(failure));
    if (!error_is(failure, ERR_RETRY) || !db_is_lost(db))
        return true;
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

/* Everything that waits. */
static bool
work_off(Db *db, const struct job *job, GError **error)
{
    while (!job_stopping()) {
        struct inbound_claim claim;
        if (!inbound_claim_next(db, job->worker, job->config->lease_us, &claim, error))
            return false;
        if (uuid_is_nil(claim.id))
            return true;
        if (!ingest_one(db, job, &claim, error))
            return false;
        db_ring(db, BELL_OUTBOX);
        db_ring(db, BELL_EVENTS);
        job_alive();
    }
    return true;
}

static bool
run(Db *db, const struct job *job, GError **error)
{
    while (!job_stopping()) {
        bool rang = false;
        job_alive();
        if (!work_off(db, job, error)
            || !db_wait(db, job_stop_fd(), LOOK_INTERVAL, &rang, error))
            return false;
    }
    db_ring_flush(db);
    return true;
}

enum job_exit
ingest_job(const struct job *job)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = open_database(job, &error);
    if (!db) {
        log_warning("ingest has no database", log_error_field(error));
        return error_is(error, ERR_RETRY) ? JOB_RETRY : JOB_FAILED;
    }
    if (!sandbox_enter(SANDBOX_PARSER, &error)) {
        log_warning("ingest sandbox incomplete", log_error_field(error));
        g_clear_error(&error);
    }
    if (run(db, job, &error))
        return JOB_STOPPED;
    log_warning("ingest stops", log_error_field(error));
    return error_is(error, ERR_RETRY) ? JOB_RETRY : JOB_FAILED;
}
