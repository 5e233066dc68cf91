#include "portald/auth/barred.h"

#include "common/base/autoptr.h"
#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/auth/audit.h"
#include "portald/auth/device.h"
#include "portald/auth/keys.h"
#include "portald/auth/letter.h"
#include "portald/auth/sign_in.h"

/* The record tells nobody which addresses strangers typed. */
static char *
digest_of(const struct request *request, const char *address)
{
    g_autofree char *text = g_strconcat("address tried ", address, NULL);
    struct sha256 mac = crypto_hmac(auth_keys_of(request).present, slice_from(text));
    return crypto_base32(mac.b, 20);
}

char *
barred_detail(const struct request *request, const char *address)
{
    g_autofree char *digest = digest_of(request, address);
    return g_strdup_printf("{\"for\": \"%s\"}", digest);
}

bool
barred_check(const struct request *request, struct uuid person, const char *address,
             bool *ret_barred, GError **error)
{
    const struct db_tx_options options = { .tenant = request->caller.tenant,
                                           .read_only = true };
    g_autofree char *digest = digest_of(request, address);
    Db *db = site_db(request->site, error);
    g_autoptr(DbTx) tx = db ? db_tx_begin(db, &options, error) : NULL;
    g_autoptr(DbRows) rows =
        tx ? db_query(tx, SQL_SIGN_IN_FAILURES, error, db_uuid(person), db_text(digest),
                      db_text(request->peer))
           : NULL;
    if (!rows)
        return false;
    bool many = db_get_int(rows, 0, 0) >= LIMIT_BARRED_ADDRESS
                || db_get_int(rows, 0, 1) >= LIMIT_BARRED_NETWORK;
    *ret_barred = many && !db_get_bool(rows, 0, 2);
    return true;
}

struct telling {
    const struct request *request;
    struct uuid person;
    const char *address;
};

static bool
tell(DbTx *tx, void *data, GError **error)
{
    const struct telling *t = data;
    g_autoptr(DbRows) lately =
        db_query(tx, SQL_SIGN_IN_BARRED_LATELY, error, db_uuid(t->person));
    if (!lately || !audit_add(tx, t->request, t->person, "password_barred", NULL, error))
        return false;
    if (db_rows_count(lately) > 0)
        return true;
    g_autofree char *device = device_label(request_header(t->request, "User-Agent"));
    g_autofree char *at = clock_format_rfc3339(clock_now_us());
    return letter_send(tx, t->request, "sign_in_barred", t->person, t->address,
                       json_pack("{s:s, s:s, s:s}", "device", device, "peer",
                                 t->request->peer, "at", at),
                       error);
}

bool
barred_tell(const struct request *request, struct uuid person, const char *address,
            GError **error)
{
    struct telling telling = { request, person, address };
    struct db_tx_options options = sign_in_scope(request, person);
    Db *db = site_db(request->site, error);
    if (!db || !db_transact(db, &options, tell, &telling, error))
        return false;
    letter_ring(request);
    return true;
}
