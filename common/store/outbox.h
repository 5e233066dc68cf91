/*
 * outbox: what is to be sent, one row a recipient, and what became of it.
 *
 *     queued ─ claim, render, start ─► sending ─┬─► sent
 *        ▲                                      ├─► failed
 *        └──────────── later ───────────────────┘
 *
 * The claim, and the bytes that are going to be sent, are committed before the first of
 * them leaves. A row whose claim ran out belonged to a sender that died: it is sent again,
 * the same bytes with the same Message-ID, so that whoever got it twice can tell.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/crypto.h"
#include "common/db/db.h"

struct outbox_key {
    struct uuid tenant, id;
};

/* A row, and of the rows around it what a mail is made of beside its words. */
typedef struct OutboxMail {
    struct uuid id, conversation, message, person;
    char *template;
    char *address;
    char *role;
    bool automatic;
    int64_t tries;      /* before this one */
    int64_t lost_tries; /* of them, in a row up to now: those whose sender ended */
    int64_t created_at;
    GBytes *bytes;        /* as rendered for an earlier try; NULL: not yet */
    char *envelope_from;  /* "": the null path */
    char *rfc_message_id; /* NULL: to be made */
    char *tenant_name;
    char *locale;
    char *recipient_name;
    char *queue_name; /* NULL: the tenant has no queue */
    char *queue_address;
    char *thread_index; /* NULL: the customer's client set none */
    char *thread_topic;
    char *subject;            /* of the conversation; NULL: none */
    char *carried_message_id; /* of the message it carries; NULL: none */
    struct {
        struct uuid id; /* nil: it carries no reply address */
        struct uuid conversation;
        int64_t expires_at;
        struct sha256 digest;
    } capability;
} OutboxMail;

void outbox_mail_free(OutboxMail *mail);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OutboxMail, outbox_mail_free)

/* Lock up to `most` rows that are due, of all tenants, and append their keys (struct
   outbox_key). Their claim has to be written in the same transaction (outbox_start). */
bool outbox_claim(DbTx *tx, const char *worker, int64_t lease_us, size_t most,
                  GArray *keys, GError **error);

/* Free what a dead predecessor of this name held. */
bool outbox_release(Db *db, const char *worker, GError **error);

/* Load a row of this transaction's tenant. ERR_MISSING. */
OutboxMail *outbox_read(DbTx *tx, struct uuid id, GError **error);

/* What a mail to a customer answers: the newest message that the recipient wrote, else
   that any customer wrote, NULL for none; and what its recipient has seen before, oldest
   first (g_strfreev). Without <>. */
bool outbox_thread(DbTx *tx, struct uuid id, char **ret_in_reply_to, char ***ret_seen,
                   GError **error);

/* An attachment of a message. */
typedef struct OutboxAttachment {
    int64_t ordinal;
    char *content_type;
    char *encoding;
    char *name;
    char *content_id;
    GBytes *content; /* still encoded; NULL: over the limit */
} OutboxAttachment;

/* All attachments of a message (OutboxAttachment), with content as far as max_bytes goes,
   the small ones first. */
GPtrArray *outbox_attachments(DbTx *tx, struct uuid message, int64_t max_bytes,
                              GError **error);

struct outbox_rendered {
    struct slice bytes;
    const char *envelope_from;
    const char *rfc_message_id;
};

/* Write the claim, and what was rendered unless an earlier try has. */
bool outbox_start(DbTx *tx, struct uuid id, const char *worker, int64_t lease_us,
                  const struct outbox_rendered *rendered, GError **error);

struct outbox_result {
    const char *state; /* "sent", "failed", "queued": to be tried again */
    int64_t pause_us;  /* queued: until then */
    const char *relay;
    int code;             /* 0: the relay said nothing */
    const char *enhanced; /* NULL: none */
    const char *reply;
    const char *queue_id; /* NULL: none */
};

/* Store what came of a try. *ret_ours is false, and nothing is written, when the claim had
   run out and is another's now. */
bool outbox_finish(DbTx *tx, struct uuid id, const char *worker,
                   const struct outbox_result *result, bool *ret_ours, GError **error);

/* It can't be made into a mail at all. */
bool outbox_fail(DbTx *tx, struct uuid id, const char *reason, GError **error);

/* It was claimed but not tried: the next may. */
bool outbox_give_back(DbTx *tx, struct uuid id, const char *worker, GError **error);

/* When the next row is due, 0: none waits. */
bool outbox_next_due(Db *db, int64_t *ret_at_us, GError **error);
