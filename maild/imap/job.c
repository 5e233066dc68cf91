#include <poll.h>
#include <signal.h>

#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/db/listen.h"
#include "common/store/statements.h"
#include "maild/imap/reader.h"

#define BACK_OFF_FIRST (5 * CLOCK_SECOND)
#define BACK_OFF_LONGEST (5 * CLOCK_MINUTE)
#define SESSION_LONG CLOCK_MINUTE
#define STATEMENT_TIMEOUT (60 * CLOCK_SECOND)

void
reader_tick(void *reader)
{
    struct reader *r = reader;
    struct mailbox unused = r->mailbox;
    bool ours = false;

    job_alive();
    db_ring_flush(r->db);
    if (clock_ticks_us() < r->renew_at_us)
        return;
    /* A lease that can't be renewed shows at the next commit. */
    r->renew_at_us = clock_ticks_us() + READER_RENEW;
    mailbox_lease(r->db, &unused, r->job->worker, READER_LEASE, &ours, NULL);
}

/* Sleep until a moment on clock_ticks_us, or until the job shall stop. */
static void
sleep_until(struct reader *r, int64_t until_us)
{
    while (!job_stopping() && clock_ticks_us() < until_us) {
        struct pollfd stop = { .fd = job_stop_fd(), .events = POLLIN };
        int64_t left = MIN(until_us - clock_ticks_us(), 4 * CLOCK_SECOND);
        reader_tick(r);
        poll(&stop, 1, (int)(MAX(left, 0) / 1000 + 1));
    }
}

/* --- one session ------------------------------------------------------------------ */

static Session *
open_with_token(struct reader *r, GError **error)
{
    const struct session_options options = {
        .mailbox = r->config,
        .access_token = r->token ? r->token->access_token : NULL,
        .stop_fd = job_stop_fd(),
        .alive = reader_tick,
        .alive_data = r,
    };
    return session_open(&options, error);
}

/* An access token may end before its time; one that was just given out is not asked for
   again. */
static bool
connect_mailbox(struct reader *r, GError **error)
{
    g_autoptr(GError) refused = NULL;
    const OauthToken *before = r->token;

    if (!token_ensure(r, error))
        return false;
    bool cached = before && r->token == before;
    r->session = open_with_token(r, &refused);
    if (!r->session && error_is(refused, ERR_DENIED) && r->token) {
        g_clear_pointer(&r->token, oauth_token_free);
        if (cached) {
            g_clear_error(&refused);
            if (!token_ensure(r, error))
                return false;
            r->session = open_with_token(r, &refused);
        }
    }
    if (r->session)
        return true;
    g_propagate_error(error, g_steal_pointer(&refused));
    return false;
}

/* UIDs of another UIDVALIDITY mean nothing: everything is read again, and ingest knows
   what it has seen. */
static bool
begin_at_cursor(struct reader *r, GError **error)
{
    g_autoptr(GArray) none = g_array_new(FALSE, FALSE, sizeof(struct fetched_mail));
    const struct imap_folder *folder = &r->session->folder;

    log_info("imap connected", log_str("mailbox", r->config->name),
             log_str("host", r->config->host), log_int("exists", folder->exists),
             log_int("uid", r->mailbox.cursor.last_uid),
             log_str("wait", r->session->can_idle ? "idle" : "poll"));
    if (r->mailbox.cursor.uidvalidity == folder->uidvalidity)
        return true;
    if (r->mailbox.cursor.uidvalidity != 0)
        log_warning("imap uidvalidity changed", log_str("mailbox", r->config->name),
                    log_int("was", r->mailbox.cursor.uidvalidity),
                    log_int("is", folder->uidvalidity));
    r->mailbox.done_uid = 0;
    return store_batch(r, none, 0, error);
}

/* What could not be flagged, moved or deleted is a failure of the mailbox, though its mail
   comes in. */
static bool
note_cycle(struct reader *r, GError **error)
{
    int64_t unused = 0;
    if (!r->after_error)
        return alarm_contact(r, error);
    alarm_log_failure(r, r->after_error);
    return alarm_failure(r, r->after_error, &unused, error);
}

static bool
read_session(struct reader *r, GError **error)
{
    if (!begin_at_cursor(r, error))
        return false;
    while (!job_stopping())
        if (!after_catch_up(r, error) || !fetch_news(r, error) || !note_cycle(r, error)
            || !idle_wait(r, error))
            return false;
    return true;
}

/* Read until it breaks or the job shall stop. *ret_session_us is how long there was a
   session. */
