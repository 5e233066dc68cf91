/* master_probe: the real master over jobs that do on demand what no good job does, for
   tests/e2e/test_master.py. PROBE_SEND says what the send jobs do; PROBE_SILENCE_MS, after
   how much silence a job is ended.

       master_probe CONFIG
*/
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/crypto.h"
#include "common/base/log.h"
#include "common/db/db.h"
#include "maild/master.h"
#include "maild/sandbox.h"
#include "maild/title.h"

static void
say_hello(const struct job *job)
{
    log_info("hello", log_str("worker", job->worker), log_int("uid", getuid()),
             log_int("after_retry", job->after_retry),
             log_str("instance", job->config->instance));
}

static enum job_exit
idle(void)
{
    while (!job_stopping()) {
        struct pollfd fd = { .fd = job_stop_fd(), .events = POLLIN };
        job_alive();
        poll(&fd, 1, 200);
    }
    return JOB_STOPPED;
}

static enum job_exit
run_idle(const struct job *job)
{
    say_hello(job);
    return idle();
}

static void
answer(int listener)
{
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        return;
    dprintf(fd, "%d\n", (int)getpid());
    close(fd);
}

/* Answers each connection, to the unix socket or by TCP, with its pid. */
static enum job_exit
run_lmtp(const struct job *job)
{
    say_hello(job);
    while (!job_stopping()) {
        struct pollfd fds[] = { { .fd = job_stop_fd(), .events = POLLIN },
                                { .fd = job->listen_fds[0], .events = POLLIN },
                                { .fd = job->listen_fds[1], .events = POLLIN } };
        job_alive();
        poll(fds, G_N_ELEMENTS(fds), 200);
        for (size_t i = 1; i < G_N_ELEMENTS(fds); i++)
            if (fds[i].revents)
                answer(fds[i].fd);
    }
    return JOB_STOPPED;
}

/* --- the sandbox, with a database connection --------------------------------------- */

static const struct db_statement table[] = { { "one", "SELECT 1::bigint" } };
static const struct db_statement_table statements = { table, 1 };

static bool
query_works(Db *db)
{
    g_autoptr(DbRows) rows = db_call(db, 0, NULL);
    return rows && db_get_int(rows, 0, 0) == 1;
}

static bool
iconv_works(void)
{
    char text[] = "\x1b$B%a!<%k\x1b(B", out[32] = "", *from = text, *to = out;
    size_t left = strlen(text), room = sizeof out - 1;
    iconv_t cd = iconv_open("UTF-8", "ISO-2022-JP");
    bool good = cd != (iconv_t)-1 && iconv(cd, &from, &left, &to, &room) != (size_t)-1;
    if (cd != (iconv_t)-1)
        iconv_close(cd);
    return good && strcmp(out, "メール") == 0;
}

static enum job_exit
run_ingest(const struct job *job)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = db_open(&(struct db_options){ .conninfo = job->config->database,
                                                     .application = job->worker,
                                                     .statements = &statements },
                               &error);
    say_hello(job);
    if (!db)
        return JOB_RETRY;
    if (!sandbox_enter(SANDBOX_PARSER, &error))
        log_warning("sandbox incomplete", log_error_field(error));

    char *const argv[] = { (char *)"true", NULL };
    int exec = execv("/bin/true", argv);
    log_info("sandbox", log_int("query", query_works(db)),
             log_int("iconv", iconv_works()),
             log_int("socket", socket(AF_INET, SOCK_STREAM, 0) >= 0),
             log_int("write", open("/dev/null", O_WRONLY | O_CLOEXEC) >= 0),
             log_int("exec", exec >= 0), log_int("reconnect", db_reconnect(db, NULL)));
    return idle();
}

/* --- bad jobs --------------------------------------------------------------------- */

static G_NORETURN void
take_memory(void)
{
    for (;;)
        memset(g_malloc(16 << 20), 1, 16 << 20);
}

/* Deaf: alive, but it never stops. */
static G_NORETURN void
stay_deaf(void)
{
    signal(SIGTERM, SIG_IGN);
    for (;;) {
        job_alive();
        usleep(100000);
    }
}

static G_NORETURN void
fall_silent(void)
{
    job_alive();
    for (;;)
        pause();
}

static enum job_exit
run_send(const struct job *job)
{
    const char *what = getenv("PROBE_SEND");

    say_hello(job);
    if (g_strcmp0(what, "fail") == 0)
        return JOB_FAILED;
    if (g_strcmp0(what, "retry") == 0)
        return JOB_RETRY;
    if (g_strcmp0(what, "memory") == 0)
        take_memory();
    if (g_strcmp0(what, "deaf") == 0)
        stay_deaf();
    if (g_strcmp0(what, "silent") == 0)
        fall_silent();
    if (g_strcmp0(what, "core") == 0) {
        struct rlimit core = { 1, 1 }, files = { 1, 1 };
        getrlimit(RLIMIT_CORE, &core);
        getrlimit(RLIMIT_NOFILE, &files);
        log_info("limits", log_int("core", (int64_t)core.rlim_max),
                 log_int("files", (int64_t)files.rlim_max));
    }
    return idle();
}

int
main(int argc, char **argv)
{
    static const struct master_job jobs[] = {
        { "lmtp", run_lmtp, JOB_ONE, true, 1u << 30, 256 },
        { "imap", run_idle, JOB_PER_MAILBOX, false, 1u << 30, 256 },
        { "ingest", run_ingest, JOB_PER_INGEST, false, 1u << 30, 256 },
        { "send", run_send, JOB_PER_SEND, false, 256u << 20, 256 },
        { "clock", run_idle, JOB_ONE, false, 1u << 30, 256 },
        { .name = NULL },
    };
    const char *silence = getenv("PROBE_SILENCE_MS");
    g_autofree char *path = g_strdup(argc > 1 ? argv[1] : "");

    crypto_init();
    title_init(argc, argv);
    log_set_process("maild");
    return master_run(&(struct master_options){
        .config_path = path,
        .jobs = jobs,
        .check = maild_check,
        .silence_us = silence ? g_ascii_strtoll(silence, NULL, 10) * 1000 : 0 });
}
