#include "common/store/relay_tokens.h"

#include "common/store/statements.h"

bool
relay_token_take(DbTx *tx, const char *account, GBytes **ret_sealed, GError **error)
{
    g_autoptr(DbRows) locked =
        db_query(tx, SQL_RELAY_TOKEN_LOCK, error, db_text(account));
    if (!locked)
        return false;
    g_autoptr(DbRows) rows = db_query(tx, SQL_RELAY_TOKEN_READ, error, db_text(account));
    if (!rows)
        return false;
    *ret_sealed = NULL;
    if (db_rows_count(rows)) {
        struct slice sealed = db_get_bytes(rows, 0, 0);
        *ret_sealed = g_bytes_new(sealed.p, sealed.n);
    }
    return true;
}

bool
relay_token_store(DbTx *tx, const char *account, struct slice sealed, GError **error)
{
    return db_execute(tx, SQL_RELAY_TOKEN_STORE, NULL, error, db_text(account),
                      db_bytes(sealed));
}
