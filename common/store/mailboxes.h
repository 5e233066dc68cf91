/*
 * mailboxes: the IMAP mailboxes that are read. How to reach one stands in the
 * configuration; its row says how far it has been read, who reads it, and how it fares.
 *
 * One process at a time reads a mailbox: it holds the lease, a row with an expiry, and each
 * commit of mail checks that it still does and that the cursor is where it left it. So a
 * process that slept through its lease writes nothing twice.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/db/db.h"

struct mailbox_cursor {
    int64_t uidvalidity; /* 0: never read */
    int64_t last_uid;    /* everything up to it is in inbound */
};

struct mailbox {
    struct uuid tenant_id, id;
    struct mailbox_cursor cursor;
    int64_t done_uid; /* up to it messages were also flagged, moved or deleted */
};

/* Find or make the row of the mailbox of this name whose mail goes to the queue with this
   address. Its cursor is not read. ERR_MISSING when there is no such queue. */
bool mailbox_ensure(Db *db, const char *name, const char *queue,
                    struct mailbox *ret_mailbox, GError **error);

/* Take the lease, or renew it, and read the cursor afresh. *ret_ours is false, and the
   cursor untouched, when another has it. */
bool mailbox_lease(Db *db, struct mailbox *mailbox, const char *owner, int64_t lease_us,
                   bool *ret_ours, GError **error);
bool mailbox_release(Db *db, const struct mailbox *mailbox, const char *owner,
                     GError **error);

/* Move the cursor from mailbox->cursor to `to`, in the transaction that adds the mail. *ret_repeated: it is there already, this
   very transaction was committed before and its answer was lost. ERR_CONFLICT when the
   lease is another's or the cursor has moved. */
bool mailbox_advance(DbTx *tx, const struct mailbox *mailbox, const char *owner,
                     const struct mailbox_cursor *to, bool *ret_repeated, GError **error);

/* --- how it fares ----------------------------------------------------------------- */

/* Note that messages up to mailbox->done_uid are handled. Not durable: it is found out
   again. */
bool mailbox_note_done(Db *db, const struct mailbox *mailbox, const char *owner,
                       GError **error);

/* The server was reached; whatever failed is over. */
bool mailbox_note_contact(Db *db, const struct mailbox *mailbox, GError **error);

/* It was not. Since when, and when the administrator was last told (0: never). */
bool mailbox_note_failure(Db *db, const struct mailbox *mailbox, const char *reason,
                          int64_t *ret_since_us, int64_t *ret_alarmed_us, GError **error);

/* The administrator is being told, by the transaction `tx`. */
bool mailbox_note_alarm(DbTx *tx, const struct mailbox *mailbox, GError **error);

/* --- its refresh token ------------------------------------------------------------ */

/* Keep everyone else from refreshing this mailbox's token until the transaction ends. */
bool mailbox_lock_token(DbTx *tx, const struct mailbox *mailbox, GError **error);

/* *ret_sealed is NULL when none is stored. */
bool mailbox_read_token(DbTx *tx, const struct mailbox *mailbox, GBytes **ret_sealed,
                        int64_t *ret_issued_us, int64_t *ret_alarmed_us, GError **error);
bool mailbox_store_token(DbTx *tx, const struct mailbox *mailbox, struct slice sealed,
                         GError **error);
