/* The send job: sends what is due, then sleeps until the bell rings or something is. */
#include <signal.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/db/listen.h"
#include "common/store/outbox.h"
#include "common/store/statements.h"
#include "maild/job.h"
#include "maild/send/batch.h"

#define LOOK_EVERY (5 * CLOCK_SECOND)
#define STATEMENT_TIMEOUT (60 * CLOCK_SECOND)

static bool
set_up(struct sender *sender, TemplateSet **ret_templates, GError **error)
{
    const Config *config = sender->job->config;
    const struct db_options options = {
        .conninfo = config->database,
        .application = sender->job->worker,
        .statements = &statements,
        .statement_timeout_us = STATEMENT_TIMEOUT,
    };
    sender->templates = *ret_templates = template_set_load(config->templates, error);
    if (!sender->templates)
        return false;
    sender->db = db_open(&options, error);
    if (!sender->db)
        return false;
    sender->transports = transports_new(config, sender->db);
    return db_listen(sender->db, BELL_OUTBOX, error)
           && outbox_release(sender->db, sender->job->worker, error);
}

static bool
wait_for_work(const struct sender *sender, GError **error)
{
    int64_t due_us = 0;
    bool rang = false;

    transports_rest(sender->transports);
    if (!outbox_next_due(sender->db, &due_us, error))
        return false;
    int64_t pause_us =
        due_us ? CLAMP(due_us - clock_now_us(), 0, LOOK_EVERY) : LOOK_EVERY;
    /* Rows of another sender are due, too, and then we are here only to look for those
       that nobody holds: not in a tight circle. */
    pause_us = MAX(pause_us, CLOCK_SECOND / 20);
    return db_wait(sender->db, job_stop_fd(), pause_us, &rang, error);
}

static bool
run(const struct sender *sender, GError **error)
{
    while (!job_stopping()) {
        size_t n = 0;
        job_alive();
        if (!batch_send(sender, &n, error) || (n == 0 && !wait_for_work(sender, error)))
            return false;
    }
    db_ring_flush(sender->db);
    return true;
}

static enum job_exit
fail(const GError *error)
{
    bool again = error_is(error, ERR_RETRY);
    log_write(again ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR, "send ended",
              LOG_FIELDS(log_error_field(error)));
    return again ? JOB_RETRY : JOB_FAILED;
}

enum job_exit
send_job(const struct job *job)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TemplateSet) templates = NULL;
    struct sender sender = { .job = job };

    signal(SIGPIPE, SIG_IGN);
    enum job_exit exit = set_up(&sender, &templates, &error) && run(&sender, &error)
                             ? JOB_STOPPED
                             : fail(error);
    transports_free(sender.transports);
    db_free(sender.db);
    return exit;
}
