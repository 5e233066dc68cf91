/*
 * life: the two threads between the master and one job.
 *
 *     master ── closes its end ──► stop socket ──► job_stop_fd, job_stopping
 *     job    ── job_alive ───────► shared page ──► master looks how long ago it was
 *
 * The master makes both before the fork; the child says life_begin once. SIGTERM to the
 * child does the same as the closed socket, so that a job can also be ended by hand.
 */
#pragma once

#include <stdint.h>

struct life {
    _Atomic int64_t alive_us; /* clock_ticks_us of the last job_alive; 0: none yet */
};

/* A page shared with whoever is forked from now on; munmap'ed by life_free. */
struct life *life_new(void);
void life_free(struct life *life);

/* In the child: from now on job_stop_fd, job_stopping and job_alive speak of these. */
void life_begin(struct life *life, int stop_fd);
