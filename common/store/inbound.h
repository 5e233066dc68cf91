/*
 * inbound: raw messages as they came, and the queue of those that are to be read.
 *
 * A door adds a row and says 250; an ingest worker claims it, reads it, and finishes it in
 * the same transaction as what it made of it. The bytes stay in the row.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/db/db.h"

typedef struct Inbound {
    struct uuid id;
    struct uuid mailbox_id;
    char *door;
    char *envelope_from; /* "": the null path, or not known */
    char **recipients;   /* normalised */
    int64_t received_at;
    int64_t tries;
    bool truncated;
    DbRows *row;      /* what raw is borrowed from */
    struct slice raw; /* the bytes as received */
} Inbound;

void inbound_free(Inbound *inbound);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Inbound, inbound_free)

struct inbound_claim {
    struct uuid tenant;
    struct uuid id; /* nil: nothing is to be read now */
    int64_t tries;  /* this one counted */
};

/* Take the oldest message that nobody reads, for `lease_us`. */
bool inbound_claim_next(Db *db, const char *worker, int64_t lease_us,
                        struct inbound_claim *ret_claim, GError **error);

/* Free what a dead predecessor of this name held. */
bool inbound_release_worker(Db *db, const char *worker, bool forgive, GError **error);

/* Lock and load a claimed row. *ret_inbound is NULL when it is no longer to be read:
   somebody else was faster. */
bool inbound_read(DbTx *tx, struct uuid id, Inbound **ret_inbound, GError **error);

/* Done with: state is "done", "ignored" or "quarantined"; reason may be NULL. */
bool inbound_finish(DbTx *tx, struct uuid id, const char *state, const char *result,
                    const char *reason, GError **error);

/* Not now: give the claim back; the try does not count. */
bool inbound_postpone(DbTx *tx, struct uuid id, int64_t delay_us, GError **error);

/* This try failed for this reason; the claim is given back and the try counts. */
bool inbound_note_failure(DbTx *tx, struct uuid id, const char *reason, GError **error);

struct inbound_new {
    struct uuid id;
    struct uuid mailbox_id; /* nil: none */
    const char *door;
    const char *peer;
    const char *envelope_from;
    const char *const *recipients;
    int64_t size;
    struct slice raw;
    bool truncated;
};

/* Add a raw message of this transaction's tenant. */
bool inbound_add(DbTx *tx, const struct inbound_new *new, GError **error);
