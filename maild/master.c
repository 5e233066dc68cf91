#include "maild/master.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/notify_systemd.h"
#include "common/base/privileges.h"
#include "maild/figures.h"
#include "maild/plan.h"
#include "maild/process.h"
#include "maild/sockets.h"

#define STOP_GRACE (9 * CLOCK_SECOND) /* of the 10 s that a stop may take */
#define CHECK_LONGEST (30 * CLOCK_SECOND)
#define CHECK_AGAIN_FIRST CLOCK_SECOND
#define CHECK_AGAIN_LONGEST (30 * CLOCK_SECOND)
#define FIGURES_INTERVAL (10 * CLOCK_SECOND)

/* A configuration with the sockets that it wants. */
struct desk {
    Config *config;
    Sockets *sockets;
};

struct master {
    const struct master_options *options;
    struct desk desk;      /* in force; config is NULL before the first check */
    struct desk candidate; /* being checked; config is NULL when none is */
    GPtrArray *processes;  /* of Process */
    int signal_fd;
    pid_t check_pid;
    int64_t check_kill_at_us;
    int64_t check_again_us; /* before the first good check: when to ask again */
    int64_t check_pause_us;
    bool reload_wanted; /* a HUP that came during a check */
    bool stopping;
    bool ready;
    int status; /* for exit, once `done` */
    bool done;
    int64_t figures_at_us;
    int64_t watchdog_us, watchdog_at_us;
    int64_t silence_us;
};

static void
desk_clear(struct desk *desk)
{
    g_clear_pointer(&desk->config, config_free);
    g_clear_pointer(&desk->sockets, sockets_free);
}

/* One log line a problem: an error of the configuration has many. */
static void
log_lines(const char *event, const GError *error)
{
    g_auto(GStrv) lines = g_strsplit(error->message, "\n", -1);
    for (char **line = lines; *line; line++)
        log_error(event, log_str("error", *line));
}

/* --- processes -------------------------------------------------------------------- */

static Process *
find_process(const struct master *m, const char *name)
{
    for (guint i = 0; i < m->processes->len; i++) {
        Process *process = m->processes->pdata[i];
        if (g_str_equal(process->name, name))
            return process;
    }
    return NULL;
}

static void
start_process(struct master *m, Process *process)
{
    const int master_fds[] = { m->signal_fd, -1 };
    const struct process_setting setting = { .config = m->desk.config,
                                             .listen_fds = m->desk.sockets->fds,
                                             .master_fds = master_fds,
                                             .others = m->processes };
    process_start(process, &setting);
}

/* Make the processes those of the plan: each that runs is stopped, and the next one of its
   name, started when it has ended, has the new configuration. One after the other, because
   they would claim by the same name. */
static void
follow_plan(struct master *m)
{
    g_autoptr(GPtrArray) plan = plan_make(m->desk.config, m->options->jobs);

    for (guint i = 0; i < m->processes->len; i++) {
        Process *process = m->processes->pdata[i];
        const struct plan_entry *entry = plan_find(plan, process->name);
        process->wanted = entry != NULL;
        process->subject = entry ? entry->subject : NULL;
        process->start_at_us = 0;
        process->pause_us = 0;
        process_stop(process, STOP_GRACE);
    }
    for (guint i = 0; i < plan->len; i++) {
        const struct plan_entry *entry = plan->pdata[i];
        if (find_process(m, entry->name))
            continue;
        Process *process = process_new(entry->job, entry->name);
        process->wanted = true;
        process->subject = entry->subject;
        g_ptr_array_add(m->processes, process);
    }
}

static void
tend_process(struct master *m, Process *process, int64_t now)
{
    switch (process->state) {
    case PROCESS_WAITING:
        if (process->wanted && process->start_at_us <= now)
            start_process(m, process);
        break;
    case PROCESS_RUNNING:
        if (now - process_heard_us(process) > m->silence_us)
            process_kill(process, "it was silent for too long");
        break;
    case PROCESS_STOPPING:
        if (process->kill_at_us <= now)
            process_kill(process, "it did not stop in time");
        break;
    }
}

static void
tend_processes(struct master *m)
{
    int64_t now = clock_ticks_us();
    for (guint i = m->processes->len; i > 0; i--) {
        Process *process = m->processes->pdata[i - 1];
        if (!process->wanted && process->state == PROCESS_WAITING)
            g_ptr_array_remove_index(m->processes, i - 1);
    }
    for (guint i = 0; i < m->processes->len; i++)
        tend_process(m, m->processes->pdata[i], now);
    if (m->stopping && m->processes->len == 0 && m->check_pid == 0)
        m->done = true;
}

/* --- check and reload ------------------------------------------------------------- */

