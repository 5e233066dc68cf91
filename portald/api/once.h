/*
 * once: a POST that may be sent again (draft-ietf-httpapi-idempotency-key-header).
 *
 *     Idempotency-Key ─► once_begin ─► request->once
 *     transaction { once_claim ─► the work ─► once_keep } ─► answer
 *
 * The key's row is written in the transaction of the change itself: both are there, or
 * neither. A second request with the key waits for the first one's transaction, then gets
 * its answer; another request with it gets 422. A change that failed leaves no row, so it
 * can be tried again.
 *
 * Handlers need nothing of this: request_transact (auth/scope.h) claims the key, and the
 * server keeps the answer after it. change.h keeps it in the very transaction.
 */
#pragma once

#include "common/base/crypto.h"
#include "common/db/db.h"
#include "portald/http/reply.h"
#include "portald/http/request.h"

struct once {
    const char *key; /* borrowed from the request */
    struct sha256 digest;
    bool is_claimed; /* the row is there, and this request's */
    bool is_kept;    /* so is its answer */
    Reply *known;    /* the answer, given before this request came */
};

/* Look for the key of a request to the API that changes something, by somebody whom we
   know; sets request->once, or leaves it NULL. The answer where the key is none: 400. */
Reply *once_begin(struct request *request);
void once_free(struct once *once);

/* Make the key this transaction's. True too where the request has none. ERR_CONFLICT when it
   was used: the answer is then once->known. */
bool once_claim(const struct request *request, DbTx *tx, GError **error);

/* Write the answer to the key's row, if there is one. */
bool once_keep(const struct request *request, DbTx *tx, const Reply *reply,
               GError **error);

/* The end of a request: the answer is `reply`, or the known one, which takes its place. */
Reply *once_finish(const struct request *request, Reply *reply, GError **error);
