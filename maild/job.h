/*
 * job: what the master gives each process it forks.
 *
 * A job is a function in a folder of its own that runs until it is told to stop; nothing
 * but the database joins it to the others. The exit code tells the master what to do next.
 */
#pragma once

#include <stdbool.h>

#include "common/base/config.h"

enum job_exit {
    JOB_STOPPED = 0, /* it was told to stop, and has finished what was in hand */
    JOB_RETRY = 75,  /* the database or a server went away: start again, after a pause */
    JOB_FAILED = 70, /* it can't go on: start again, after a growing pause, and say so */
};

struct job {
    const Config *config;
    const char *name; /* "lmtp", "imap/support", "ingest/2"; also the name of its claims,
                            behind the instance's: "host/ingest/2" */
    const char *worker;    /* that whole name, as it stands in claimed_by */
    const void *subject;   /* of an imap job: its struct config_mailbox */
    bool after_retry;      /* the last process of this name ended with JOB_RETRY */
    const int *listen_fds; /* of the lmtp job: listening sockets, in the order of
                              config->lmtp_listen, ended by -1. The master owns them, so a
                              new process goes on where the old one stopped and nobody is
                              refused between; don't shut them down */
};

#define JOB_SILENCE 120 /* seconds without job_alive */

typedef enum job_exit (*JobRun)(const struct job *job);

enum job_exit lmtp_job(const struct job *job);
enum job_exit imap_job(const struct job *job);
enum job_exit ingest_job(const struct job *job);
enum job_exit crypto_job(const struct job *job);
enum job_exit send_job(const struct job *job);
enum job_exit clock_job(const struct job *job);

/* Becomes readable when the job shall stop: for the poll set of every job. It stays so;
   nothing is to be read from it. -1 where no master is (a test, a verb). */
int job_stop_fd(void);

/* True once that is so. */
bool job_stopping(void);

/* Tell the master that this job is alive; a job that says nothing for JOB_SILENCE seconds
   is ended and started again. Call at least every 10 s, also when there is no work. */
void job_alive(void);
