#include "common/store/mailboxes.h"

#include "common/base/error.h"
#include "common/store/statements.h"

/* --- one statement in a transaction of the tenant's ------------------------------- */

struct single {
    enum statement statement;
    const struct db_bind *binds;
    size_t n;
    DbRows *rows;
};

static bool
run_single(DbTx *tx, void *data, GError **error)
{
    struct single *single = data;
    g_clear_pointer(&single->rows, db_rows_free);
    single->rows = db_query_binds(tx, single->statement, single->binds, single->n, error);
    return single->rows != NULL;
}

/* What can be lost without harm is not waited for. */
static DbRows *
run_async(Db *db, const struct mailbox *mailbox, enum statement statement,
          const struct db_bind *binds, size_t n, GError **error)
{
    struct single single = { statement, binds, n, NULL };
    const struct db_tx_options options = { .tenant = mailbox->tenant_id,
                                           .durability = DB_ASYNC };
    if (db_transact(db, &options, run_single, &single, error))
        return single.rows;
    db_rows_free(single.rows);
    return NULL;
}

#define RUN_ASYNC(db, mailbox, statement, error, ...)                                    \
    run_async(db, mailbox, statement,                                                    \
              DB_BINDS(db_uuid((mailbox)->tenant_id),                                    \
                       db_uuid((mailbox)->id) __VA_OPT__(, ) __VA_ARGS__),               \
              error)

/* --- the row and its lease -------------------------------------------------------- */

static bool
find_queue(Db *db, const char *queue, struct uuid *ret_tenant, struct uuid *ret_queue,
           GError **error)
{
    const char *const wanted[] = { queue, NULL };
    g_autoptr(DbRows) rows =
        db_call(db, SQL_ROUTE_ADDRESSES, error, db_text_array(wanted));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0)
        return error_set(error, ERR_MISSING, "no queue has the address %s", queue);
    *ret_tenant = db_get_uuid(rows, 0, 1);
    *ret_queue = db_get_uuid(rows, 0, 2);
    return true;
}

bool
mailbox_ensure(Db *db, const char *name, const char *queue, struct mailbox *ret_mailbox,
               GError **error)
{
    struct mailbox mailbox = { .id = uuid_make() };
    struct uuid queue_id = { { 0 } };

    if (!find_queue(db, queue, &mailbox.tenant_id, &queue_id, error))
        return false;
    g_autoptr(DbRows) rows = RUN_ASYNC(db, &mailbox, SQL_MAILBOX_ENSURE, error,
                                       db_uuid(queue_id), db_text(name));
    if (!rows)
        return false;
    mailbox.id = db_get_uuid(rows, 0, 0);
    *ret_mailbox = mailbox;
    return true;
}

bool
mailbox_lease(Db *db, struct mailbox *mailbox, const char *owner, int64_t lease_us,
              bool *ret_ours, GError **error)
{
    g_autoptr(DbRows) rows = RUN_ASYNC(db, mailbox, SQL_MAILBOX_LEASE, error,
                                       db_text(owner), db_int(lease_us));
    if (!rows)
        return false;
    *ret_ours = db_rows_count(rows) > 0;
    if (*ret_ours) {
        mailbox->cursor.uidvalidity = db_get_int(rows, 0, 0);
        mailbox->cursor.last_uid = db_get_int(rows, 0, 1);
        mailbox->done_uid = db_get_int(rows, 0, 2);
    }
    return true;
}

bool
mailbox_release(Db *db, const struct mailbox *mailbox, const char *owner, GError **error)
{
    g_autoptr(DbRows) rows =
        RUN_ASYNC(db, mailbox, SQL_MAILBOX_RELEASE, error, db_text(owner));
    return rows != NULL;
}

/* --- the cursor ------------------------------------------------------------------- */

/* The cursor did not move: because it is there already, or because it is not ours. */
static bool
explain_cursor(DbTx *tx, const struct mailbox *mailbox, const char *owner,
               const struct mailbox_cursor *to, GError **error)
{
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_MAILBOX_CURSOR, error, db_uuid(mailbox->tenant_id),
                 db_uuid(mailbox->id), db_text(owner));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0)
        return error_set(error, ERR_CONFLICT, "the mailbox's row is gone");
    if (!db_get_bool(rows, 0, 2))
        return error_set(error, ERR_CONFLICT, "another process reads this mailbox now");
    if (db_get_int(rows, 0, 0) != to->uidvalidity
        || db_get_int(rows, 0, 1) != to->last_uid)
        return error_set(error, ERR_CONFLICT, "another process has read this mailbox");
    return true;
}

