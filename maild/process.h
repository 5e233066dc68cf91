/*
 * process: one child of the master, from its fork to its end and on to the next one of the
 * same name. Only the master uses it.
 *
 *     WAITING ─ process_start ─► RUNNING ─ process_stop ─► STOPPING
 *        ▲                          │                         │
 *        └──── process_ended ◄──────┴─────────────────────────┘
 *
 * A process that ends without being told is started again after a pause, which grows with
 * each such end and is forgotten after PROCESS_HEALTHY of life.
 */
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include "common/base/clock.h"
#include "maild/life.h"
#include "maild/master.h"

#define PROCESS_HEALTHY CLOCK_MINUTE

enum process_state { PROCESS_WAITING, PROCESS_RUNNING, PROCESS_STOPPING };

typedef struct Process {
    char *name;
    const struct master_job *job;
    const void *subject; /* struct config_mailbox of the configuration now in force */
    bool wanted;         /* false: once it has ended, it is forgotten */
    enum process_state state;
    pid_t pid;
    int stop_fd; /* closing it tells the child to stop */
    struct life *life;
    int64_t started_us;  /* all three by clock_ticks_us */
    int64_t start_at_us; /* WAITING: not before */
    int64_t kill_at_us;  /* STOPPING: SIGKILL then */
    int64_t pause_us;    /* before the last start */
    bool after_retry;
    const char *killed_for; /* why the master ended it; NULL: it did not */
} Process;

/* What the child has to know of the master. */
struct process_setting {
    const Config *config;
    const int *listen_fds;   /* ends with -1 */
    const int *master_fds;   /* to be closed in the child; ends with -1 */
    const GPtrArray *others; /* of Process: their stop_fd are closed too */
};

Process *process_new(const struct master_job *job, const char *name);
void process_free(Process *process);

/* Fork. A failure counts as an end: it stays WAITING, with a longer pause, and is logged. */
void process_start(Process *process, const struct process_setting *setting);

/* Tell it to stop, and end it if it is still there grace_us later. */
void process_stop(Process *process, int64_t grace_us);

/* End it now, for this reason (a literal). */
void process_kill(Process *process, const char *reason);

/* When the job was last heard of, by clock_ticks_us. */
int64_t process_heard_us(const Process *process);

/* True once this child has called job_alive. */
bool process_is_up(const Process *process);

/* The child was reaped: log why, and plan the next start. */
void process_ended(Process *process, int status, const struct rusage *usage);

/* Fork a child, a job or not, that dies with the master and shows this name. 0 in the child,
   where signals are still held back until process_listen, so that none is lost before it
   has a handler; -1 when it can't be forked. */
pid_t process_fork(const char *name);
void process_listen(void);