static G_NORETURN void
run_check(const struct master *m)
{
    g_autoptr(GError) error = NULL;

    process_listen();
    if (m->options->check(m->candidate.config, &error))
        exit(EX_OK);
    bool retry = error_is(error, ERR_RETRY);
    if (retry)
        log_warning("database away", log_error_field(error));
    else
        log_lines("check failed", error);
    g_clear_error(&error);
    exit(retry ? EX_TEMPFAIL : EX_CONFIG);
}

static void
start_check(struct master *m)
{
    m->check_again_us = 0;
    m->check_kill_at_us = clock_ticks_us() + CHECK_LONGEST;
    m->check_pid = process_fork("check");
    if (m->check_pid == 0)
        run_check(m);
    if (m->check_pid > 0)
        return;
    m->check_pid = 0;
    m->check_again_us = clock_ticks_us() + CHECK_AGAIN_LONGEST;
    log_error("check not started", log_str("error", g_strerror(errno)));
}

static void
adopt(struct master *m)
{
    bool first = !m->desk.config;
    struct desk old = m->desk;

    m->desk = m->candidate;
    m->candidate = (struct desk){ NULL, NULL };
    if (!first)
        sockets_remove(old.sockets, m->desk.sockets);
    log_set_level(m->desk.config->log_level);
    follow_plan(m);
    desk_clear(&old);
    m->ready = false;
    log_info(first ? "started" : "configuration replaced",
             log_str("path", m->desk.config->path),
             log_int("processes", m->processes->len));
}

static void
refuse_reload(struct master *m, const char *why)
{
    desk_clear(&m->candidate);
    log_error("configuration refused", log_str("reason", why),
              log_str("kept", "the old one"));
    notify_systemd("READY=1");
}

/* Before anything runs there is nothing to fall back to: a bad check ends us, a database
   that is away is waited for. */
static void
first_check_failed(struct master *m, int status)
{
    if (status != EX_CONFIG) {
        m->check_pause_us = m->check_pause_us
                                ? MIN(m->check_pause_us * 2, CHECK_AGAIN_LONGEST)
                                : CHECK_AGAIN_FIRST;
        m->check_again_us = clock_ticks_us() + m->check_pause_us;
        return;
    }
    m->status = EX_CONFIG;
    m->done = true;
}

static void
check_ended(struct master *m, int wait_status)
{
    int status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : EX_TEMPFAIL;

    m->check_pid = 0;
    if (m->stopping)
        return;
    if (status == EX_OK)
        adopt(m);
    else if (!m->desk.config)
        first_check_failed(m, status);
    else
        refuse_reload(m, status == EX_CONFIG ? "it can't work"
                                             : "its database can't be asked now");
}

static void
reload(struct master *m)
{
    g_autoptr(GError) error = NULL;

    m->reload_wanted = false;
    m->check_again_us = 0;
    desk_clear(&m->candidate); /* one whose check could not be started */
    notify_systemd_reloading();
    m->candidate.config = config_read(m->options->config_path, &error);
    if (m->candidate.config)
        m->candidate.sockets =
            sockets_open(m->candidate.config->lmtp_listen, m->desk.sockets, &error);
    if (m->candidate.sockets) {
        start_check(m);
        return;
    }
    log_lines("configuration refused", error);
    refuse_reload(m, "see above");
}

static void
tend_check(struct master *m)
{
    int64_t now = clock_ticks_us();
    if (m->check_pid > 0 && m->check_kill_at_us <= now)
        kill(m->check_pid, SIGKILL);
    if (m->stopping || m->check_pid > 0)
        return;
    if (m->check_again_us && m->check_again_us <= now)
        start_check(m);
    else if (m->reload_wanted && m->desk.config)
        reload(m);
}

/* --- signals ---------------------------------------------------------------------- */

static void
stop(struct master *m)
{
    if (m->stopping)
        return;
    m->stopping = true;
    notify_systemd("STOPPING=1");
    log_info("stopping", log_int("processes", m->processes->len));
    for (guint i = 0; i < m->processes->len; i++) {
        Process *process = m->processes->pdata[i];
        process->wanted = false;
        process_stop(process, STOP_GRACE);
    }
    if (m->check_pid > 0)
        kill(m->check_pid, SIGKILL);
}

static void
reap(struct master *m)
{
    struct rusage usage = { 0 };
    int status = 0;

    for (pid_t pid; (pid = wait4(-1, &status, WNOHANG, &usage)) > 0;) {
        if (pid == m->check_pid) {
            check_ended(m, status);
            continue;
        }
        for (guint i = 0; i < m->processes->len; i++) {
            Process *process = m->processes->pdata[i];
            if (process->pid == pid)
                process_ended(process, status, &usage);
        }
    }
}

static void
take_signals(struct master *m)
{
    struct signalfd_siginfo info;
    while (read(m->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
            stop(m);
        else if (info.ssi_signo == SIGHUP)
            m->reload_wanted = true;
    }
    reap(m); /* signals of one kind merge, so this looks for itself */
}

static bool
open_signals(struct master *m)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    m->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return m->signal_fd >= 0;
}

