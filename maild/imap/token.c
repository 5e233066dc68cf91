#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/http/refresh.h"
#include "maild/imap/reader.h"

#define SEAL_LABEL "mailbox refresh token"

struct refresh {
    struct reader *reader;
    char *refresh_token;
    int64_t issued_us; /* 0: this process is the first to see it */
    OauthToken *token; /* the answer; kept when the transaction has to run again */
};

static bool
store_refresh_token(DbTx *tx, const struct reader *r, const char *token, GError **error)
{
    g_autoptr(GBytes) sealed =
        refresh_seal(r->job->config, SEAL_LABEL, r->config->auth.refresh_token, token);
    struct slice bytes = { g_bytes_get_data(sealed, NULL), g_bytes_get_size(sealed) };
    return mailbox_store_token(tx, &r->mailbox, bytes, error);
}

static bool
read_refresh_token(DbTx *tx, struct refresh *refresh, GError **error)
{
    struct reader *r = refresh->reader;
    g_autoptr(GBytes) sealed = NULL;
    int64_t issued_us = 0, alarmed_us = 0;

    if (!mailbox_read_token(tx, &r->mailbox, &sealed, &issued_us, &alarmed_us, error))
        return false;
    g_free(refresh->refresh_token);
    refresh->refresh_token =
        refresh_open(r->job->config, SEAL_LABEL, r->config->auth.refresh_token, sealed);
    refresh->issued_us = refresh->refresh_token ? issued_us : 0;
    if (!refresh->refresh_token)
        refresh->refresh_token = g_strdup(r->config->auth.refresh_token);
    return true;
}

/* The server is asked inside the transaction, which holds the lock; it has less time than
   the database gives an idle transaction. Its answer is used however often the rest has to
   be done again: it may have made the old token worthless. */
static bool
refresh_in_turn(DbTx *tx, void *data, GError **error)
{
    struct refresh *refresh = data;
    struct reader *r = refresh->reader;

    if (!mailbox_lock_token(tx, &r->mailbox, error))
        return false;
    if (!refresh->token) {
        if (!read_refresh_token(tx, refresh, error))
            return false;
        refresh->token = oauth_refresh(&r->config->auth, refresh->refresh_token, error);
    }
    if (!refresh->token)
        return false;
    const char *rotated = refresh->token->refresh_token;
    return (!rotated && refresh->issued_us)
           || store_refresh_token(tx, r, rotated ? rotated : refresh->refresh_token,
                                  error);
}

/* db_transact repeats what failed with ERR_RETRY, and so does our own loop, in its time:
   a token server that is down is not asked five times in a row. */
static bool
refresh_once(struct refresh *refresh, GError **error)
{
    struct reader *r = refresh->reader;
    const struct db_tx_options options = { .tenant = r->mailbox.tenant_id,
                                           .durability = DB_DURABLE };
    if (db_is_lost(r->db) && !db_reconnect(r->db, error))
        return false;
    g_autoptr(DbTx) tx = db_tx_begin(r->db, &options, error);
    if (!tx || !refresh_in_turn(tx, refresh, error))
        return false;
    return db_tx_commit(&tx, error);
}

bool
token_ensure(struct reader *r, GError **error)
{
    if (r->config->auth.method != AUTH_XOAUTH2
        || oauth_is_fresh(r->token, clock_now_us()))
        return true;
    g_clear_pointer(&r->token, oauth_token_free);

    struct refresh refresh = { .reader = r };
    g_autoptr(GError) failure = NULL;
    bool stored = refresh_once(&refresh, &failure);
    if (!stored
        && refresh.token) { /* the database failed us: its turn again, not theirs */
        const struct db_tx_options options = { .tenant = r->mailbox.tenant_id,
                                               .durability = DB_DURABLE };
        g_clear_error(&failure);
        stored = db_transact(r->db, &options, refresh_in_turn, &refresh, &failure);
    }
    g_free(refresh.refresh_token);
    r->sign_in_lost = error_is(failure, ERR_DENIED);
    if (!stored) {
        oauth_token_free(refresh.token);
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    r->token = refresh.token;
    log_info("imap token refreshed", log_str("mailbox", r->config->name),
             log_str("rotated", r->token->refresh_token ? "yes" : "no"));
    return true;
}

struct expiry {
    struct reader *reader;
    int64_t issued_us, alarmed_us;
};

static bool
read_expiry(DbTx *tx, void *data, GError **error)
{
    struct expiry *expiry = data;
    g_autoptr(GBytes) sealed = NULL;
    return mailbox_read_token(tx, &expiry->reader->mailbox, &sealed, &expiry->issued_us,
                              &expiry->alarmed_us, error);
}

bool
token_expiry(struct reader *r, int64_t *ret_expires_us, int64_t *ret_alarmed_us,
             GError **error)
{
    struct expiry expiry = { .reader = r };
    const struct db_tx_options options = { .tenant = r->mailbox.tenant_id,
                                           .read_only = true };
    int64_t days =
        r->config->auth.method == AUTH_XOAUTH2 ? r->config->auth.token_days : 0;

    if (days > 0 && !db_transact(r->db, &options, read_expiry, &expiry, error))
        return false;
    *ret_expires_us = expiry.issued_us ? expiry.issued_us + days * CLOCK_DAY : 0;
    *ret_alarmed_us = expiry.alarmed_us;
    return true;
}
