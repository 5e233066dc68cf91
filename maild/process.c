#include "maild/process.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/log.h"
#include "maild/figures.h"
#include "maild/title.h"

/* Pauses before a start: the first, and the longest. What went away by itself (a database
   that restarts) is asked again soon; what is broken is not tried a thousand times. */
#define FAILED_FIRST (250 * CLOCK_SECOND / 1000)
#define FAILED_LONGEST CLOCK_MINUTE
#define RETRY_FIRST (500 * CLOCK_SECOND / 1000)
#define RETRY_LONGEST (8 * CLOCK_SECOND)

Process *
process_new(const struct master_job *job, const char *name)
{
    Process *process = g_new0(Process, 1);
    process->name = g_strdup(name);
    process->job = job;
    process->stop_fd = -1;
    return process;
}

static void
close_stop(Process *process)
{
    if (process->stop_fd >= 0)
        close(process->stop_fd);
    process->stop_fd = -1;
}

void
process_free(Process *process)
{
    if (!process)
        return;
    close_stop(process);
    life_free(process->life);
    g_free(process->name);
    g_free(process);
}

/* --- in the child ----------------------------------------------------------------- */

static void
set_signals(void)
{
    static const int ignored[] = { SIGINT, SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2 };

    for (size_t i = 0; i < G_N_ELEMENTS(ignored); i++)
        signal(ignored[i], SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    signal(SIGCHLD, SIG_DFL);
}

void
process_listen(void)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
set_limit(int resource, rlim_t most)
{
    struct rlimit limit = { 0, 0 };
    if (getrlimit((__rlimit_resource_t)resource, &limit) != 0)
        return;
    limit.rlim_max = MIN(limit.rlim_max, most);
    limit.rlim_cur = limit.rlim_max;
    setrlimit((__rlimit_resource_t)resource, &limit);
}

static void
set_limits(const struct master_job *job)
{
    set_limit(RLIMIT_CORE, 0); /* a core holds mail and passwords */
    set_limit(RLIMIT_NOFILE, job->files);
#ifndef __SANITIZE_ADDRESS__ /* its shadow alone is terabytes of address space */
    set_limit(RLIMIT_AS, job->memory);
#endif
}

pid_t
process_fork(const char *name)
{
    pid_t master = getpid();
    pid_t pid = fork();
    if (pid != 0)
        return pid;

    g_autofree char *full = g_strdup_printf("maild/%s", name);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != master) /* it died before the line above */
        _exit(EXIT_FAILURE);
    prctl(PR_SET_NAME, name); /* its first 15 characters */
    title_set(name);
    log_set_process(full);
    set_signals();
    return 0;
}

static void
close_all(const int *fds)
{
    for (; fds && *fds >= 0; fds++)
        close(*fds);
}

static void
close_what_is_the_masters(const Process *process, const struct process_setting *setting)
{
    for (guint i = 0; i < setting->others->len; i++)
        close_stop(setting->others->pdata[i]);
    close_all(setting->master_fds);
    if (!process->job->listens)
        close_all(setting->listen_fds);
}

static G_NORETURN void
run_child(Process *process, const struct process_setting *setting, int stop_fd)
{
    g_autofree char *worker =
        g_strdup_printf("%s/%s", setting->config->instance, process->name);
    struct job job = {
        .config = setting->config,
        .name = process->name,
        .worker = worker,
        .subject = process->subject,
        .after_retry = process->after_retry,
        .listen_fds = process->job->listens ? setting->listen_fds : NULL,
    };
    close_what_is_the_masters(process, setting);
    set_limits(process->job);
    life_begin(process->life, stop_fd);
    process_listen();
    int status = (int)process->job->run(&job);
    g_free(g_steal_pointer(&worker));
    exit(status);
}

/* --- in the master ---------------------------------------------------------------- */

static void
plan_start(Process *process, int64_t first, int64_t longest)
{
    process->pause_us = process->pause_us ? MIN(process->pause_us * 2, longest) : first;
    process->start_at_us = clock_ticks_us() + process->pause_us;
}

