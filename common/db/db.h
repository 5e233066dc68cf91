/*
 * db: one connection to PostgreSQL, its prepared statements and its transactions.
 *
 *     db_open ─► db_transact ─► work(tx): db_query(tx, SQL_…, error, db_uuid(id), …) ─► rows
 *
 * A Db belongs to one thread. Every statement of the table it was opened with is prepared
 * at once, so a statement that does not fit the schema stops the start. Values go in only
 * as typed binds and come out through typed getters.
 *
 * Every transaction may be told to run again (serialisation failure, deadlock, a lost
 * connection, a COMMIT whose answer never came): db_transact does that, so `work` must be
 * safe to repeat: nothing outside the transaction may change in it.
 *
 * SQLSTATE classes become error codes: 08, 40, 53, 55, 57 (but 57014, a statement that took
 * too long: ERR_BUG), 58 ERR_RETRY; 23 ERR_CONFLICT;
 * 22 ERR_REJECT; 42501 ERR_DENIED; all else ERR_BUG.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"
#include "common/base/uuid.h"

typedef struct Db Db;
typedef struct DbTx DbTx;
typedef struct DbRows DbRows;

/* A named statement, from a .sql file. */
struct db_statement {
    const char *name;
    const char *text;
};

struct db_statement_table {
    const struct db_statement *statements;
    size_t n;
};

/* --- connection ------------------------------------------------------------------- */

struct db_options {
    const char *conninfo;                        /* libpq's key=value or URI form */
    const char *application;                     /* shown in pg_stat_activity */
    const struct db_statement_table *statements; /* prepared at once; may be NULL */
    int64_t statement_timeout_us;                /* 0: none */
};

/* Connect and prepare. ERR_RETRY when the server can't be reached now. */
Db *db_open(const struct db_options *options, GError **error);
void db_free(Db *db);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Db, db_free)

/* Connect again with the same options, after db_is_lost. LISTENs are repeated. */
bool db_reconnect(Db *db, GError **error);

/* True once the connection is known to be gone. */
bool db_is_lost(const Db *db);

/* The socket, for a poll(2) of the caller's; it changes with db_reconnect. */
int db_socket(const Db *db);

/* Run statements that take no parameters and are not prepared: migrations, tests. All in
   one implicit transaction unless `sql` says otherwise. */
bool db_run_script(Db *db, const char *sql, GError **error);

/* --- binds ------------------------------------------------------------------------ */

enum db_bind_type {
    DB_NULL,
    DB_TEXT,
    DB_BYTES,
    DB_INT,
    DB_BOOL,
    DB_UUID,
    DB_TIME,
    DB_TEXT_ARRAY
};

struct db_bind {
    enum db_bind_type type;
    struct slice bytes; /* DB_TEXT, DB_BYTES: borrowed */
    int64_t number;     /* DB_INT, DB_BOOL, DB_TIME: microseconds since 1970 */
    struct uuid uuid;
    const char *const *array; /* DB_TEXT_ARRAY: NULL-terminated, borrowed */
};

/* Text, jsonb, inet: anything with a text form. It must be valid UTF-8 without NUL (the
   server refuses the rest: ERR_REJECT). NULL is SQL's NULL. */
static inline struct db_bind
db_text(const char *text)
{
    return (struct db_bind){ .type = text ? DB_TEXT : DB_NULL,
                             .bytes = slice_from(text) };
}

static inline struct db_bind
db_text_slice(struct slice text)
{
    return (struct db_bind){ .type = text.p ? DB_TEXT : DB_NULL, .bytes = text };
}

/* bytea; sent in binary form. A slice whose p is NULL is SQL's NULL. */
static inline struct db_bind
db_bytes(struct slice bytes)
{
    return (struct db_bind){ .type = bytes.p ? DB_BYTES : DB_NULL, .bytes = bytes };
}

static inline struct db_bind
db_int(int64_t number)
{
    return (struct db_bind){ .type = DB_INT, .number = number };
}

static inline struct db_bind
db_bool(bool value)
{
    return (struct db_bind){ .type = DB_BOOL, .number = value };
}

/* The nil UUID is sent as NULL: it is our "nobody". */
static inline struct db_bind
db_uuid(struct uuid uuid)
{
    return (struct db_bind){ .type = uuid_is_nil(uuid) ? DB_NULL : DB_UUID,
                             .uuid = uuid };
}

/* timestamptz from microseconds since 1970; 0 is NULL. */
static inline struct db_bind
db_time(int64_t time_us)
{
    return (struct db_bind){ .type = time_us ? DB_TIME : DB_NULL, .number = time_us };
}

/* text[] from a NULL-terminated array; NULL gives the empty array. */
static inline struct db_bind
db_text_array(const char *const *array)
{
    return (struct db_bind){ .type = DB_TEXT_ARRAY, .array = array };
}

static inline struct db_bind
db_null(void)
{
    return (struct db_bind){ .type = DB_NULL };
}

/* --- transactions ----------------------------------------------------------------- */

enum db_durability {
    DB_DURABLE, /* COMMIT returns when the change is on disk */
    DB_ASYNC, /* it may be lost in a crash of the server (not of ours): only for work that
                   will be done again from what is durable */
};

