/*
 * unsealings: signed and encrypted mails on their way through the crypto job.
 *
 *     ingest: unsealing_add, and the mail waits ─► crypto: claim, open, finish ─► ingest goes on
 *
 * A row stays: it says what was found, and holds the mail as it reads opened. A key that
 * comes later makes it new again (key_put, keys.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/db/db.h"

/* Ask for one; nothing happens when it was asked for already. */
struct unsealing_new {
    struct uuid inbound;
    const char *protocol;      /* "openpgp", "smime" */
    const char *sender;        /* address in From, normalised; "" */
    const char *const *queues; /* ids as text, NULL-terminated */
};
bool unsealing_add(DbTx *tx, const struct unsealing_new *new, GError **error);

typedef struct Unsealing {
    bool asked;          /* there is a row */
    bool done;           /* with a result */
    bool overdue;        /* it was asked for so long ago that nobody seems to answer */
    const char *result;  /* JSON; NULL where there is none */
    struct slice opened; /* p is NULL: reads as it came */
    DbRows *rows;        /* what both are borrowed from */
} Unsealing;

void unsealing_clear(Unsealing *unsealing);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Unsealing, unsealing_clear)

/* What is known of this inbound row. `wait_s`: when it is overdue, in seconds. */
bool unsealing_read(DbTx *tx, struct uuid inbound, int64_t wait_s,
                    Unsealing *ret_unsealing, GError **error);

struct unsealing_claim {
    struct uuid tenant;
    struct uuid inbound; /* nil: there is nothing to be done now */
    int64_t tries;       /* this one counted */
};
bool unsealing_claim_next(Db *db, const char *worker, int64_t lease_us,
                          struct unsealing_claim *ret_claim, GError **error);

/* Free what a dead predecessor of this name held. */
bool unsealing_release_worker(Db *db, const char *worker, bool forgive, GError **error);

/* Not now: give the claim back. */
bool unsealing_postpone(DbTx *tx, struct uuid inbound, int64_t delay_us, bool forgive,
                        GError **error);

/* Write down what was found and have ingest go on, or read the mail again where it had
   gone on without. `result` is JSON; `lacks` "secret", "person" or NULL; `opened` may be
   NULL. */
bool unsealing_finish(DbTx *tx, struct uuid inbound, const char *result,
                      const char *lacks, GBytes *opened, GError **error);