bool
mailbox_advance(DbTx *tx, const struct mailbox *mailbox, const char *owner,
                const struct mailbox_cursor *to, bool *ret_repeated, GError **error)
{
    size_t moved = 0;
    if (!db_execute(tx, SQL_MAILBOX_ADVANCE, &moved, error, db_uuid(mailbox->tenant_id),
                    db_uuid(mailbox->id), db_text(owner),
                    db_int(mailbox->cursor.uidvalidity), db_int(mailbox->cursor.last_uid),
                    db_int(to->uidvalidity), db_int(to->last_uid)))
        return false;
    if (moved == 0 && !explain_cursor(tx, mailbox, owner, to, error))
        return false;
    *ret_repeated = moved == 0;
    return true;
}

/* --- how it fares ----------------------------------------------------------------- */

bool
mailbox_note_done(Db *db, const struct mailbox *mailbox, const char *owner,
                  GError **error)
{
    g_autoptr(DbRows) rows =
        RUN_ASYNC(db, mailbox, SQL_MAILBOX_DONE, error, db_text(owner),
                  db_int(mailbox->cursor.uidvalidity), db_int(mailbox->done_uid));
    return rows != NULL;
}

bool
mailbox_note_contact(Db *db, const struct mailbox *mailbox, GError **error)
{
    g_autoptr(DbRows) rows = RUN_ASYNC(db, mailbox, SQL_MAILBOX_CONTACT, error);
    return rows != NULL;
}

bool
mailbox_note_failure(Db *db, const struct mailbox *mailbox, const char *reason,
                     int64_t *ret_since_us, int64_t *ret_alarmed_us, GError **error)
{
    g_autoptr(DbRows) rows =
        RUN_ASYNC(db, mailbox, SQL_MAILBOX_FAILED, error, db_text(reason));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0)
        return error_set(error, ERR_CONFLICT, "the mailbox's row is gone");
    *ret_since_us = db_get_time(rows, 0, 0);
    *ret_alarmed_us = db_get_time(rows, 0, 1);
    return true;
}

bool
mailbox_note_alarm(DbTx *tx, const struct mailbox *mailbox, GError **error)
{
    return db_execute(tx, SQL_MAILBOX_ALARMED, NULL, error, db_uuid(mailbox->tenant_id),
                      db_uuid(mailbox->id));
}

/* --- its refresh token ------------------------------------------------------------ */

bool
mailbox_lock_token(DbTx *tx, const struct mailbox *mailbox, GError **error)
{
    char id[UUID_TEXT_SIZE];
    return db_execute(tx, SQL_MAILBOX_LOCK_TOKEN, NULL, error,
                      db_text(uuid_format(mailbox->id, id)));
}

bool
mailbox_read_token(DbTx *tx, const struct mailbox *mailbox, GBytes **ret_sealed,
                   int64_t *ret_issued_us, int64_t *ret_alarmed_us, GError **error)
{
    g_autoptr(DbRows) rows = db_query(tx, SQL_MAILBOX_TOKEN, error,
                                      db_uuid(mailbox->tenant_id), db_uuid(mailbox->id));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0)
        return error_set(error, ERR_CONFLICT, "the mailbox's row is gone");
    struct slice sealed = db_get_bytes(rows, 0, 0);
    *ret_sealed = sealed.p ? g_bytes_new(sealed.p, sealed.n) : NULL;
    *ret_issued_us = db_get_time(rows, 0, 1);
    *ret_alarmed_us = db_get_time(rows, 0, 2);
    return true;
}

bool
mailbox_store_token(DbTx *tx, const struct mailbox *mailbox, struct slice sealed,
                    GError **error)
{
    return db_execute(tx, SQL_MAILBOX_STORE_TOKEN, NULL, error,
                      db_uuid(mailbox->tenant_id), db_uuid(mailbox->id),
                      db_bytes(sealed));
}
