#include <string.h>

#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/db/connection.h"

#define BINDS_MAX 40 /* the widest statement has fewer; a wider one is our mistake */

struct DbTx {
    Db *db;
    struct uuid tenant;
};

/* --- binds to libpq's arrays ------------------------------------------------------ */

typedef struct Parameters {
    const char *values[BINDS_MAX];
    int lengths[BINDS_MAX];
    int formats[BINDS_MAX];
    char *owned[BINDS_MAX];
    size_t n;
} Parameters;

static void
parameters_clear(Parameters *p)
{
    for (size_t i = 0; i < p->n; i++)
        g_free(p->owned[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Parameters, parameters_clear)

static char *
array_literal(const char *const *array)
{
    GString *text = g_string_new("{");
    for (size_t i = 0; array && array[i]; i++) {
        g_string_append(text, i ? ",\"" : "\"");
        for (const char *c = array[i]; *c; c++) {
            if (*c == '"' || *c == '\\')
                g_string_append_c(text, '\\');
            g_string_append_c(text, *c);
        }
        g_string_append_c(text, '"');
    }
    g_string_append_c(text, '}');
    return g_string_free(text, FALSE);
}

static char *
time_literal(int64_t time_us)
{
    int64_t seconds = time_us / G_USEC_PER_SEC;
    int64_t rest = time_us % G_USEC_PER_SEC;
    if (rest < 0) {
        seconds--;
        rest += G_USEC_PER_SEC;
    }
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(seconds);
    if (!when)
        return g_strdup(time_us < 0 ? "-infinity" : "infinity");
    g_autofree char *text = g_date_time_format(when, "%Y-%m-%dT%H:%M:%S");
    return g_strdup_printf("%s.%06dZ", text, (int)rest);
}

/* Values travel as text, which the server reads as whatever type the statement casts to;
   only bytea is sent in binary form, to save both sides the hex. */
static void
set_parameter(Parameters *p, size_t i, const struct db_bind *bind)
{
    char uuid[UUID_TEXT_SIZE];

    switch (bind->type) {
    case DB_NULL:
        break;
    case DB_TEXT:
        /* libpq reads text up to its NUL; a slice has none, an embedded one is cut off
           here and would be refused by the server anyway. */
        p->values[i] = p->owned[i] = g_strndup(bind->bytes.p, bind->bytes.n);
        break;
    case DB_BYTES:
        p->values[i] = bind->bytes.p;
        p->lengths[i] = (int)bind->bytes.n;
        p->formats[i] = 1;
        break;
    case DB_INT:
        p->values[i] = p->owned[i] = g_strdup_printf("%" G_GINT64_FORMAT, bind->number);
        break;
    case DB_BOOL:
        p->values[i] = bind->number ? "t" : "f";
        break;
    case DB_UUID:
        p->values[i] = p->owned[i] = g_strdup(uuid_format(bind->uuid, uuid));
        break;
    case DB_TIME:
        p->values[i] = p->owned[i] = time_literal(bind->number);
        break;
    case DB_TEXT_ARRAY:
        p->values[i] = p->owned[i] = array_literal(bind->array);
        break;
    }
}

static DbRows *
run_prepared(Db *db, size_t statement, const struct db_bind *binds, size_t n,
             GError **error)
{
    g_assert(db->statements && statement < db->statements->n && n <= BINDS_MAX);
    const char *name = db->statements->statements[statement].name;

    if (!connection_observe(db, name, error))
        return NULL;

    g_auto(Parameters) p = { .n = n };
    for (size_t i = 0; i < n; i++)
        set_parameter(&p, i, &binds[i]);

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

DbTx *
db_tx_begin(Db *db, const struct db_tx_options *options, GError **error)
{
    char tenant[UUID_TEXT_SIZE] = "";

    g_assert(!db->in_transaction);
    if (!uuid_is_nil(options->tenant))
        uuid_format(options->tenant, tenant);
    /* One round trip. The only text put in is a UUID that we formatted ourselves. */
    g_autofree char *sql = g_strdup_printf(
        "BEGIN%s; SET LOCAL postern.tenant = '%s'%s",
        options->read_only ? " READ ONLY" : "", tenant,
        options->durability == DB_ASYNC ? "; SET LOCAL synchronous_commit = off" : "");
    if (!connection_command(db, "begin", sql, error)) {
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

struct uuid
db_tx_tenant(const DbTx *tx)
{
    return tx->tenant;
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
