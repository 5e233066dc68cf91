#include <string.h>

#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/db/binds.h"
#include "common/db/connection.h"

struct DbTx {
    Db *db;
    struct uuid tenant;
};

static DbRows *
run_prepared(Db *db, size_t statement, const struct db_bind *binds, size_t n,
             GError **error)
{
    g_assert(db->statements && statement < db->statements->n);
    const char *name = db->statements->statements[statement].name;

    if (!connection_observe(db, name, error))
        return NULL;

    g_auto(Parameters) p = { 0 };
    parameters_set(&p, binds, n);

    g_autoptr(PGresult) result =
        PQexecPrepared(db->conn, name, (int)n, p.values, p.lengths, p.formats, 1);
    if (PQresultStatus(result) != PGRES_TUPLES_OK
        && PQresultStatus(result) != PGRES_COMMAND_OK) {
        connection_error(db, result, name, error);
        return NULL;
    }
    DbRows *rows = g_new(DbRows, 1);
    rows->result = g_steal_pointer(&result);
    return rows;
}

DbRows *
db_query_binds(DbTx *tx, size_t statement, const struct db_bind *binds, size_t n,
               GError **error)
{
    return run_prepared(tx->db, statement, binds, n, error);
}

DbRows *
db_call_binds(Db *db, size_t statement, const struct db_bind *binds, size_t n,
              GError **error)
{
    g_assert(!db->in_transaction);
    return run_prepared(db, statement, binds, n, error);
}

bool
db_execute_binds(DbTx *tx, size_t statement, const struct db_bind *binds, size_t n,
                 size_t *ret_affected, GError **error)
{
    g_autoptr(DbRows) rows = run_prepared(tx->db, statement, binds, n, error);
    if (!rows)
        return false;
    if (ret_affected)
        *ret_affected = (size_t)g_ascii_strtoull(PQcmdTuples(rows->result), NULL, 10);
    return true;
}

/* --- transactions ----------------------------------------------------------------- */

/* The server keeps a plan as long as the connection lives, until the table is analysed. A
   plan that was made while the desk was empty may pick any index, and gets slower with each
   row; so plans are made again after the 16th, 64th, 256th, … transaction. */
static bool
renew_plans(Db *db, GError **error)
{
    uint64_t n = ++db->transactions;
    bool power_of_four = (n & (n - 1)) == 0 && (n & 0x5555555555555555u) != 0;
    return n < 16 || !power_of_four
           || connection_command(db, "discard plans", "DISCARD PLANS", error);
}

/* Whose rows, and who looks, as the policies read it; "" for what is not said. */
struct scope {
    char tenant[UUID_TEXT_SIZE], person[UUID_TEXT_SIZE], conversation[UUID_TEXT_SIZE];
    const char *viewer;
};

static void
write_uuid(char *text, struct uuid uuid)
{
    if (!uuid_is_nil(uuid))
        uuid_format(uuid, text);
}

static struct scope
scope_of(const struct db_tx_options *options)
{
    static const char *const viewers[] = { "", "person", "link", "desk" };
    struct scope scope = { .viewer = viewers[options->viewer] };

    write_uuid(scope.tenant, options->tenant);
    write_uuid(scope.person, options->person);
    write_uuid(scope.conversation, options->conversation);
    return scope;
}

/* For portald's transactions; the daemons that the policies don't bind say less. */
static char *
viewer_sql(const struct scope *scope)
{
    if (!*scope->viewer)
        return g_strdup("");
    return g_strdup_printf(
        "; SET LOCAL postern.viewer = '%s'; SET LOCAL postern.person = "
        "'%s'; SET LOCAL postern.conversation = '%s'",
        scope->viewer, scope->person, scope->conversation);
}

DbTx *
db_tx_begin(Db *db, const struct db_tx_options *options, GError **error)
{
    struct scope scope = scope_of(options);

    g_assert(!db->in_transaction);
    /* One round trip. The only text put in are UUIDs that we formatted ourselves. */
    g_autofree char *viewer = viewer_sql(&scope);
    g_autofree char *sql = g_strdup_printf(
        "BEGIN%s; SET LOCAL postern.tenant = '%s'%s%s",
        options->read_only ? " READ ONLY" : "", scope.tenant, viewer,
        options->durability == DB_ASYNC ? "; SET LOCAL synchronous_commit = off" : "");
    if (!renew_plans(db, error) || !connection_command(db, "begin", sql, error)) {
        if (!db_is_lost(db))
            connection_command(db, "rollback", "ROLLBACK", NULL);
        return NULL;
    }

    DbTx *tx = g_new(DbTx, 1);
    *tx = (DbTx){ .db = db, .tenant = options->tenant };
    db->in_transaction = true;
    return tx;
}

void
db_tx_free(DbTx *tx)
{
    if (!tx)
        return;
    tx->db->in_transaction = false;
    if (!db_is_lost(tx->db)) {
        g_autoptr(PGresult) result = PQexec(tx->db->conn, "ROLLBACK");
        (void)result; /* a connection that fails here is found lost by the next use */
    }
    g_free(tx);
}

