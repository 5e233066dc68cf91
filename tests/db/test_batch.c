/* test_batch: non-blocking batches on a real PostgreSQL ($POSTERN_TEST_DATABASE). */
#include "tests/unit/test.h"

#include <glib.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "common/db/batch.h"

enum { ADD, COUNT, SLEEP, SHUT_ME_DOWN, STATEMENTS };

static const struct db_statement table[STATEMENTS] = {
    [ADD] = { "add", "INSERT INTO kept (id, raw) VALUES ($1::bigint, $2) RETURNING id" },
    [COUNT] = { "count", "SELECT count(*) FROM kept" },
    [SLEEP] = { "sleep", "SELECT pg_sleep(2)" },
    [SHUT_ME_DOWN] = { "shut_me_down", "SELECT pg_terminate_backend(pg_backend_pid())" },
};
static const struct db_statement_table statements = { table, STATEMENTS };

static Db *
open_db(void)
{
    g_autoptr(GError) error = NULL;
    Db *db = db_open(&(struct db_options){ .conninfo = getenv("POSTERN_TEST_DATABASE"),
                                           .application = "test_batch",
                                           .statements = &statements },
                     &error);
    if (!db)
        fail_msg("%s", error->message);
    return db;
}

/* Prepared statements need their table, so it is made on a connection without them. */
static int
set_up(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db =
        db_open(&(struct db_options){ .conninfo = getenv("POSTERN_TEST_DATABASE"),
                                      .application = "test_batch" },
                &error);
    if (!db
        || !db_run_script(db,
                          "SET client_min_messages = warning;"
                          "DROP TABLE IF EXISTS kept;"
                          "CREATE TABLE kept (id bigint PRIMARY KEY CHECK (id > 0),"
                          " raw bytea, twin bigint UNIQUE DEFERRABLE INITIALLY DEFERRED)",
                          &error)) {
        print_error("%s\n", error->message);
        return -1;
    }
    *state = open_db();
    return 0;
}

static int
tear_down(void **state)
{
    db_free(*state);
    return 0;
}

static enum db_batch_outcome
wait_for(Db *db, DbBatch *batch, GError **error)
{
    for (;;) {
        g_clear_error(error);
        enum db_batch_outcome outcome = db_batch_step(batch, error);
        if (outcome != DB_BATCH_RUNNING)
            return outcome;
        struct pollfd fd = { db_socket(db), db_batch_events(batch), 0 };
        if (poll(&fd, 1, 10000) != 1)
            fail_msg("the database says nothing");
    }
}

static DbBatch *
begin(Db *db)
{
    g_autoptr(GError) error = NULL;
    DbBatch *batch = db_batch_begin(db, &error);
    if (!batch)
        fail_msg("%s", error->message);
    return batch;
}

static void
add(DbBatch *batch, int64_t id)
{
    assert_true(db_batch_add(batch, ADD, NULL, db_int(id), db_bytes(slice_from("x"))));
}

static int64_t
count(Db *db)
{
    g_autoptr(DbRows) rows = db_call(db, COUNT, NULL);
    return db_get_int(rows, 0, 0);
}

static void
test_committed(void **state)
{
    Db *db = *state;
    for (int round = 0; round < 3; round++) {
        g_autoptr(DbBatch) batch = begin(db);
        for (int i = 1; i <= 10; i++)
            add(batch, round * 10 + i);
        assert_true(db_batch_commit(batch, NULL));
        assert_int_equal(wait_for(db, batch, NULL), DB_BATCH_COMMITTED);
        assert_int_equal(db_get_int(db_batch_rows(batch, 9), 0, 0), round * 10 + 10);
        assert_int_equal(count(db), round * 10 + 10); /* an ordinary connection again */
    }
}

static void
test_empty(void **state)
{
    g_autoptr(DbBatch) batch = begin(*state);
    assert_true(db_batch_commit(batch, NULL));
    assert_int_equal(wait_for(*state, batch, NULL), DB_BATCH_COMMITTED);
}

/* One statement that fails leaves nothing of the others, and the connection usable. */
static void
test_refused(void **state)
{
    Db *db = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(DbBatch) batch = begin(db);
    add(batch, 1);
    add(batch, -1);
    add(batch, 2);
    assert_true(db_batch_commit(batch, NULL));
    assert_int_equal(wait_for(db, batch, &error), DB_BATCH_REFUSED);
    assert_true(error_is(error, ERR_CONFLICT));
    assert_string_equal(db_batch_sqlstate(batch), "23514");
    assert_int_equal(count(db), 0);
}

