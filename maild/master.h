/*
 * master: the process that owns no work. It reads the configuration, opens the listening
 * sockets, gives up root, and forks one process per job; it starts again those that die.
 *
 *     start ─► check ─► processes ⇄ (die, pause, start again)
 *     HUP   ─► check ─► each process is stopped, then started with the new configuration
 *     TERM  ─► all are told to stop, and after STOP_SECONDS ended
 *
 * `check` is a child too: it opens the database, compares the schema and compiles the
 * templates, so that nothing of these ever lives in the master, and a bad new
 * configuration costs one child. The master talks to no network and parses no input but
 * the configuration.
 */
#pragma once

#include "maild/job.h"

/* How many processes of a job there are, and what each is about. */
enum job_count { JOB_ONE, JOB_PER_MAILBOX, JOB_PER_INGEST, JOB_PER_SEND };

struct master_job {
    const char *name; /* "lmtp"; of several "ingest/1", "imap/support" */
    JobRun run;
    enum job_count count;
    bool listens;   /* gets the listening sockets */
    size_t memory;  /* RLIMIT_AS, bytes */
    unsigned files; /* RLIMIT_NOFILE */
};

struct master_options {
    const char *config_path;
    const struct master_job *jobs; /* ends with an entry whose name is NULL */
    /* Whether an installation can work as this configuration says: ERR_RETRY when that
       can't be told now. Runs in a child. */
    bool (*check)(const Config *config, GError **error);
    int64_t silence_us; /* without job_alive; 0: JOB_SILENCE seconds */
};

/* Serve until TERM or INT. The exit status: 0, or 78 when the configuration or the schema
   is refused, 77 when it is started as root without a user to become. */
int master_run(const struct master_options *options);

/* The jobs of maild (jobs.c). */
extern const struct master_job maild_jobs[];
bool maild_check(const Config *config, GError **error);
