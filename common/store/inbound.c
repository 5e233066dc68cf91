#include "common/store/inbound.h"

#include "common/base/clock.h"
#include "common/store/statements.h"

void
inbound_free(Inbound *inbound)
{
    if (!inbound)
        return;
    g_free(inbound->door);
    g_free(inbound->envelope_from);
    g_strfreev(inbound->recipients);
    db_rows_free(inbound->row);
    g_free(inbound);
}

bool
inbound_claim_next(Db *db, const char *worker, int64_t lease_us,
                   struct inbound_claim *ret_claim, GError **error)
{
    g_autoptr(DbRows) rows = db_call(db, SQL_INBOUND_CLAIM, error, db_text(worker),
                                     db_int(lease_us / CLOCK_SECOND));
    if (!rows)
        return false;

    *ret_claim = (struct inbound_claim){ 0 };
    if (db_rows_count(rows) == 1) {
        ret_claim->tenant = db_get_uuid(rows, 0, 0);
        ret_claim->id = db_get_uuid(rows, 0, 1);
        ret_claim->tries = db_get_int(rows, 0, 2);
    }
    return true;
}

bool
inbound_release_worker(Db *db, const char *worker, bool forgive, GError **error)
{
    g_autoptr(DbRows) rows =
        db_call(db, SQL_INBOUND_RELEASE, error, db_text(worker), db_bool(forgive));
    return rows != NULL;
}

bool
inbound_read(DbTx *tx, struct uuid id, Inbound **ret_inbound, GError **error)
{
    g_autoptr(DbRows) rows = db_query(tx, SQL_INBOUND_READ, error, db_uuid(id));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0) {
        *ret_inbound = NULL;
        return true;
    }
    Inbound *inbound = g_new0(Inbound, 1);
    inbound->id = id;
    inbound->raw = db_get_bytes(rows, 0, 0);
    inbound->door = g_strdup(db_get_text(rows, 0, 1));
    inbound->envelope_from = g_strdup(db_get_text(rows, 0, 2));
    inbound->recipients = db_get_text_array(rows, 0, 3);
    inbound->received_at = db_get_time(rows, 0, 4);
    inbound->tries = db_get_int(rows, 0, 5);
    inbound->truncated = db_get_bool(rows, 0, 6);
    inbound->mailbox_id = db_get_uuid(rows, 0, 7);
    inbound->row = g_steal_pointer(&rows);
    *ret_inbound = inbound;
    return true;
}

bool
inbound_finish(DbTx *tx, struct uuid id, const char *state, const char *result,
               const char *reason, GError **error)
{
    return db_execute(tx, SQL_INBOUND_FINISH, NULL, error, db_uuid(id), db_text(state),
                      db_text(result), db_text(reason));
}

bool
inbound_postpone(DbTx *tx, struct uuid id, int64_t delay_us, GError **error)
{
    return db_execute(tx, SQL_INBOUND_POSTPONE, NULL, error, db_uuid(id),
                      db_int(delay_us / CLOCK_SECOND));
}

bool
inbound_note_failure(DbTx *tx, struct uuid id, const char *reason, GError **error)
{
    return db_execute(tx, SQL_INBOUND_NOTE, NULL, error, db_uuid(id), db_text(reason));
}

bool
inbound_add(DbTx *tx, const struct inbound_new *new, GError **error)
{
    return db_execute(tx, SQL_INBOUND_ADD, NULL, error, db_uuid(new->id),
                      db_uuid(db_tx_tenant(tx)), db_text(new->door),
                      db_uuid(new->mailbox_id), db_text(new->peer),
                      db_text(new->envelope_from), db_text_array(new->recipients),
                      db_int(new->size), db_bytes(new->raw), db_bool(new->truncated));
}