/* What only fails at the commit itself is no success. */
static void
test_refused_at_commit(void **state)
{
    Db *db = *state;
    g_autoptr(GError) error = NULL;
    assert_true(db_run_script(db, "ALTER TABLE kept ALTER twin SET DEFAULT 7", NULL));
    g_autoptr(DbBatch) batch = begin(db);
    add(batch, 1);
    add(batch, 2);
    assert_true(db_batch_commit(batch, NULL));
    assert_int_equal(wait_for(db, batch, &error), DB_BATCH_REFUSED);
    assert_string_equal(db_batch_sqlstate(batch), "23505");
    assert_int_equal(count(db), 0);
}

/* More than all buffers between us hold: neither side may wait for the other. */
static void
test_large(void **state)
{
    Db *db = *state;
    const size_t n = 24 << 20;
    g_autofree char *bytes = g_malloc(n);
    memset(bytes, 0xff, n);

    g_autoptr(DbBatch) batch = begin(db);
    bool waited = false;
    for (int i = 1; i <= 3; i++)
        assert_true(db_batch_add(batch, ADD, NULL, db_int(i),
                                 db_bytes((struct slice){ bytes, n })));
    assert_true(db_batch_commit(batch, NULL));
    waited = db_batch_events(batch) & POLLOUT;
    assert_true(waited);
    assert_int_equal(wait_for(db, batch, NULL), DB_BATCH_COMMITTED);
    assert_int_equal(count(db), 3);
}

static void
test_bell(void **state)
{
    Db *db = *state;
    bool rang = false;
    g_autoptr(Db) listener = open_db();
    assert_true(db_listen(listener, BELL_INBOUND, NULL));

    g_autoptr(DbBatch) batch = begin(db);
    assert_true(db_batch_add_bell(batch, BELL_INBOUND, NULL));
    assert_true(db_batch_commit(batch, NULL));
    assert_int_equal(wait_for(db, batch, NULL), DB_BATCH_COMMITTED);
    assert_true(db_wait(listener, -1, 5000000, &rang, NULL));
    assert_true(rang);
}

/* The server ends the connection while the batch runs. */
static void
test_uncertain(void **state)
{
    Db *db = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(DbBatch) batch = begin(db);
    add(batch, 1);
    assert_true(db_batch_add(batch, SHUT_ME_DOWN, NULL));
    assert_true(db_batch_commit(batch, NULL));
    assert_int_equal(wait_for(db, batch, &error), DB_BATCH_UNCERTAIN);
    assert_true(error_is(error, ERR_RETRY));
    assert_true(db_is_lost(db));
    assert_null(db_batch_begin(db, NULL));
    assert_true(db_reconnect(db, NULL));
    assert_int_equal(count(db), 0);
}

/* Given up by us, as when the server is silent for too long. */
static void
test_given_up(void **state)
{
    Db *db = *state;
    DbBatch *batch = begin(db);
    add(batch, 1);
    assert_true(db_batch_add(batch, SLEEP, NULL));
    assert_true(db_batch_commit(batch, NULL));
    assert_int_equal(db_batch_step(batch, NULL), DB_BATCH_RUNNING);
    db_batch_free(batch);
    assert_true(db_is_lost(db));
    assert_true(db_reconnect(db, NULL));
}

static bool
refuse_nth(const char *statement, void *data)
{
    (void)statement;
    return --*(int *)data != 0;
}

/* The k-th statement or the commit is refused, for every k: nothing stays. */
static void
test_every_statement_fails(void **state)
{
    Db *db = *state;
    for (int k = 1; k <= 4; k++) {
        int left = k;
        db_set_observer(db, refuse_nth, &left);
        g_autoptr(DbBatch) batch = begin(db);
        bool good = true;
        for (int i = 1; good && i <= 3; i++)
            good = db_batch_add(batch, ADD, NULL, db_int(i), db_null());
        assert_false(good && db_batch_commit(batch, NULL));
        g_clear_pointer(&batch, db_batch_free);
        db_set_observer(db, NULL, NULL);
        assert_true(db_reconnect(db, NULL));
        assert_int_equal(count(db), 0);
    }
}

static void
test_durable(void **state)
{
    Db *db = *state;
    assert_true(db_run_script(db, "SET synchronous_commit = off", NULL));
    assert_true(db_batch_make_durable(db, NULL));
    assert_true(db_run_script(db,
                              "DO $$ BEGIN ASSERT current_setting('synchronous_commit')"
                              " = 'on'; END $$; SET synchronous_commit = remote_apply",
                              NULL));
    assert_true(db_batch_make_durable(db, NULL));
    assert_true(db_run_script(db,
                              "DO $$ BEGIN ASSERT current_setting('synchronous_commit')"
                              " = 'remote_apply'; END $$",
                              NULL));
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_committed),
        TEST(test_empty),
        TEST(test_refused),
        TEST(test_refused_at_commit),
        TEST(test_large),
        TEST(test_bell),
        TEST(test_uncertain),
        TEST(test_given_up),
        TEST(test_every_statement_fails),
        TEST(test_durable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