static void
fork_failed(Process *process, const char *what)
{
    int code = errno;
    plan_start(process, FAILED_FIRST, FAILED_LONGEST);
    log_error("job not started", log_str("job", process->name), log_str("what", what),
              log_str("error", g_strerror(code)));
}

void
process_start(Process *process, const struct process_setting *setting)
{
    int ends[2] = { -1, -1 };

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        fork_failed(process, "socketpair");
        return;
    }
    life_free(process->life);
    process->life = life_new();
    process->stop_fd = ends[0];
    process->killed_for = NULL;
    pid_t pid = process_fork(process->name);
    if (pid == 0)
        run_child(process, setting, ends[1]);
    close(ends[1]);
    if (pid < 0) {
        close_stop(process);
        fork_failed(process, "fork");
        return;
    }
    process->pid = pid;
    process->state = PROCESS_RUNNING;
    process->started_us = clock_ticks_us();
    log_debug("job started", log_str("job", process->name), log_int("pid", pid));
}

void
process_stop(Process *process, int64_t grace_us)
{
    if (process->state != PROCESS_RUNNING)
        return;
    process->state = PROCESS_STOPPING;
    process->kill_at_us = clock_ticks_us() + grace_us;
    close_stop(process);
    kill(process->pid, SIGTERM);
}

void
process_kill(Process *process, const char *reason)
{
    if (process->state == PROCESS_WAITING)
        return;
    process->killed_for = reason;
    kill(process->pid, SIGKILL);
}

int64_t
process_heard_us(const Process *process)
{
    return process->life ? MAX(process->life->alive_us, process->started_us) : 0;
}

bool
process_is_up(const Process *process)
{
    return process->state == PROCESS_RUNNING && process->life->alive_us > 0;
}

static char *
describe_end(const Process *process, int status)
{
    if (process->killed_for)
        return g_strdup(process->killed_for);
    if (WIFSIGNALED(status)) {
        int signal = WTERMSIG(status);
        const char *hint = signal == SIGXCPU   ? ", its CPU limit"
                           : signal == SIGABRT ? ", as when memory is used up"
                                               : "";
        return g_strdup_printf("signal %d (%s%s)", signal, strsignal(signal), hint);
    }
    switch (WEXITSTATUS(status)) {
    case JOB_STOPPED:
        return g_strdup("it stopped");
    case JOB_RETRY:
        return g_strdup("it asked to be started again");
    case JOB_FAILED:
        return g_strdup("it failed");
    default:
        return g_strdup_printf("exit status %d", WEXITSTATUS(status));
    }
}

static void
log_end(const Process *process, int status, const struct rusage *usage, int64_t lived)
{
    g_autofree char *reason = describe_end(process, status);
    bool retry =
        !process->killed_for && WIFEXITED(status) && WEXITSTATUS(status) == JOB_RETRY;

    log_write(retry ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR, "job ended",
              LOG_FIELDS(log_str("job", process->name), log_int("pid", process->pid),
                         log_str("reason", reason), log_int("lived_ms", lived / 1000),
                         log_int("peak_kb", usage->ru_maxrss),
                         log_int("again_in_ms", process->pause_us / 1000)));
}

void
process_ended(Process *process, int status, const struct rusage *usage)
{
    bool told = process->state == PROCESS_STOPPING;
    bool retry = WIFEXITED(status) && WEXITSTATUS(status) == JOB_RETRY;
    int64_t lived = clock_ticks_us() - process->started_us;

    close_stop(process);
    process->state = PROCESS_WAITING;
    process->after_retry = retry;
    if (lived >= PROCESS_HEALTHY || told)
        process->pause_us = 0;
    if (told && WIFEXITED(status)) {
        process->start_at_us = 0;
        log_debug("job stopped", log_str("job", process->name));
    } else if (retry) {
        plan_start(process, RETRY_FIRST, RETRY_LONGEST);
        log_end(process, status, usage, lived);
    } else {
        plan_start(process, FAILED_FIRST, FAILED_LONGEST);
        log_end(process, status, usage, lived);
    }
    if (process->wanted)
        figure_add(FIGURE_JOB_RESTARTS, 1);
    process->pid = 0;
}
