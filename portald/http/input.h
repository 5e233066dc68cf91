/*
 * input: what came with a request, made ready for its handler.
 *
 *     body ─► form, or JSON ─► (csrf.h) ─► looked at beside the operation's schemas
 */
#pragma once

#include "portald/http/reply.h"
#include "portald/http/request.h"

/* Read the body: a form (request->form), JSON (request->json), or bytes for the handler.
   NULL: go on, unless error is set: ERR_REJECT for a body that is malformed. Else the
   answer: 415 where an operation wants JSON and something else came. */
Reply *input_read(struct request *request, GError **error);

/* Look at query and body of an operation; the query is then in request->arguments. NULL: go
   on; else 422 with all that is wrong. */
Reply *input_check(struct request *request);
