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

/* Whether the request names the state that it means: by If-Match, or a page's form by its
   field `version` (change_version). */
bool change_is_conditional(const struct request *request);

/* Whether the document that is there now, as it is read within the change, is the one that
   the request names; true as well where it names none. ERR_OUTDATED, which the API answers
   with 412 and a page with what was typed. */
bool change_check(const struct request *request, const char *document, GError **error);