/* Who looks, for the policies that bind portald (migrations/0005_portal.sql). */
enum db_viewer {
    DB_VIEWER_NONE,   /* sees no conversation */
    DB_VIEWER_PERSON, /* those that `person` takes part in, without notes */
    DB_VIEWER_LINK,   /* `conversation` alone, without notes */
    DB_VIEWER_DESK,   /* all; `person` is the agent */
};

struct db_tx_options {
    struct uuid tenant; /* whose rows can be seen and written; nil: no tenant's */
    enum db_viewer viewer;
    struct uuid person;       /* nil: nobody */
    struct uuid conversation; /* DB_VIEWER_LINK */
    enum db_durability durability;
    bool read_only;
};

/* The work of one transaction. False with error rolls back. */
typedef bool (*DbWork)(DbTx *tx, void *data, GError **error);

/* Begin, work, commit; on ERR_RETRY from the database roll back and do it again, with a
   growing pause, a few times (LIMIT_TX_TRIES), reconnecting where the connection was lost.
   An unknown outcome of COMMIT counts as ERR_RETRY, so work done twice must end the same
   as work done once. */
bool db_transact(Db *db, const struct db_tx_options *options, DbWork work, void *data,
                 GError **error);

/* The pieces, for a caller whose own loop repeats the work. Leaving the scope of an
   autoptr rolls back. */
DbTx *db_tx_begin(Db *db, const struct db_tx_options *options, GError **error);
bool db_tx_commit(DbTx **tx, GError **error); /* takes *tx in every case */
void db_tx_free(DbTx *tx);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DbTx, db_tx_free)

struct uuid db_tx_tenant(const DbTx *tx);

/* From now on this transaction works for another tenant. For a worker whose claim took
   rows of several: what it reads and writes between two such calls is one tenant's. */
bool db_tx_set_tenant(DbTx *tx, struct uuid tenant, GError **error);

/* --- statements ------------------------------------------------------------------- */

/* Run statement number `statement` of the table. NULL and error on failure; a result
   without rows is no failure. */
DbRows *db_query_binds(DbTx *tx, size_t statement, const struct db_bind *binds, size_t n,
                       GError **error);

/* The same outside a transaction: the statement is a transaction of its own. */
DbRows *db_call_binds(Db *db, size_t statement, const struct db_bind *binds, size_t n,
                      GError **error);

#define DB_BINDS(...)                                                                    \
    (const struct db_bind[]){ __VA_ARGS__ __VA_OPT__(, ){ 0 } },                         \
        sizeof((const struct db_bind[]){ __VA_ARGS__ __VA_OPT__(, ){ 0 } })              \
                / sizeof(struct db_bind)                                                 \
            - 1
#define db_query(tx, statement, error, ...)                                              \
    db_query_binds(tx, statement, DB_BINDS(__VA_ARGS__), error)
#define db_call(db, statement, error, ...)                                               \
    db_call_binds(db, statement, DB_BINDS(__VA_ARGS__), error)

/* A transaction of one reading statement, in one round trip: begun with these options, and
   ended when the statement has answered. */
DbRows *db_read_binds(Db *db, const struct db_tx_options *options, size_t statement,
                      const struct db_bind *binds, size_t n, GError **error);

/* Run a statement for its effect; *ret_affected, unless NULL, is the number of rows. */
bool db_execute_binds(DbTx *tx, size_t statement, const struct db_bind *binds, size_t n,
                      size_t *ret_affected, GError **error);
#define db_execute(tx, statement, ret_affected, error, ...)                              \
    db_execute_binds(tx, statement, DB_BINDS(__VA_ARGS__), ret_affected, error)

/* --- rows ------------------------------------------------------------------------- */

void db_rows_free(DbRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DbRows, db_rows_free)

size_t db_rows_count(const DbRows *rows);

/* Columns count from 0, in the order of the statement. What they return is borrowed from
   the rows. A NULL in the database reads as NULL, 0, false, nil, or the empty slice. A
   column of another type than the getter's is our mistake and aborts. */
bool db_is_null(const DbRows *rows, size_t row, int column);
const char *db_get_text(const DbRows *rows, size_t row, int column); /* text, json(b) */
struct slice db_get_bytes(const DbRows *rows, size_t row, int column);
int64_t db_get_int(const DbRows *rows, size_t row, int column); /* int2, int4, int8 */
bool db_get_bool(const DbRows *rows, size_t row, int column);
struct uuid db_get_uuid(const DbRows *rows, size_t row, int column);
int64_t db_get_time(const DbRows *rows, size_t row, int column);      /* µs since 1970 */
char **db_get_text_array(const DbRows *rows, size_t row, int column); /* g_strfreev */

/* --- for tests -------------------------------------------------------------------- */

/* Called with its name before each statement, BEGIN and COMMIT of this connection; when it
   returns false that statement fails with ERR_RETRY instead of being sent. */
typedef bool (*DbObserver)(const char *statement, void *data);
void db_set_observer(Db *db, DbObserver observer, void *data);
