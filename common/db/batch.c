#include "common/db/batch.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "common/base/error.h"
#include "common/db/binds.h"
#include "common/db/connection.h"

struct DbBatch {
    Db *db;
    GPtrArray *rows;   /* of DbRows, one a statement that succeeded */
    bool commit_asked; /* Sync was handed to libpq */
    bool broken;       /* … which could not say that it took it */
    bool needs_flush;  /* bytes wait in libpq for the socket */
    char sqlstate[6];  /* of the first statement that failed */
    GError *failure;   /* … and what it was */
    enum db_batch_outcome outcome;
};

bool
db_batch_make_durable(Db *db, GError **error)
{
    /* Only "off" is raised: "remote_apply" and the like promise more than "on". */
    return db_run_script(db,
                         "SELECT set_config('synchronous_commit', 'on', false)"
                         " WHERE current_setting('synchronous_commit') = 'off'",
                         error);
}

static void
free_rows(void *rows)
{
    db_rows_free(rows);
}

DbBatch *
db_batch_begin(Db *db, GError **error)
{
    g_assert(!db->in_transaction);
    if (db_is_lost(db) || PQsetnonblocking(db->conn, 1) != 0
        || !PQenterPipelineMode(db->conn)) {
        connection_error(db, NULL, "batch", error);
        return NULL;
    }
    db->in_transaction = true;

    DbBatch *batch = g_new0(DbBatch, 1);
    batch->db = db;
    batch->rows = g_ptr_array_new_with_free_func(free_rows);
    return batch;
}

/* Send what the socket takes now. */
static bool
flush(DbBatch *batch)
{
    int left = PQflush(batch->db->conn);
    batch->needs_flush = left > 0;
    return left >= 0;
}

bool
db_batch_add_binds(DbBatch *batch, size_t statement, const struct db_bind *binds,
                   size_t n, GError **error)
{
    Db *db = batch->db;
    g_assert(!batch->commit_asked && db->statements && statement < db->statements->n);
    const char *name = db->statements->statements[statement].name;

    if (!connection_observe(db, name, error))
        return false;
    g_auto(Parameters) p = { 0 };
    parameters_set(&p, binds, n);
    /* Not flushed here: libpq sends by itself whenever enough has gathered. */
    if (!PQsendQueryPrepared(db->conn, name, (int)n, p.values, p.lengths, p.formats, 1))
        return connection_error(db, NULL, name, error);
    return true;
}

bool
db_batch_add_bell(DbBatch *batch, enum bell bell, GError **error)
{
    g_autofree char *sql = listen_notify_sql(bell);

    if (!PQsendQueryParams(batch->db->conn, sql, 0, NULL, NULL, NULL, NULL, 1))
        return connection_error(batch->db, NULL, "notify", error);
    return true;
}

bool
db_batch_commit(DbBatch *batch, GError **error)
{
    if (!connection_observe(batch->db, "commit", error))
        return false;
    /* From here on it may have been committed, so a failure is for db_batch_step to say. */
    batch->commit_asked = true;
    batch->broken = !PQpipelineSync(batch->db->conn) || !flush(batch);
    return true;
}

short
db_batch_events(const DbBatch *batch)
{
    return batch->needs_flush ? POLLIN | POLLOUT : POLLIN;
}

static void
keep_failure(DbBatch *batch, const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    if (batch->failure)
        return;
    connection_error(batch->db, result, "batch", &batch->failure);
    if (state)
        g_strlcpy(batch->sqlstate, state, sizeof batch->sqlstate);
}

static void
finish(DbBatch *batch, enum db_batch_outcome outcome)
{
    batch->outcome = outcome;
    batch->db->in_transaction = false;
    if (outcome == DB_BATCH_UNCERTAIN)
        return;
    /* Both only change libpq's own state, and can't fail with all answers read. */
    PQexitPipelineMode(batch->db->conn);
    PQsetnonblocking(batch->db->conn, 0);
}

static void
take_result(DbBatch *batch, PGresult *take)
{
    g_autoptr(PGresult) result = take;

    switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK: {
        DbRows *rows = g_new(DbRows, 1);
        rows->result = g_steal_pointer(&result);
        g_ptr_array_add(batch->rows, rows);
        break;
    }
    case PGRES_PIPELINE_ABORTED: /* a statement behind the one that failed */
        break;
    case PGRES_PIPELINE_SYNC:
        finish(batch, batch->failure ? DB_BATCH_REFUSED : DB_BATCH_COMMITTED);
        break;
    default:
        keep_failure(batch, result);
    }
}

static void
take_results(DbBatch *batch)
{
    PGconn *conn = batch->db->conn;

    while (batch->outcome == DB_BATCH_RUNNING && !PQisBusy(conn)) {
        PGresult *result = PQgetResult(conn);
        if (result)
            take_result(batch, result);
        else if (PQstatus(conn) != CONNECTION_OK)
            break; /* else it only parts two statements' results */
    }
}

/* libpq has no call to give up a connection and keep the PGconn: it finds the end of the
   stream by itself. */
static void
give_up_connection(Db *db)
{
    if (PQsocket(db->conn) >= 0)
        shutdown(PQsocket(db->conn), SHUT_RDWR);
    while (!db_is_lost(db) && PQconsumeInput(db->conn))
        while (!PQisBusy(db->conn) && !db_is_lost(db)) {
            g_autoptr(PGresult) result = PQgetResult(db->conn);
            if (!result)
                break;
        }
    db->in_transaction = false;
}

static void
step(DbBatch *batch)
{
    Db *db = batch->db;

    if (!batch->broken && flush(batch))
        PQconsumeInput(db->conn); /* its failure shows in PQstatus */
    else
        batch->broken = true;
    take_results(batch);
    /* Whatever was said before: without the answer to Sync nothing is known. Even a FATAL
       error can follow a commit (a wait for a standby that was cut short). */
    if (batch->outcome != DB_BATCH_RUNNING || (!batch->broken && !db_is_lost(db)))
        return;
    if (!batch->failure)
        connection_error(db, NULL, "commit (outcome unknown)", &batch->failure);
    give_up_connection(db);
    finish(batch, DB_BATCH_UNCERTAIN);
}

enum db_batch_outcome
db_batch_step(DbBatch *batch, GError **error)
{
    g_assert(batch->commit_asked);
    if (batch->outcome == DB_BATCH_RUNNING)
        step(batch);
    if (batch->failure && batch->outcome != DB_BATCH_RUNNING)
        g_propagate_error(error, g_error_copy(batch->failure));
    return batch->outcome;
}

const DbRows *
db_batch_rows(const DbBatch *batch, size_t i)
{
    g_assert(batch->outcome == DB_BATCH_COMMITTED && i < batch->rows->len);
    return g_ptr_array_index(batch->rows, i);
}

const char *
db_batch_sqlstate(const DbBatch *batch)
{
    return batch->sqlstate[0] ? batch->sqlstate : NULL;
}

void
db_batch_free(DbBatch *batch)
{
    if (!batch)
        return;
    if (batch->outcome == DB_BATCH_RUNNING)
        give_up_connection(batch->db);
    g_ptr_array_unref(batch->rows);
    g_clear_error(&batch->failure);
    g_free(batch);
}
