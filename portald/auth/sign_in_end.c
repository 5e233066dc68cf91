/* The second half of sign_in.h: from a first proof that was right to its end. */
#include <string.h>

#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/mail/address.h"
#include "common/store/people.h"
#include "common/store/statements.h"
#include "portald/auth/audit.h"
#include "portald/auth/barred.h"
#include "portald/auth/letter.h"
#include "portald/auth/password.h"
#include "portald/auth/second.h"
#include "portald/auth/sign_in.h"
#include "portald/auth/token.h"

static bool
transact(const struct request *request, struct uuid person, DbWork work, void *data,
         GError **error)
{
    struct db_tx_options options = sign_in_scope(request, person);
    if (uuid_is_nil(person))
        options.viewer = DB_VIEWER_NONE;
    Db *db = site_db(request->site, error);
    return db && db_transact(db, &options, work, data, error);
}

/* --- who it is ---------------------------------------------------------------------- */

struct known {
    const char *address;
    struct uuid person; /* nil: nobody */
    char *hash;
    bool has_totp;
};

static bool
look_up(DbTx *tx, void *data, GError **error)
{
    struct known *known = data;
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_SIGN_IN_PERSON, error, db_text(known->address));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0 || db_is_null(rows, 0, 0))
        return true;
    known->person = db_get_uuid(rows, 0, 0);
    g_free(known->hash);
    known->hash = g_strdup(db_get_text(rows, 0, 3));
    known->has_totp = db_get_bool(rows, 0, 4);
    return true;
}

/* --- by password -------------------------------------------------------------------- */

struct renewal {
    struct uuid person;
    const char *old, *renewed;
};

static bool
renew_hash(DbTx *tx, void *data, GError **error)
{
    const struct renewal *r = data;
    return db_execute(tx, SQL_CREDENTIALS_RENEW_PASSWORD, NULL, error, db_uuid(r->person),
                      db_text(r->old), db_text(r->renewed));
}

static SignIn *
sign_in_new(const char *address, struct uuid person, const char *next)
{
    SignIn *s = g_new0(SignIn, 1);
    s->kind = g_strdup("password");
    s->person = person;
    s->address = g_strdup(address);
    s->proof = g_strdup("password");
    s->next = g_strdup(next);
    s->same_browser = true;
    return s;
}

/* A wrong one is on record; a right one that does not count is told to its person. */
static bool
judge(const struct request *request, const struct known *known, bool right,
      bool *ret_barred, GError **error)
{
    if (!barred_check(request, known->person, known->address, ret_barred, error))
        return false;
    if (right)
        return !*ret_barred || barred_tell(request, known->person, known->address, error);
    g_autofree char *detail = barred_detail(request, known->address);
    audit_failure(request, known->person, "password_wrong", detail);
    return true;
}

bool
sign_in_by_password(const struct request *request, const char *address,
                    const char *password, const char *next, SignIn **ret_sign_in,
                    bool *ret_barred, GError **error)
{
    bool right = false;
    g_autofree char *renewed = NULL, *hash = NULL;
    g_autofree char *normal = address_normalise(slice_from(address));
    struct known known = { .address = normal ? normal : "" };

    bool found = transact(request, (struct uuid){ { 0 } }, look_up, &known, error);
    hash = known.hash;
    if (!found || !password_check(hash, password, &right, &renewed, error))
        return false;
    struct renewal renewal = { known.person, hash, renewed };
    if ((renewed && !transact(request, known.person, renew_hash, &renewal, error))
        || !judge(request, &known, right, ret_barred, error))
        return false;
    *ret_sign_in = right && !*ret_barred ? sign_in_new(normal, known.person, next) : NULL;
    return true;
}

/* --- the code of a device ----------------------------------------------------------- */

struct newcomer {
    const char *address;
    struct uuid person;
};

static bool
make_person(DbTx *tx, void *data, GError **error)
{
    struct newcomer *n = data;
    g_autoptr(Person) person = person_ensure(tx, n->address, "", error);
    if (!person)
        return false;
    n->person = person->id;
    return true;
}

