/*
 * ingest: the one road from a stored raw message to tickets.
 *
 *     inbound row ─► mail_parse ─► facts ─► thread_decide ─► customer | agent | report ─► apply
 *
 * Runs in the ingest processes, one message and one transaction at a time. A failure leaves
 * nothing behind but the raw row, which is then tried again.
 */
#pragma once

#include <stdbool.h>

#include "common/base/config.h"
#include "common/db/db.h"
#include "common/store/inbound.h"

enum ingest_result {
    INGEST_APPLIED,
    INGEST_DUPLICATE, /* the same mail is already here: at most its queue was added */
    INGEST_IGNORED,   /* kept, with the reason, and not made into anything */
    INGEST_WAITING,   /* the crypto job has to look at it first */
    INGEST_REREAD,    /* a message already: written anew, as more is known of it */
    INGEST_QUARANTINED, /* tried too often, or it can't be read: set aside, with the reason */
    INGEST_GONE,        /* somebody else was faster */
};

/* Turn a claimed row into what it means. True, with *ret_result set, when the row is done
   with; false and error when not: ERR_RETRY, the database wants it repeated; anything
   else, this try failed and has been written down in the row. The raw message stays in
   every case. */
bool ingest_row(Db *db, const Config *config, const struct inbound_claim *claim,
                enum ingest_result *ret_result, GError **error);

/* "applied", "duplicate", … for the log and the row. */
const char *ingest_result_name(enum ingest_result result);