static bool
read_mailbox(struct reader *r, int64_t *ret_session_us, GError **error)
{
    int64_t begin_us = clock_ticks_us();
    bool good = connect_mailbox(r, error);
    bool connected = good;
    good = good && read_session(r, error);
    *ret_session_us = connected ? clock_ticks_us() - begin_us : 0;
    g_clear_pointer(&r->session, session_free);
    g_clear_error(&r->after_error);
    return good;
}

/* --- the loop --------------------------------------------------------------------- */

/* False when the database is away. *ret_ours: we may read. */
static bool
take_lease(struct reader *r, bool *ret_ours, GError **error)
{
    r->renew_at_us = clock_ticks_us() + READER_RENEW;
    return mailbox_lease(r->db, &r->mailbox, r->job->worker, READER_LEASE, ret_ours,
                         error);
}

/* A fifth more or less, so that mailboxes of one server that went away do not come back
   all at once. */
static int64_t
with_noise(int64_t pause_us)
{
    uint16_t noise = 0;
    crypto_random(&noise, sizeof noise);
    return pause_us * 4 / 5 + pause_us * 2 / 5 * noise / UINT16_MAX;
}

/* Wait before the next try; in between the time may come to raise the alarm. */
static bool
back_off(struct reader *r, const GError *failure, int64_t pause_us, GError **error)
{
    int64_t until_us = clock_ticks_us() + with_noise(pause_us), alarm_us = 0;

    alarm_log_failure(r, failure);
    if (!alarm_failure(r, failure, &alarm_us, error))
        return false;
    if (alarm_us < until_us) {
        sleep_until(r, alarm_us);
        if (!job_stopping() && !alarm_failure(r, failure, &alarm_us, error))
            return false;
    }
    sleep_until(r, until_us);
    return true;
}

/* Servers end sessions that have lasted, and routers forget them: that is no failure until
   the next one can't be had. */
static bool
is_usual_end(int64_t session_us, const GError *failure)
{
    return session_us > SESSION_LONG && error_is(failure, ERR_RETRY);
}

/* False and error when the database is what failed. */
static bool
run(struct reader *r, GError **error)
{
    int64_t pause_us = BACK_OFF_FIRST;

    while (!job_stopping()) {
        g_autoptr(GError) failure = NULL;
        int64_t session_us = 0;
        bool ours = false;

        if (!take_lease(r, &ours, error))
            return false;
        if (!ours) {
            sleep_until(r, clock_ticks_us() + READER_RENEW / 2);
            continue;
        }
        if (read_mailbox(r, &session_us, &failure) || job_stopping()
            || error_is(failure, ERR_CONFLICT)) /* another reads it: not our failure */
            continue;
        if (session_us > 0)
            pause_us = BACK_OFF_FIRST;
        if (is_usual_end(session_us, failure)) {
            log_info("imap connection ended", log_str("mailbox", r->config->name),
                     log_error_field(failure));
            sleep_until(r, clock_ticks_us() + with_noise(CLOCK_SECOND));
            continue;
        }
        if (!back_off(r, failure, pause_us, error))
            return false;
        pause_us = MIN(2 * pause_us, BACK_OFF_LONGEST);
    }
    return true;
}

static enum job_exit
fail(const struct reader *r, const GError *error)
{
    bool again = error_is(error, ERR_RETRY);
    log_write(again ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR, "imap ended",
              LOG_FIELDS(log_str("mailbox", r->config->name), log_error_field(error)));
    return again ? JOB_RETRY : JOB_FAILED;
}

static bool
set_up(struct reader *r, GError **error)
{
    const struct db_options options = {
        .conninfo = r->job->config->database,
        .application = r->job->worker,
        .statements = &statements,
        .statement_timeout_us = STATEMENT_TIMEOUT,
    };
    r->db = db_open(&options, error);
    return r->db
           && mailbox_ensure(r->db, r->config->name, r->config->queue, &r->mailbox,
                             error);
}

enum job_exit
imap_job(const struct job *job)
{
    g_autoptr(GError) error = NULL;
    struct reader reader = { .job = job, .config = job->subject };

    signal(SIGPIPE, SIG_IGN);
    bool good = set_up(&reader, &error) && run(&reader, &error);
    if (good)
        mailbox_release(reader.db, &reader.mailbox, job->worker, NULL);
    enum job_exit exit = good ? JOB_STOPPED : fail(&reader, error);
    oauth_token_free(reader.token);
    db_free(reader.db);
    return exit;
}