bool
sign_in_needs_code(const struct request *request, SignIn *sign_in, bool *ret_needs,
                   GError **error)
{
    struct known known = { .address = sign_in->address };
    const struct uuid nobody = { { 0 } };
    bool found = transact(request, nobody, look_up, &known, error);
    g_free(known.hash);
    if (!found)
        return false;

    /* Who had the address when the link was sent may not be who has it now. */
    struct newcomer newcomer = { sign_in->address, known.person };
    if (uuid_is_nil(known.person)
        && !transact(request, nobody, make_person, &newcomer, error))
        return false;
    if (!uuid_is_nil(sign_in->person) && !uuid_equal(sign_in->person, newcomer.person))
        return error_set(error, ERR_DENIED, "the address belongs to somebody else now");
    sign_in->person = newcomer.person;
    *ret_needs = known.has_totp;
    return true;
}

struct waiting {
    const struct request *request;
    const SignIn *sign_in;
    struct uuid id;
    const char *browser;
};

/* False without error: somebody was faster. */
static bool
use_up(DbTx *tx, const SignIn *sign_in, bool *ret_used, GError **error)
{
    *ret_used = true;
    if (uuid_is_nil(sign_in->id))
        return true;
    g_autoptr(DbRows) rows = db_query(tx, SQL_SIGN_IN_USE, error, db_uuid(sign_in->id));
    if (!rows)
        return false;
    *ret_used = db_rows_count(rows) == 1;
    return true;
}

static bool
add_waiting(DbTx *tx, void *data, GError **error)
{
    const struct waiting *w = data;
    const SignIn *s = w->sign_in;
    struct sha256 browser = token_digest(slice_from(w->browser));
    bool used = false;

    if (!use_up(tx, s, &used, error))
        return false;
    if (!used)
        return error_set(error, ERR_DENIED, "this sign-in was used already");
    return db_execute(tx, SQL_SIGN_IN_ADD, NULL, error, db_uuid(w->id), db_text("second"),
                      db_uuid(s->person), db_text(s->address), db_null(),
                      db_bytes((struct slice){ (const char *)browser.b, SHA256_SIZE }),
                      db_text(s->proof), db_text(s->next), db_text(w->request->peer),
                      db_int(LIMIT_SIGN_IN_MINUTES));
}

bool
sign_in_await_code(const struct request *request, const SignIn *sign_in,
                   char **ret_browser, GError **error)
{
    g_autofree char *browser = token_make(TOKEN_LINK_PREFIX);
    struct waiting w = { request, sign_in, uuid_make(), browser };
    if (!transact(request, sign_in->person, add_waiting, &w, error))
        return false;
    *ret_browser = g_steal_pointer(&browser);
    return true;
}

/* --- the end ------------------------------------------------------------------------ */

/* Who signs in keeps the account that they meant to close. */
static bool
stay(DbTx *tx, const struct sign_in_end *end, GError **error)
{
    struct uuid person = end->sign_in->person;
    g_autoptr(DbRows) kept = db_query(tx, SQL_ACCOUNT_STAY, error, db_uuid(person));
    if (!kept)
        return false;
    return db_rows_count(kept) == 0
           || (audit_add(tx, end->request, person, "account_kept", NULL, error)
               && letter_change(tx, end->request, person, "kept", error));
}

static bool
finish(DbTx *tx, void *data, GError **error)
{
    struct sign_in_end *end = data;
    const SignIn *s = end->sign_in;
    bool used = false, right = true;

    end->done = false;
    g_clear_pointer(&end->reply, reply_free);
    if ((end->code && !second_use(tx, end->request, s->person, end->code, &right, error))
        || (right && !use_up(tx, s, &used, error)))
        return false;
    if (!right || !used)
        return true;
    g_autofree char *proof = g_strconcat(s->proof, end->code ? "+code" : "", NULL);
    if (strcmp(s->proof, "link") == 0
        && !db_execute(tx, SQL_ADDRESS_VERIFIED, NULL, error, db_text(s->address)))
        return false;
    if (!end->begin(tx, end, proof, error) || !stay(tx, end, error)
        || !audit_add(tx, end->request, s->person, "sign_in", NULL, error))
        return false;
    end->done = true;
    return true;
}

bool
sign_in_finish(struct sign_in_end *end, GError **error)
{
    if (!transact(end->request, end->sign_in->person, finish, end, error))
        return false;
    if (!end->done && end->code)
        audit_failure(end->request, end->sign_in->person, "code_wrong", NULL);
    return true;
}
