#include "common/db/connection.h"

#include <string.h>

#include "common/base/error.h"

static enum error_code
code_of_sqlstate(const char *state)
{
    static const struct {
        const char *prefix;
        enum error_code code;
    } codes[] = {
        { "08", ERR_RETRY },    { "40", ERR_RETRY },    { "53", ERR_RETRY },
        { "55", ERR_RETRY },    { "57014", ERR_BUG }, /* statement_timeout: it would take as long again */
        { "57", ERR_RETRY },    { "58", ERR_RETRY },    { "23", ERR_CONFLICT },
        { "22", ERR_REJECT },   { "25006", ERR_RETRY }, { "42501", ERR_DENIED },
        { "XX001", ERR_RETRY },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++)
        if (g_str_has_prefix(state, codes[i].prefix))
            return codes[i].code;
    return ERR_BUG;
}

bool
connection_error(const Db *db, const PGresult *result, const char *what, GError **error)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *text =
        result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    if (!text || !*text)
        text = PQerrorMessage(db->conn);

    /* Without a SQLSTATE it was the connection, not the statement. */
    enum error_code code = state ? code_of_sqlstate(state) : ERR_RETRY;
    g_autofree char *line = g_strdelimit(g_strstrip(g_strdup(text)), "\n", ' ');
    return error_set(error, code, "%s: %s%s%s%s", what, line, state ? " (" : "",
                     state ? state : "", state ? ")" : "");
}

bool
connection_observe(Db *db, const char *name, GError **error)
{
    if (!db->observer || db->observer(name, db->observer_data))
        return true;
    return error_set(error, ERR_RETRY, "%s: refused by a test", name);
}

bool
connection_command(Db *db, const char *name, const char *sql, GError **error)
{
    if (!connection_observe(db, name, error))
        return false;
    g_autoptr(PGresult) result = PQexec(db->conn, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK
        && PQresultStatus(result) != PGRES_TUPLES_OK)
        return connection_error(db, result, name, error);
    return true;
}

static const char scope_text[] = "SELECT set_config('postern.tenant', $1::text, true),"
                                 " set_config('postern.viewer', $2::text, true),"
                                 " set_config('postern.person', $3::text, true),"
                                 " set_config('postern.conversation', $4::text, true)";

/* All Parse messages in one round trip: with a hundred statements it is felt. */
static bool
prepare_statements(Db *db, GError **error)
{
    const struct db_statement_table *table = db->statements;
    if (!table || table->n == 0)
        return true;
    if (!PQenterPipelineMode(db->conn))
        return connection_error(db, NULL, "prepare", error);
    for (size_t i = 0; i < table->n; i++)
        if (!PQsendPrepare(db->conn, table->statements[i].name, table->statements[i].text,
                           0, NULL))
            return connection_error(db, NULL, table->statements[i].name, error);
    if (!PQsendPrepare(db->conn, CONNECTION_SCOPE, scope_text, 0, NULL)
        || !PQpipelineSync(db->conn))
        return connection_error(db, NULL, "prepare", error);

    bool good = true;
    for (size_t i = 0; i <= table->n; i++) {
        g_autoptr(PGresult) result = PQgetResult(db->conn);
        G_GNUC_UNUSED g_autoptr(PGresult) end =
            PQgetResult(db->conn); /* NULL ends each answer */
        if (good && PQresultStatus(result) != PGRES_COMMAND_OK)
            good = connection_error(
                db, result, i < table->n ? table->statements[i].name : CONNECTION_SCOPE,
                error);
        if (!result)
            return good;
    }
    g_autoptr(PGresult) sync = PQgetResult(db->conn);
    if (good
        && (PQresultStatus(sync) != PGRES_PIPELINE_SYNC || !PQexitPipelineMode(db->conn)))
        return connection_error(db, sync, "prepare", error);
    return good;
}

/* Every statement finds a few rows by an index, whatever its values are: one plan serves
   all (planning anew took as long as running), and a join that reads a whole tenant, which
   the server prefers while it has no statistics, is never right. */
static bool
set_up_session(Db *db, GError **error)
{
    g_autofree char *sql = g_strdup_printf(
        "SET statement_timeout = %" G_GINT64_FORMAT "; SET TIME ZONE 'UTC';"
        "SET jit = off;"
        "SET plan_cache_mode = force_generic_plan;"
        "SET enable_mergejoin = off; SET enable_hashjoin = off;"
        "SET idle_in_transaction_session_timeout = '60s'",
        db->statement_timeout_us / 1000);

    if (!connection_command(db, "session", sql, error) || !prepare_statements(db, error))
        return false;
    for (int bell = 0; bell < BELL_COUNT; bell++)
        if (db->listening[bell] && !db_listen(db, (enum bell)bell, error))
            return false;
    return true;
}

static void
ignore_notice(void *data, const PGresult *result)
{
    (void)data;
    (void)result;
}

bool
db_reconnect(Db *db, GError **error)
{
    const char *const keys[] = { "dbname", "fallback_application_name", "connect_timeout",
                                 "client_encoding", NULL };
    const char *const values[] = { db->conninfo, db->application, "10", "UTF8", NULL };

    PQfinish(db->conn);
    db->in_transaction = false;
    db->conn = PQconnectdbParams(keys, values, 1);
    if (!db->conn)
        g_error("out of memory");
    if (PQstatus(db->conn) != CONNECTION_OK)
        return connection_error(db, NULL, "connect", error);
    PQsetNoticeReceiver(db->conn, ignore_notice, NULL);
    return set_up_session(db, error);
}

Db *
db_open(const struct db_options *options, GError **error)
{
    g_autoptr(Db) db = g_new0(Db, 1);
    db->conninfo = g_strdup(options->conninfo);
    db->application = g_strdup(options->application ? options->application : "postern");
    db->statements = options->statements;
    db->statement_timeout_us = options->statement_timeout_us;
    return db_reconnect(db, error) ? g_steal_pointer(&db) : NULL;
}

void
db_free(Db *db)
{
    if (!db)
        return;
    PQfinish(db->conn);
    g_free(db->conninfo);
    g_free(db->application);
    g_free(db);
}

bool
db_is_lost(const Db *db)
{
    return PQstatus(db->conn) != CONNECTION_OK;
}

int
db_socket(const Db *db)
{
    return PQsocket(db->conn);
}

bool
db_run_script(Db *db, const char *sql, GError **error)
{
    return connection_command(db, "script", sql, error);
}

void
db_set_observer(Db *db, DbObserver observer, void *data)
{
    db->observer = observer;
    db->observer_data = data;
}
