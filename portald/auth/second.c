#include "portald/auth/second.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/auth/keys.h"
#include "portald/auth/recovery.h"
#include "portald/auth/totp.h"

#define SEAL "totp"

static struct db_bind
digest_bind(const struct sha256 *digest)
{
    return db_bytes((struct slice){ (const char *)digest->b, SHA256_SIZE });
}

/* The secret behind a sealed one, with either key of the installation. */
static bool
unseal(const struct request *request, struct slice sealed, uint8_t *ret_secret)
{
    struct auth_keys keys = auth_keys_of(request);
    g_autoptr(GBytes) plain = crypto_unseal(keys.present, SEAL, sealed);
    if (!plain && keys.previous.n)
        plain = crypto_unseal(keys.previous, SEAL, sealed);
    if (!plain || g_bytes_get_size(plain) != TOTP_SECRET_BYTES)
        return false;
    memcpy(ret_secret, g_bytes_get_data(plain, NULL), TOTP_SECRET_BYTES);
    return true;
}

/* --- a code ------------------------------------------------------------------------- */

static bool
use_totp(DbTx *tx, const struct request *request, struct uuid person, const char *code,
         bool *ret_right, GError **error)
{
    uint8_t secret[TOTP_SECRET_BYTES];
    int64_t counter = 0;
    g_autoptr(DbRows) rows = db_query(tx, SQL_CREDENTIALS_READ, error, db_uuid(person));
    if (!rows)
        return false;

    *ret_right = false;
    if (db_rows_count(rows) == 0 || db_is_null(rows, 0, 1))
        return true;
    if (!unseal(request, db_get_bytes(rows, 0, 1), secret))
        return error_set(error, ERR_BUG,
                         "the secret of a person's codes can't be unsealed: "
                         "was the installation's secret changed twice?");
    bool fits = totp_check((struct slice){ (const char *)secret, sizeof secret }, code,
                           clock_now_us(), db_get_int(rows, 0, 2), &counter);
    crypto_forget(secret, sizeof secret);
    if (!fits)
        return true;
    g_autoptr(DbRows) taken =
        db_query(tx, SQL_TOTP_TAKE, error, db_uuid(person), db_int(counter));
    if (!taken)
        return false;
    *ret_right = db_rows_count(taken) == 1;
    return true;
}

static bool
use_recovery(DbTx *tx, const struct request *request, struct uuid person,
             const char *code, bool *ret_right, GError **error)
{
    struct auth_keys keys = auth_keys_of(request);
    const struct slice each[] = { keys.present, keys.previous };

    *ret_right = false;
    for (size_t i = 0; i < G_N_ELEMENTS(each) && !*ret_right; i++) {
        if (each[i].n == 0)
            continue;
        struct sha256 digest = recovery_digest(each[i], code);
        g_autoptr(DbRows) rows = db_query(tx, SQL_RECOVERY_CODE_USE, error,
                                          db_uuid(person), digest_bind(&digest));
        if (!rows)
            return false;
        *ret_right = db_rows_count(rows) == 1;
    }
    return true;
}

bool
second_use(DbTx *tx, const struct request *request, struct uuid person, const char *code,
           bool *ret_right, GError **error)
{
    bool right = false;
    if (!use_totp(tx, request, person, code, &right, error)
        || (!right && !use_recovery(tx, request, person, code, &right, error)))
        return false;
    *ret_right = right;
    return true;
}

/* --- from none to one --------------------------------------------------------------- */

bool
second_propose(DbTx *tx, const struct request *request, struct uuid person,
               uint8_t *ret_secret, GError **error)
{
    totp_make_secret(ret_secret);
    g_autoptr(GBytes) sealed =
        crypto_seal(auth_keys_of(request).present, SEAL,
                    (struct slice){ (const char *)ret_secret, TOTP_SECRET_BYTES });
    struct slice bytes = { g_bytes_get_data(sealed, NULL), g_bytes_get_size(sealed) };
    return db_execute(tx, SQL_TOTP_PROPOSE, NULL, error, db_uuid(person),
                      db_bytes(bytes));
}

bool
second_proposed(DbTx *tx, const struct request *request, struct uuid person,
                uint8_t *ret_secret, GError **error)
{
    g_autoptr(DbRows) rows = db_query(tx, SQL_CREDENTIALS_READ, error, db_uuid(person));
    return rows && db_rows_count(rows) > 0 && !db_is_null(rows, 0, 3)
           && unseal(request, db_get_bytes(rows, 0, 3), ret_secret);
}

bool
second_renew_codes(DbTx *tx, const struct request *request, struct uuid person,
                   char ***ret_codes, GError **error)
{
    g_autoptr(GStrvBuilder) codes = g_strv_builder_new();
    if (!db_execute(tx, SQL_RECOVERY_CODES_FORGET, NULL, error, db_uuid(person)))
        return false;
    for (size_t i = 0; i < LIMIT_RECOVERY_CODES; i++) {
        g_autofree char *code = recovery_make();
        struct sha256 digest = recovery_digest(auth_keys_of(request).present, code);
        if (!db_execute(tx, SQL_RECOVERY_CODE_ADD, NULL, error, db_uuid(person),
                        digest_bind(&digest)))
            return false;
        g_strv_builder_add(codes, code);
    }
    *ret_codes = g_strv_builder_end(codes);
    return true;
}

bool
second_enable(DbTx *tx, const struct request *request, struct uuid person,
              const char *code, char ***ret_codes, GError **error)
{
    uint8_t secret[TOTP_SECRET_BYTES];
    int64_t counter = 0;
    g_autoptr(GError) failure = NULL;

    *ret_codes = NULL;
    if (!second_proposed(tx, request, person, secret, &failure)) {
        if (failure)
            g_propagate_error(error, g_steal_pointer(&failure));
        return !failure;
    }
    bool right = totp_check((struct slice){ (const char *)secret, sizeof secret }, code,
                            clock_now_us(), 0, &counter);
    crypto_forget(secret, sizeof secret);
    if (!right)
        return true;
    return db_execute(tx, SQL_TOTP_ENABLE, NULL, error, db_uuid(person), db_int(counter))
           && second_renew_codes(tx, request, person, ret_codes, error);
}
