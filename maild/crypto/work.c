#include "maild/crypto/work.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/store/keys.h"
#include "common/store/statements.h"
#include "maild/crypto/opening.h"

#define POSTPONE (5 * CLOCK_SECOND)

struct work {
    const Config *config;
    const char *base;
    struct unsealing_claim claim;
    DbRows *mail;
    GPtrArray *keys; /* of struct opening_key * */
    Opened opened;
};

/* --- keys ------------------------------------------------------------------------- */

static void
key_free(void *data)
{
    struct opening_key *key = data;
    g_free(key->fingerprint);
    g_bytes_unref(key->certificate);
    g_clear_pointer(&key->secret, g_bytes_unref);
    g_free(key);
}

static struct slice
slice_of(GBytes *bytes)
{
    struct slice s = { NULL, 0 };
    if (bytes)
        s.p = g_bytes_get_data(bytes, &s.n);
    return s;
}

static GBytes *
unseal(const Config *config, struct slice sealed)
{
    GBytes *plain = crypto_unseal(slice_of(config->secret), KEY_SEAL_LABEL, sealed);
    return plain || !config->previous_secret
               ? plain
               : crypto_unseal(slice_of(config->previous_secret), KEY_SEAL_LABEL, sealed);
}

static struct opening_key *
read_key(const struct work *work, const DbRows *rows, size_t i)
{
    struct opening_key *key = g_new0(struct opening_key, 1);
    const char *kind = db_get_text(rows, i, 0);
    struct slice certificate = db_get_bytes(rows, i, 2);
    key->fingerprint = g_strdup(db_get_text(rows, i, 1));
    key->certificate = g_bytes_new(certificate.p, certificate.n);
    /* A self-signed certificate of a person is its own root. */
    key->is_trusted = strcmp(kind, "secret") != 0;
    if (strcmp(kind, "secret") == 0)
        key->secret = unseal(work->config, db_get_bytes(rows, i, 3));
    if (!key->secret && strcmp(kind, "secret") == 0)
        log_warning("key not readable", log_str("fingerprint", key->fingerprint),
                    log_str("reason", "it was sealed with another secret"));
    return key;
}

static bool
read_keys(struct work *work, DbTx *tx, GError **error)
{
    g_auto(GStrv) queues = db_get_text_array(work->mail, 0, 3);
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_KEY_LIST_FOR_MAIL, error, db_text(db_get_text(work->mail, 0, 1)),
                 db_text_array((const char *const *)queues),
                 db_text(db_get_text(work->mail, 0, 2)), db_int(LIMIT_CRYPTO_KEYS));
    if (!rows)
        return false;
    for (size_t i = 0; i < db_rows_count(rows); i++)
        g_ptr_array_add(work->keys, read_key(work, rows, i));
    return true;
}

/* --- transactions ----------------------------------------------------------------- */

static bool
read_work(DbTx *tx, void *data, GError **error)
{
    struct work *work = data;
    g_clear_pointer(&work->mail, db_rows_free);
    g_ptr_array_set_size(work->keys, 0);
    work->mail = db_query(tx, SQL_UNSEALING_WORK, error, db_uuid(work->claim.inbound));
    return work->mail && (db_rows_count(work->mail) == 0 || read_keys(work, tx, error));
}

static bool
finish_work(DbTx *tx, void *data, GError **error)
{
    const struct work *work = data;
    return unsealing_finish(tx, work->claim.inbound, work->opened.result,
                            work->opened.lacks, work->opened.bytes, error);
}

static bool
postpone_work(DbTx *tx, void *data, GError **error)
{
    const struct work *work = data;
    return unsealing_postpone(tx, work->claim.inbound, POSTPONE, false, error);
}

/* --- one mail --------------------------------------------------------------------- */

static bool
open_mail(struct work *work, GError **error)
{
    const struct opening opening = {
        .raw = db_get_bytes(work->mail, 0, 0),
        .sender = db_get_text(work->mail, 0, 2),
        .keys = work->keys,
        .base = work->base,
    };
    if (work->claim.tries <= LIMIT_INGEST_TRIES)
        return opening_run(&opening, &work->opened, error);
    opening_give_up(opening.raw, "looking at it took too much time or memory",
                    &work->opened);
    return true;
}

static bool
unseal_one(Db *db, struct work *work, bool *ret_done, GError **error)
{
    const struct db_tx_options options = { .tenant = work->claim.tenant,
                                           .durability = DB_ASYNC };
    g_autoptr(GError) failure = NULL;

    *ret_done = true;
    if (!db_transact(db, &options, read_work, work, error))
        return false;
    if (db_rows_count(work->mail) == 0)
        return true;
    if (!open_mail(work, &failure)) {
        log_warning("unsealing failed", log_uuid("id", work->claim.inbound),
                    log_int("try", work->claim.tries), log_error_field(failure));
        *ret_done = work->claim.tries >= LIMIT_INGEST_TRIES;
        if (!*ret_done)
            return db_transact(db, &options, postpone_work, work, error);
        opening_give_up(db_get_bytes(work->mail, 0, 0), failure->message, &work->opened);
    }
    return db_transact(db, &options, finish_work, work, error);
}

bool
work_unseal(Db *db, const Config *config, const char *base,
            const struct unsealing_claim *claim, bool *ret_done, GError **error)
{
    struct work work = { .config = config, .base = base, .claim = *claim };
    work.keys = g_ptr_array_new_with_free_func(key_free);
    bool good = unseal_one(db, &work, ret_done, error);
    opened_clear(&work.opened);
    g_ptr_array_unref(work.keys);
    db_rows_free(work.mail);
    return good;
}
