/*
 * bench_bare: the least that can answer from PostgreSQL over HTTP: libmicrohttpd, and one
 * prepared statement for each request, on a connection a thread. No sign-in, no policies
 * (it connects as the owner), no limits, no log. The measure for portald.
 *
 *     bench_bare port=9090 database='host=…' statement=portal_ticket_read setup='SET …'
 *                p1=… p2=…      # the statement's parameters; `null` is NULL
 *
 * It answers every path until it is killed.
 */
#include <libpq-fe.h>
#include <microhttpd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/store/statements.h"
#include "tests/bench/load.h"

#define PARAMETERS 16

struct settings {
    const char *database, *setup, *statement;
    const char *values[PARAMETERS];
    int n;
};

static void
close_connection(void *conn)
{
    PQfinish(conn);
}

static GPrivate connection = G_PRIVATE_INIT(close_connection);

static const char *
find_statement(const char *name)
{
    for (size_t i = 0; i < statements.n; i++)
        if (strcmp(statements.statements[i].name, name) == 0)
            return statements.statements[i].text;
    load_fail("there is no statement %s", name);
}

static PGconn *
connect_here(const struct settings *settings)
{
    PGconn *conn = PQconnectdb(settings->database);

    PQclear(PQexec(conn, "SET jit = off; SET plan_cache_mode = force_generic_plan;"
                         "SET enable_mergejoin = off; SET enable_hashjoin = off"));
    PQclear(PQexec(conn, settings->setup));
    PQclear(PQprepare(conn, "read", find_statement(settings->statement), 0, NULL));
    if (PQstatus(conn) != CONNECTION_OK)
        load_fail("%s", PQerrorMessage(conn));
    g_private_set(&connection, conn);
    return conn;
}

static enum MHD_Result
answer(void *data, struct MHD_Connection *http, const char *path, const char *method,
       const char *version, const char *upload, size_t *upload_n, void **memory)
{
    const struct settings *settings = data;
    PGconn *conn = g_private_get(&connection);

    (void)path, (void)method, (void)version, (void)upload, (void)upload_n;
    if (!*memory) {
        *memory = http;
        return MHD_YES;
    }
    if (!conn)
        conn = connect_here(settings);
    PGresult *result =
        PQexecPrepared(conn, "read", settings->n, settings->values, NULL, NULL, 1);
    if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1)
        load_fail("%s: %d rows %s", settings->statement, PQntuples(result),
                  PQerrorMessage(conn));
    struct MHD_Response *response =
        MHD_create_response_from_buffer((size_t)PQgetlength(result, 0, 0),
                                        PQgetvalue(result, 0, 0), MHD_RESPMEM_MUST_COPY);
    PQclear(result);
    MHD_add_response_header(response, "Content-Type", "application/json");
    enum MHD_Result queued = MHD_queue_response(http, 200, response);
    MHD_destroy_response(response);
    return queued;
}

int
main(int argc, char **argv)
{
    static struct settings settings;
    uint16_t port = (uint16_t)load_number(argv, "port", NULL);

    (void)argc;
    settings.database = load_argument(argv, "database", NULL);
    settings.setup = load_argument(argv, "setup", "SELECT 1");
    settings.statement = load_argument(argv, "statement", NULL);
    for (int i = 0; i < PARAMETERS; i++) {
        g_autofree char *key = g_strdup_printf("p%d", i + 1);
        const char *value = load_argument(argv, key, "");
        if (!*value)
            break;
        settings.values[settings.n++] = strcmp(value, "null") == 0 ? NULL : value;
    }
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, port, NULL, NULL, answer,
                         &settings, MHD_OPTION_THREAD_POOL_SIZE, 4u, MHD_OPTION_END);
    if (!daemon)
        load_fail("can't listen on port %u", port);
    pause();
    return 0;
}
