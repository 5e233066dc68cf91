/* connection: what the files of db/ share of a Db; nobody else includes it. */
#pragma once

#include <libpq-fe.h>

#include "common/db/db.h"
#include "common/db/listen.h"

struct Db {
    PGconn *conn;
    char *conninfo;
    char *application;
    const struct db_statement_table *statements;
    int64_t statement_timeout_us;
    bool in_transaction;
    uint64_t transactions; /* begun on this connection */
    DbObserver observer;
    void *observer_data;
    bool listening[BELL_COUNT];
    bool ring_held[BELL_COUNT];
    int64_t rang_at[BELL_COUNT];
};

struct DbRows {
    PGresult *result;
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PGresult, PQclear)

/* Turn the outcome of a command into an error. `what` names it. Always false. */
bool connection_error(const Db *db, const PGresult *result, const char *what,
                      GError **error);

/* Run a command without parameters, one that returns no rows. */
bool connection_command(Db *db, const char *name, const char *sql, GError **error);

/* False, with ERR_RETRY, when the observer of a test says so. */
bool connection_observe(Db *db, const char *name, GError **error);

/* The statement that says whose rows a transaction sees: tenant, viewer, person,
   conversation as text. Prepared with the table's. */
#define CONNECTION_SCOPE "set scope"

/* The command that rings a bell; owned by the caller. In listen.c. */
char *listen_notify_sql(enum bell bell);
