/*
 * batch: statements that are sent together, committed together and waited for in an event
 * loop, never by blocking in it.
 *
 *     db_batch_begin ─► db_batch_add … ─► db_batch_commit ─► [poll] ─► db_batch_step
 *
 * All statements of a batch and its commit are one round trip (a libpq pipeline with one
 * Sync, so one implicit transaction). While a batch lives, its Db does nothing else;
 * afterwards it is an ordinary connection again. Statements travel to the server while
 * they are added, and their bytes are copied by libpq, so nothing is borrowed for longer
 * than a call.
 */
#pragma once

#include "common/db/db.h"
#include "common/db/listen.h"

typedef struct DbBatch DbBatch;

enum db_batch_outcome {
    DB_BATCH_RUNNING,   /* wait for the socket, then step again */
    DB_BATCH_COMMITTED, /* all of it, durably as the session's synchronous_commit says */
    DB_BATCH_REFUSED,   /* nothing of it was written */
    DB_BATCH_UNCERTAIN, /* the connection was lost after COMMIT was asked for */
};

/* A session that waits for the disk whatever the server's default is: commits of this
   connection may be answered to the outside. To be said again after a reconnect. */
bool db_batch_make_durable(Db *db, GError **error);

/* Begin on a connection without a transaction or batch. ERR_RETRY when it is lost. */
DbBatch *db_batch_begin(Db *db, GError **error);

/* Add a prepared statement. False: the batch can't be used any more, free it; nothing of
   it was written. */
bool db_batch_add_binds(DbBatch *batch, size_t statement, const struct db_bind *binds,
                        size_t n, GError **error);
#define db_batch_add(batch, statement, error, ...)                                       \
    db_batch_add_binds(batch, statement, DB_BINDS(__VA_ARGS__), error)

/* Ring a bell, at the commit of the batch. In a batch of its own, after the commit of what
   it tells of: NOTIFY within serialises all commits of the server. */
bool db_batch_add_bell(DbBatch *batch, enum bell bell, GError **error);

/* Nothing more comes: commit. Returns at once; db_batch_step says what came of it. False
   as db_batch_add, only by the observer of a test. */
bool db_batch_commit(DbBatch *batch, GError **error);

/* What to poll db_socket for: POLLIN, and POLLOUT while bytes wait to be sent. */
short db_batch_events(const DbBatch *batch);

/* Go on as far as it goes without waiting. *error is set with REFUSED and UNCERTAIN. */
enum db_batch_outcome db_batch_step(DbBatch *batch, GError **error);

/* After COMMITTED: the rows of the i-th statement. Borrowed. */
const DbRows *db_batch_rows(const DbBatch *batch, size_t i);

/* After REFUSED: the five characters of SQLSTATE; NULL when the connection was at fault. */
const char *db_batch_sqlstate(const DbBatch *batch);

/* Ends a batch that still runs by giving up the connection (db_is_lost): whether it was
   committed is not known. */
void db_batch_free(DbBatch *batch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DbBatch, db_batch_free)
