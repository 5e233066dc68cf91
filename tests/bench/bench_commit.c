/*
 * bench_commit: what PostgreSQL itself can commit. Bare libpq, N connections, each commits
 * one row of raw mail a transaction, durably, in a prepared statement. The measure for
 * bench_lmtp.
 *
 *     bench_commit database='host=… dbname=…' size=2048 connections=16 seconds=5
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/load.h"

struct settings {
    const char *database;
    size_t size;
};

struct connection {
    PGconn *conn;
    char *mail;
    size_t size;
    unsigned char id[16]; /* the thread, then a count: ascending, as UUIDv7 are */
};

static void
run(PGconn *conn, const char *sql)
{
    PGresult *result = PQexec(conn, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK
        && PQresultStatus(result) != PGRES_TUPLES_OK)
        load_fail("%s: %s", sql, PQerrorMessage(conn));
    PQclear(result);
}

static PGconn *
connect_to(const char *database)
{
    PGconn *conn = PQconnectdb(database);
    if (PQstatus(conn) != CONNECTION_OK)
        load_fail("%s", PQerrorMessage(conn));
    run(conn, "SET synchronous_commit = on");
    run(conn, "SET client_min_messages = warning");
    return conn;
}

static void *
open_connection(size_t thread, void *data)
{
    const struct settings *settings = data;
    struct connection *c = g_new0(struct connection, 1);

    c->conn = connect_to(settings->database);
    c->mail = load_mail(settings->size, (unsigned)thread);
    c->size = settings->size;
    c->id[7] = (unsigned char)thread;
    PGresult *result = PQprepare(
        c->conn, "add", "INSERT INTO bench_raw (id, raw) VALUES ($1, $2)", 0, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        load_fail("%s", PQerrorMessage(c->conn));
    PQclear(result);
    return c;
}

static void
count_up(unsigned char *id)
{
    for (size_t i = 16; i-- > 8 && ++id[i] == 0;)
        continue;
}

static void
commit_one(void *connection)
{
    struct connection *c = connection;
    count_up(c->id);
    const char *const values[] = { (const char *)c->id, c->mail };
    const int lengths[] = { sizeof c->id, (int)c->size };
    const int formats[] = { 1, 1 };
    PGresult *result = PQexecPrepared(c->conn, "add", 2, values, lengths, formats, 1);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        load_fail("%s", PQerrorMessage(c->conn));
    PQclear(result);
}

static void
close_connection(void *connection)
{
    struct connection *c = connection;
    PQfinish(c->conn);
    g_free(c->mail);
    g_free(c);
}

int
main(int argc, char **argv)
{
    (void)argc;
    struct settings settings = { load_argument(argv, "database", NULL),
                                 (size_t)load_number(argv, "size", "2048") };
    const struct load load = {
        .connections = (size_t)load_number(argv, "connections", "1"),
        .seconds = g_ascii_strtod(load_argument(argv, "seconds", "5"), NULL),
        .open = open_connection,
        .turn = commit_one,
        .close = close_connection,
        .data = &settings
    };
    long turns = 0;

    PGconn *conn = connect_to(settings.database);
    run(conn, "DROP TABLE IF EXISTS bench_raw");
    run(conn, "CREATE TABLE bench_raw (id uuid PRIMARY KEY,"
              " raw bytea COMPRESSION lz4 NOT NULL)");
    double rate = load_run(&load, &turns);
    run(conn, "DROP TABLE bench_raw");
    PQfinish(conn);
    printf("commit size=%zu connections=%zu messages=%ld rate=%.0f\n", settings.size,
           load.connections, turns, rate);
    return 0;
}
