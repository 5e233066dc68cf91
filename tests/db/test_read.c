/* test_read: a transaction of one statement in one round trip, on a real PostgreSQL. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "common/base/error.h"
#include "common/db/db.h"

enum { SHOW, DIVIDE, COUNT };

static const struct db_statement table[] = {
    [SHOW] = { "show", "SELECT current_setting('postern.tenant', true), "
                       "current_setting('postern.viewer', true), "
                       "current_setting('postern.person', true), $1::text" },
    [DIVIDE] = { "divide", "SELECT 1 / $1::bigint" },
    [COUNT] = { "count", "SELECT count(*) FROM pg_class" },
};
static const struct db_statement_table statements = { table, G_N_ELEMENTS(table) };

static Db *
open_db(void)
{
    g_autoptr(GError) error = NULL;
    Db *db = db_open(&(struct db_options){ .conninfo = getenv("POSTERN_TEST_DATABASE"),
                                           .application = "test_read",
                                           .statements = &statements },
                     &error);
    if (!db)
        fail_msg("%s", error->message);
    return db;
}

static DbRows *
read_one(Db *db, const struct db_tx_options *options, size_t statement,
         struct db_bind bind, GError **error)
{
    return db_read_binds(db, options, statement, DB_BINDS(bind), error);
}

static void
test_it_is_scoped_and_ends(void **state)
{
    g_autoptr(Db) db = open_db();
    g_autoptr(GError) error = NULL;
    char tenant[UUID_TEXT_SIZE], person[UUID_TEXT_SIZE];
    const struct db_tx_options options = { .tenant = uuid_make(),
                                           .viewer = DB_VIEWER_PERSON,
                                           .person = uuid_make() };
    (void)state;
    g_autoptr(DbRows) rows = read_one(db, &options, SHOW, db_text("words"), &error);
    assert_null(error);
    assert_string_equal(db_get_text(rows, 0, 0), uuid_format(options.tenant, tenant));
    assert_string_equal(db_get_text(rows, 0, 1), "person");
    assert_string_equal(db_get_text(rows, 0, 2), uuid_format(options.person, person));
    assert_string_equal(db_get_text(rows, 0, 3), "words");

    g_autoptr(DbRows) after = db_call(db, SHOW, &error, db_text(""));
    assert_null(error);
    assert_string_equal(db_get_text(after, 0, 0), "");
    assert_string_equal(db_get_text(after, 0, 1), "");
}

static void
test_an_error_leaves_the_connection_good(void **state)
{
    g_autoptr(Db) db = open_db();
    const struct db_tx_options options = { 0 };

    (void)state;
    for (int i = 0; i < 3; i++) {
        g_autoptr(GError) error = NULL;
        assert_null(read_one(db, &options, DIVIDE, db_int(0), &error));
        assert_true(error_is(error, ERR_REJECT));
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(DbRows) rows = read_one(db, &options, DIVIDE, db_int(1), &error);
    assert_null(error);
    assert_int_equal(db_get_int(rows, 0, 0), 1);
    g_autoptr(DbTx) tx = db_tx_begin(db, &options, &error);
    assert_non_null(tx);
}

static bool
refuse(const char *statement, void *data)
{
    (void)statement;
    (void)data;
    return false;
}

static void
test_an_observer_stops_it(void **state)
{
    g_autoptr(Db) db = open_db();
    g_autoptr(GError) error = NULL;
    const struct db_tx_options options = { 0 };

    (void)state;
    db_set_observer(db, refuse, NULL);
    assert_null(db_read_binds(db, &options, COUNT, DB_BINDS(), &error));
    assert_true(error_is(error, ERR_RETRY));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_scoped_and_ends),
        cmocka_unit_test(test_an_error_leaves_the_connection_good),
        cmocka_unit_test(test_an_observer_stops_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
