/*
 * change: how the API changes something: once, to the state that was seen, and answered with
 * what is there then.
 *
 *     transaction { Idempotency-Key ─► work { If-Match, apply_*, read } ─► answer kept }
 */
#pragma once

#include "common/db/db.h"
#include "portald/http/reply.h"
#include "portald/http/request.h"

/* The work of one change; its reply is the answer. A reply of 400 or more, or NULL and
   error, rolls back. It may be called again, so it changes nothing but through `tx`. */
typedef Reply *(*ChangeWork)(const struct request *request, DbTx *tx, void *data,
                             GError **error);

/* Do it in a transaction that sees what the caller may see (auth/scope.h). With an
   Idempotency-Key the answer is kept in the same transaction; where it was used before, the
   answer is that one. */
Reply *change_run(const struct request *request, ChangeWork work, void *data,
                  GError **error);

/* Whether the document that is there now is the one that If-Match names. NULL: it is, or
   nothing was named; else 412. */
Reply *change_precondition(const struct request *request, const char *document);
