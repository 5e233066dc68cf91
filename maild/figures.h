/*
 * figures: counters that all processes of one maild share (a page mapped before the fork)
 * and that the master writes out as Prometheus text.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum figure {
    FIGURE_LMTP_CONNECTIONS, /* accepted since the start */
    FIGURE_LMTP_MESSAGES,    /* answered with 250 */
    FIGURE_LMTP_BYTES,
    FIGURE_LMTP_COMMITS,
    FIGURE_LMTP_REFUSED,  /* recipients or messages answered with 5xx */
    FIGURE_LMTP_DEFERRED, /* … with 4xx */
    FIGURE_IMAP_MESSAGES,
    FIGURE_IMAP_ERRORS,
    FIGURE_INGEST_APPLIED,
    FIGURE_INGEST_DUPLICATE,
    FIGURE_INGEST_IGNORED,
    FIGURE_INGEST_QUARANTINED,
    FIGURE_SEND_SENT,
    FIGURE_SEND_DEFERRED,
    FIGURE_SEND_FAILED,
    FIGURE_JOB_RESTARTS,
    FIGURE_COUNT
};

/* Map the page. Called once by the master; the verbs that run no job need not. */
void figures_init(void);

void figure_add(enum figure figure, int64_t n); /* does nothing before figures_init */

/* Put all of them as Prometheus text, "postern_lmtp_messages_total 12\n…", and whether all
   jobs are up (postern_ready), into this file: readers see the old content or the new one,
   never half. */
bool figures_write(const char *path, bool ready, GError **error);
