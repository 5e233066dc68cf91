#include "common/store/unsealings.h"

#include "common/base/clock.h"
#include "common/store/statements.h"

bool
unsealing_add(DbTx *tx, const struct unsealing_new *new, GError **error)
{
    return db_execute(tx, SQL_UNSEALING_ADD, NULL, error, db_uuid(new->inbound),
                      db_text(new->protocol), db_text(new->sender),
                      db_text_array(new->queues));
}

void
unsealing_clear(Unsealing *unsealing)
{
    g_clear_pointer(&unsealing->rows, db_rows_free);
}

bool
unsealing_read(DbTx *tx, struct uuid inbound, int64_t wait_s, Unsealing *ret_unsealing,
               GError **error)
{
    DbRows *rows =
        db_query(tx, SQL_UNSEALING_READ, error, db_uuid(inbound), db_int(wait_s));
    if (!rows)
        return false;
    *ret_unsealing = (Unsealing){ .rows = rows, .asked = db_rows_count(rows) > 0 };
    if (!ret_unsealing->asked)
        return true;
    ret_unsealing->done = db_get_bool(rows, 0, 0);
    ret_unsealing->overdue = db_get_bool(rows, 0, 1);
    ret_unsealing->result = db_get_text(rows, 0, 2);
    if (!db_is_null(rows, 0, 3))
        ret_unsealing->opened = db_get_bytes(rows, 0, 3);
    return true;
}

bool
unsealing_claim_next(Db *db, const char *worker, int64_t lease_us,
                     struct unsealing_claim *ret_claim, GError **error)
{
    g_autoptr(DbRows) rows = db_call(db, SQL_UNSEALING_CLAIM, error, db_text(worker),
                                     db_int(lease_us / CLOCK_SECOND));
    if (!rows)
        return false;
    *ret_claim = (struct unsealing_claim){ 0 };
    if (db_rows_count(rows) == 1) {
        ret_claim->tenant = db_get_uuid(rows, 0, 0);
        ret_claim->inbound = db_get_uuid(rows, 0, 1);
        ret_claim->tries = db_get_int(rows, 0, 2);
    }
    return true;
}

bool
unsealing_release_worker(Db *db, const char *worker, bool forgive, GError **error)
{
    g_autoptr(DbRows) rows =
        db_call(db, SQL_UNSEALING_RELEASE, error, db_text(worker), db_bool(forgive));
    return rows != NULL;
}

bool
unsealing_postpone(DbTx *tx, struct uuid inbound, int64_t delay_us, bool forgive,
                   GError **error)
{
    return db_execute(tx, SQL_UNSEALING_POSTPONE, NULL, error, db_uuid(inbound),
                      db_int(delay_us / CLOCK_SECOND), db_bool(forgive));
}

bool
unsealing_finish(DbTx *tx, struct uuid inbound, const char *result, const char *lacks,
                 GBytes *opened, GError **error)
{
    struct slice bytes = { NULL, 0 };
    if (opened)
        bytes.p = g_bytes_get_data(opened, &bytes.n);
    g_autoptr(DbRows) locked =
        db_query(tx, SQL_UNSEALING_LOCK_INBOUND, error, db_uuid(inbound));
    g_autoptr(DbRows) rows =
        locked ? db_query(tx, SQL_UNSEALING_FINISH, error, db_uuid(inbound),
                          db_text(result), db_text(lacks), db_bytes(bytes))
               : NULL;
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0 || !db_get_bool(rows, 0, 0))
        return true;
    return db_execute(tx, SQL_UNSEALING_WAKE_INBOUND, NULL, error, db_uuid(inbound));
}
