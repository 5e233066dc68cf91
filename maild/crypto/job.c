/*
 * The crypto job: opens and verifies signed and encrypted mail, with GnuPG, so that ingest
 * needs neither keys nor other programs. One mail at a time, each with an alarm clock over
 * it: what loops or hangs ends this process and the programs it began; the master starts
 * another, and after three tries the mail becomes a ticket as it came.
 */
#include <signal.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/db/listen.h"
#include "common/store/statements.h"
#include "maild/crypto/home.h"
#include "maild/crypto/work.h"
#include "maild/job.h"
#include "maild/sandbox.h"

#define LOOK_INTERVAL (5 * CLOCK_SECOND) /* a bell may be missed: look by ourselves */

/* gpg and gpgsm are in our process group; gpg-agent ends when its home is removed. */
static void
on_alarm(int signal)
{
    (void)signal;
    kill(0, SIGKILL);
}

static Db *
open_database(const struct job *job, GError **error)
{
    const struct db_options options = {
        .conninfo = job->config->database,
        .application = job->worker,
        .statements = &statements,
        .statement_timeout_us = LIMIT_CRYPTO_SECONDS * CLOCK_SECOND,
    };
    g_autoptr(Db) db = db_open(&options, error);
    if (!db || !db_listen(db, BELL_UNSEALING, error)
        || !unsealing_release_worker(db, job->worker, job->after_retry, error))
        return NULL;
    return g_steal_pointer(&db);
}

static bool
unseal_one(Db *db, const struct job *job, const char *base,
           const struct unsealing_claim *claim, GError **error)
{
    bool done = false;
    int64_t began = clock_ticks_us();
    alarm(LIMIT_CRYPTO_SECONDS);
    bool good = work_unseal(db, job->config, base, claim, &done, error);
    alarm(0);
    if (!good)
        return false;
    if (done)
        log_info("unsealing done", log_uuid("id", claim->inbound),
                 log_int("try", claim->tries),
                 log_int("took_us", clock_ticks_us() - began));
    db_ring(db, BELL_INBOUND);
    return true;
}

static bool
work_off(Db *db, const struct job *job, const char *base, GError **error)
{
    while (!job_stopping()) {
        struct unsealing_claim claim;
        job_alive();
        if (!unsealing_claim_next(db, job->worker, job->config->lease_us, &claim, error))
            return false;
        if (uuid_is_nil(claim.inbound))
            return true;
        if (!unseal_one(db, job, base, &claim, error))
            return false;
    }
    return true;
}

static bool
run(Db *db, const struct job *job, const char *base, GError **error)
{
    while (!job_stopping()) {
        bool rang = false;
        job_alive();
        if (!work_off(db, job, base, error)
            || !db_wait(db, job_stop_fd(), LOOK_INTERVAL, &rang, error))
            return false;
    }
    db_ring_flush(db);
    return true;
}

enum job_exit
crypto_job(const struct job *job)
{
    g_autoptr(GError) error = NULL;

    setpgid(0, 0);
    signal(SIGALRM, on_alarm);
    g_autofree char *base = home_make_base(&error);
    g_autoptr(Db) db = base ? open_database(job, &error) : NULL;
    if (db && !sandbox_enter_tools(base, &error)) {
        log_warning("crypto sandbox incomplete", log_error_field(error));
        g_clear_error(&error);
    }
    bool good = db && run(db, job, base, &error);
    if (base)
        home_remove_base(base);
    if (good)
        return JOB_STOPPED;
    log_warning("crypto stops", log_error_field(error));
    return error_is(error, ERR_RETRY) ? JOB_RETRY : JOB_FAILED;
}