bool
db_tx_commit(DbTx **ptx, GError **error)
{
    g_autoptr(DbTx) tx = g_steal_pointer(ptx);
    Db *db = tx->db;

    if (!connection_observe(db, "commit", error))
        return false;
    g_autoptr(PGresult) result = PQexec(db->conn, "COMMIT");
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        return connection_error(db, result, "commit (outcome unknown)", error);
    /* COMMIT of a transaction that has failed answers ROLLBACK, with success. */
    if (strcmp(PQcmdStatus(result), "COMMIT") != 0)
        return error_set(error, ERR_BUG, "commit: the transaction had failed before");

    db->in_transaction = false;
    g_free(g_steal_pointer(&tx));
    return true;
}

/* --- one reading statement -------------------------------------------------------- */

/* The next answer of a pipeline; the NULL that ends it is read too. */
static PGresult *
next_result(Db *db)
{
    PGresult *result = PQgetResult(db->conn);
    G_GNUC_UNUSED g_autoptr(PGresult) end = result ? PQgetResult(db->conn) : NULL;
    return result;
}

/* What is sent before one Sync is one transaction, and what it sets locally ends with it. */
static bool
send_read(Db *db, const struct scope *scope, const char *name, const Parameters *p)
{
    const char *const values[] = { scope->tenant, scope->viewer, scope->person,
                                   scope->conversation };

    return PQenterPipelineMode(db->conn)
           && PQsendQueryPrepared(db->conn, CONNECTION_SCOPE, G_N_ELEMENTS(values),
                                  values, NULL, NULL, 0)
           && PQsendQueryPrepared(db->conn, name, (int)p->n, p->values, p->lengths,
                                  p->formats, 1)
           && PQpipelineSync(db->conn);
}

DbRows *
db_read_binds(Db *db, const struct db_tx_options *options, size_t statement,
              const struct db_bind *binds, size_t n, GError **error)
{
    const struct scope scope = scope_of(options);
    g_auto(Parameters) p = { 0 };

    g_assert(!db->in_transaction);
    g_assert(db->statements && statement < db->statements->n);
    const char *name = db->statements->statements[statement].name;
    if (!renew_plans(db, error) || !connection_observe(db, name, error))
        return NULL;
    parameters_set(&p, binds, n);
    if (!send_read(db, &scope, name, &p)) {
        connection_error(db, NULL, name, error);
        return NULL;
    }
    g_autoptr(PGresult) set = next_result(db);
    g_autoptr(PGresult) result = next_result(db);
    g_autoptr(PGresult) sync = PQgetResult(db->conn);
    bool good = PQresultStatus(set) == PGRES_TUPLES_OK
                && PQresultStatus(result) == PGRES_TUPLES_OK;
    if (!good)
        connection_error(db, PQresultStatus(set) == PGRES_TUPLES_OK ? result : set, name,
                         error);
    if (PQresultStatus(sync) != PGRES_PIPELINE_SYNC || !PQexitPipelineMode(db->conn))
        return good ? (connection_error(db, sync, name, error), NULL) : NULL;
    if (!good)
        return NULL;
    DbRows *rows = g_new(DbRows, 1);
    rows->result = g_steal_pointer(&result);
    return rows;
}

struct uuid
db_tx_tenant(const DbTx *tx)
{
    return tx->tenant;
}

bool
db_tx_set_tenant(DbTx *tx, struct uuid tenant, GError **error)
{
    char text[UUID_TEXT_SIZE] = "";

    if (uuid_equal(tenant, tx->tenant))
        return true;
    if (!uuid_is_nil(tenant))
        uuid_format(tenant, text);
    g_autofree char *sql = g_strdup_printf("SET LOCAL postern.tenant = '%s'", text);
    if (!connection_command(tx->db, "set tenant", sql, error))
        return false;
    tx->tenant = tenant;
    return true;
}

static bool
try_once(Db *db, const struct db_tx_options *options, DbWork work, void *data,
         GError **error)
{
    if (db_is_lost(db) && !db_reconnect(db, error))
        return false;
    g_autoptr(DbTx) tx = db_tx_begin(db, options, error);
    return tx && work(tx, data, error) && db_tx_commit(&tx, error);
}

static void
pause_before_try(int tries)
{
    uint16_t noise = 0;
    crypto_random(&noise, sizeof noise);
    g_usleep((gulong)((5000u << (2 * tries)) + noise % 5000u)); /* 5, 20, 80, 320 ms */
}

bool
db_transact(Db *db, const struct db_tx_options *options, DbWork work, void *data,
            GError **error)
{
    for (int tries = 0;; tries++) {
        g_autoptr(GError) failure = NULL;
        if (try_once(db, options, work, data, &failure))
            return true;
        if (!error_is(failure, ERR_RETRY) || tries + 1 == LIMIT_TX_TRIES) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        log_debug("transaction repeated", log_error_field(failure));
        pause_before_try(tries);
    }
}