/* --- figures, readiness, watchdog ------------------------------------------------- */

static void
write_figures(struct master *m, int64_t now)
{
    static bool failing;
    g_autoptr(GError) error = NULL;

    m->figures_at_us = now + FIGURES_INTERVAL;
    if (!m->desk.config || !m->desk.config->metrics_file)
        return;
    bool good = figures_write(m->desk.config->metrics_file, m->ready, &error);
    if (!good && !failing)
        log_warning("figures not written", log_error_field(error));
    failing = !good;
}

static void
tend_readiness(struct master *m)
{
    if (m->ready || !m->desk.config || m->stopping)
        return;
    for (guint i = 0; i < m->processes->len; i++)
        if (!process_is_up(m->processes->pdata[i]))
            return;
    m->ready = true;
    m->figures_at_us = 0;
    notify_systemd("READY=1");
    log_info("ready", log_int("processes", m->processes->len));
}

static void
tend_clocks(struct master *m)
{
    int64_t now = clock_ticks_us();
    if (m->figures_at_us <= now)
        write_figures(m, now);
    if (m->watchdog_us && m->watchdog_at_us <= now) {
        m->watchdog_at_us = now + m->watchdog_us;
        notify_systemd("WATCHDOG=1");
    }
}

/* --- the loop --------------------------------------------------------------------- */

static int64_t
sooner(int64_t then, int64_t candidate)
{
    return candidate ? MIN(then, candidate) : then;
}

/* When something is due of which no signal will tell. */
static int
wait_ms(const struct master *m)
{
    int64_t now = clock_ticks_us();
    int64_t then = m->figures_at_us;

    then = sooner(then, m->watchdog_us ? m->watchdog_at_us : 0);
    then = sooner(then, m->check_again_us);
    then = sooner(then, m->check_pid > 0 ? m->check_kill_at_us : 0);
    if (m->desk.config && !m->ready) /* a page of memory rings no bell */
        then = MIN(then, now + CLOCK_SECOND / 20);
    for (guint i = 0; i < m->processes->len; i++) {
        const Process *process = m->processes->pdata[i];
        if (process->state == PROCESS_WAITING)
            then = MIN(then, process->start_at_us);
        if (process->state == PROCESS_RUNNING)
            then = MIN(then, process_heard_us(process) + m->silence_us);
        if (process->state == PROCESS_STOPPING)
            then = MIN(then, process->kill_at_us);
    }
    return (int)(CLAMP(then - now, 0, FIGURES_INTERVAL) / 1000 + 1);
}

static void
serve(struct master *m)
{
    while (!m->done) {
        struct pollfd fd = { .fd = m->signal_fd, .events = POLLIN };
        poll(&fd, 1, wait_ms(m));
        take_signals(m);
        tend_check(m);
        tend_processes(m);
        tend_readiness(m);
        tend_clocks(m);
    }
}

/* What needs the rights that we were started with comes first: secrets, low ports. */
static int
open_desk(struct master *m)
{
    g_autoptr(GError) error = NULL;

    m->candidate.config = config_read(m->options->config_path, &error);
    if (!m->candidate.config) {
        log_lines("configuration refused", error);
        return EX_CONFIG;
    }
    log_set_level(m->candidate.config->log_level);
    m->candidate.sockets = sockets_open(m->candidate.config->lmtp_listen, NULL, &error);
    if (m->candidate.sockets && privileges_drop(m->candidate.config->user, &error))
        return EX_OK;
    log_error("not started", log_error_field(error));
    if (m->candidate.sockets)
        sockets_remove(m->candidate.sockets, NULL);
    return error_is(error, ERR_DENIED) ? EX_NOPERM : EX_CONFIG;
}

int
master_run(const struct master_options *options)
{
    struct master m = { .options = options,
                        .processes =
                            g_ptr_array_new_with_free_func((GDestroyNotify)process_free),
                        .watchdog_us = notify_systemd_watchdog_us(),
                        .silence_us = options->silence_us ? options->silence_us
                                                          : JOB_SILENCE * CLOCK_SECOND };

    m.status = open_desk(&m);
    if (m.status == EX_OK && !open_signals(&m))
        m.status = EX_OSERR;
    if (m.status == EX_OK) {
        figures_init();
        start_check(&m);
        serve(&m);
        struct desk *last = m.desk.config ? &m.desk : &m.candidate;
        sockets_remove(last->sockets, NULL);
        close(m.signal_fd);
        log_info("stopped", log_int("status", m.status));
    }
    desk_clear(&m.candidate);
    desk_clear(&m.desk);
    g_ptr_array_unref(m.processes);
    return m.status;
}
