/*
 * scope: transactions that see what the caller may see: the tenant's rows, and of those
 * what the policies of portald's role leave (migrations/0005_portal.sql).
 */
#pragma once

#include "common/desk/notify.h"
#include "portald/http/reply.h"
#include "portald/http/request.h"

/* What a transaction of this request is opened with; for db_transact. */
struct db_tx_options request_scope(const struct request *request, bool read_only);

/* Open one. ERR_MISSING where the host is nobody's portal. */
DbTx *request_begin(const struct request *request, bool read_only, GError **error);

/* Do the work of a change, again where the database asks for it; then tell who waits for
   such (sender, live pages). Where the request has an Idempotency-Key that was used before,
   nothing is done: ERR_CONFLICT, and the server sends the answer of then (api/once.h). */
bool request_transact(const struct request *request, DbWork work, void *data,
                      GError **error);

/* The context of the functions that change the desk: this caller, by this door. */
struct desk_context request_desk(const struct request *request, DbTx *tx);

/* Run a statement that returns one JSON document; its text, owned by the caller. ERR_MISSING
   when there is no row, or NULL. */
char *request_read(const struct request *request, size_t statement,
                   const struct db_bind *binds, size_t n, GError **error);
#define request_document(request, statement, error, ...)                                 \
    request_read(request, statement, DB_BINDS(__VA_ARGS__), error)
