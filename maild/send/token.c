#include "maild/send/token.h"

#include "common/base/error.h"
#include "common/http/refresh.h"
#include "common/store/relay_tokens.h"

#define SEAL_LABEL "relay refresh token"

struct exchange {
    const Config *config;
    const struct config_auth *auth;
    char *account;
    OauthToken *token; /* the answer, kept when the transaction has to run again: the old
                          refresh token may be worth nothing now */
};

static bool
ask(struct exchange *x, GBytes *sealed, GError **error)
{
    g_autofree char *kept =
        refresh_open(x->config, SEAL_LABEL, x->auth->refresh_token, sealed);
    x->token = oauth_refresh(x->auth, kept ? kept : x->auth->refresh_token, error);
    return x->token != NULL;
}

static bool
exchange_in_turn(DbTx *tx, void *data, GError **error)
{
    struct exchange *x = data;
    g_autoptr(GBytes) sealed = NULL;

    if (!relay_token_take(tx, x->account, &sealed, error)
        || (!x->token && !ask(x, sealed, error)))
        return false;
    if (!x->token->refresh_token)
        return true;
    g_autoptr(GBytes) next = refresh_seal(x->config, SEAL_LABEL, x->auth->refresh_token,
                                          x->token->refresh_token);
    struct slice bytes = { g_bytes_get_data(next, NULL), g_bytes_get_size(next) };
    return relay_token_store(tx, x->account, bytes, error);
}

/* Not db_transact, which would ask a token server that is down five times in a row. */
static bool
exchange_once(Db *db, struct exchange *x, GError **error)
{
    const struct db_tx_options options = { .durability = DB_DURABLE };
    if (db_is_lost(db) && !db_reconnect(db, error))
        return false;
    g_autoptr(DbTx) tx = db_tx_begin(db, &options, error);
    return tx && exchange_in_turn(tx, x, error) && db_tx_commit(&tx, error);
}

OauthToken *
token_get(Db *db, const Config *config, const struct config_auth *auth, GError **error)
{
    const struct db_tx_options options = { .durability = DB_DURABLE };
    g_autofree char *account = g_strdup_printf("%s@%s", auth->user, auth->token_url);
    struct exchange x = { config, auth, account, NULL };
    g_autoptr(GError) failure = NULL;

    bool good = exchange_once(db, &x, &failure);
    if (!good && x.token) { /* it was the database that failed */
        g_clear_error(&failure);
        good = db_transact(db, &options, exchange_in_turn, &x, &failure);
    }
    if (good)
        return x.token;
    oauth_token_free(x.token);
    g_propagate_error(error, g_steal_pointer(&failure));
    return NULL;
}
