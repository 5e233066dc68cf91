#include "common/store/keys.h"

#include "common/base/error.h"
#include "common/store/statements.h"

struct put {
    const struct key_new *key;
    bool added;
    size_t again;
};

/* The tenant and, where one is named, the queue. */
static bool
find_place(DbTx *tx, const struct key_new *key, struct uuid *ret_tenant,
           struct uuid *ret_queue, GError **error)
{
    *ret_queue = (struct uuid){ { 0 } };
    g_autoptr(DbRows) rows =
        key->queue ? db_query(tx, SQL_ADMIN_FIND_ADDRESS, error, db_text(key->queue))
                   : db_query(tx, SQL_ADMIN_FIND_TENANT, error, db_text(key->tenant));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0)
        return error_set(error, ERR_MISSING, "there is no %s %s",
                         key->queue ? "queue" : "tenant",
                         key->queue ? key->queue : key->tenant);
    *ret_tenant = db_get_uuid(rows, 0, 0);
    if (key->queue)
        *ret_queue = db_get_uuid(rows, 0, 1);
    return true;
}

static bool
put_work(DbTx *tx, void *data, GError **error)
{
    struct put *put = data;
    const struct key_new *k = put->key;
    struct uuid tenant, queue;

    if (!find_place(tx, k, &tenant, &queue, error))
        return false;
    g_autoptr(DbRows) rows = db_query(
        tx, SQL_KEY_ADMIN_PUT, error, db_uuid(tenant), db_uuid(uuid_make()),
        db_uuid(queue), db_text(k->kind), db_text(k->protocol), db_text(k->fingerprint),
        db_text(k->name), db_text_array(k->addresses), db_time(k->expires_at),
        db_bytes(k->certificate), db_bytes(k->sealed_secret));
    if (!rows)
        return false;
    put->added = db_get_bool(rows, 0, 0);
    return db_execute(tx, SQL_KEY_ADMIN_TRY_AGAIN, &put->again, error, db_uuid(tenant),
                      db_text(k->kind), db_text(k->protocol),
                      db_text_array(k->addresses));
}

bool
key_put(Db *db, const struct key_new *key, bool *ret_added, size_t *ret_again,
        GError **error)
{
    const struct db_tx_options options = { .durability = DB_DURABLE };
    struct put put = { .key = key };
    if (!db_transact(db, &options, put_work, &put, error))
        return false;
    *ret_added = put.added;
    *ret_again = put.again;
    return true;
}

char *
key_list(Db *db, const char *tenant, GError **error)
{
    g_autoptr(DbRows) rows = db_call(db, SQL_KEY_ADMIN_LIST, error, db_text(tenant));
    return rows ? g_strdup(db_get_text(rows, 0, 0)) : NULL;
}

struct removal {
    const char *fingerprint, *tenant;
};

static bool
remove_work(DbTx *tx, void *data, GError **error)
{
    const struct removal *removal = data;
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_KEY_ADMIN_REMOVE, error, db_text(removal->fingerprint),
                 db_text(removal->tenant));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0)
        return error_set(error, ERR_MISSING, "there is no key %s: see `maild key list`",
                         removal->fingerprint);
    return db_rows_count(rows) == 1
           || error_set(error, ERR_CONFLICT,
                        "several tenants have the key %s: say which with --tenant",
                        removal->fingerprint);
}

bool
key_remove(Db *db, const char *fingerprint, const char *tenant, GError **error)
{
    const struct db_tx_options options = { .durability = DB_DURABLE };
    struct removal removal = { fingerprint, tenant };
    return db_transact(db, &options, remove_work, &removal, error);
}
