/* password: choose one, or another. */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/account/account.h"
#include "portald/auth/audit.h"
#include "portald/auth/letter.h"
#include "portald/auth/password.h"
#include "portald/auth/rate.h"
#include "portald/auth/scope.h"

/* What has to be shown beside the session: the password that there is, unless a mailed link
   (as it is when it was forgotten) was opened just now. Without one the session has to be
   fresh. */
struct standing {
    char *hash; /* owned */
    bool came_by_mail;
};

static bool
read_standing(const struct request *request, struct standing *ret, GError **error)
{
    g_autoptr(DbTx) tx = request_begin(request, false, error);
    g_autoptr(DbRows) rows =
        tx ? db_query(tx, SQL_CREDENTIALS_READ, error, db_uuid(request->caller.person))
           : NULL;
    if (!rows)
        return false;
    if (db_rows_count(rows) > 0 && !db_is_null(rows, 0, 0))
        ret->hash = g_strdup(db_get_text(rows, 0, 0));
    db_tx_free(g_steal_pointer(&tx));
    return account_came_by_mail(request, &ret->came_by_mail, error);
}

static Reply *
show(const struct request *request, const struct standing *standing,
     const struct account_flaws *flaws, GError **error)
{
    return account_page(request, "account_password",
                        json_pack("{s:b, s:b}", "has_password", standing->hash != NULL,
                                  "needs_current",
                                  standing->hash && !standing->came_by_mail),
                        flaws, error);
}

static Reply *
page_get(const struct request *request, GError **error)
{
    struct standing standing = { NULL, false };
    Reply *reply = read_standing(request, &standing, error)
                       ? show(request, &standing, NULL, error)
                       : NULL;
    g_free(standing.hash);
    return reply;
}

struct storing {
    const struct request *request;
    const char *hash;
};

/* Whoever else is signed in to the account, perhaps by the old one, is signed out. */
static bool
store(DbTx *tx, void *data, GError **error)
{
    const struct storing *s = data;
    struct uuid person = s->request->caller.person;
    g_autoptr(DbRows) ended = NULL;

    if (!db_execute(tx, SQL_CREDENTIALS_SET_PASSWORD, NULL, error, db_uuid(person),
                    db_text(s->hash)))
        return false;
    ended = db_query(tx, SQL_ACCOUNT_END_SESSIONS, error, db_uuid(person),
                     db_uuid(s->request->caller.session), db_text("password"));
    return ended && audit_add(tx, s->request, person, "password", NULL, error)
           && letter_change(tx, s->request, person, "password", error);
}

static bool
check_current(const struct request *request, const struct standing *standing,
              struct account_flaws *flaws, GError **error)
{
    bool right = false;
    g_autofree char *renewed = NULL;
    const char *current = account_input(request, "current");

    if (!standing->hash || standing->came_by_mail)
        return true;
    if (!password_check(standing->hash, current ? current : "", &right, &renewed, error))
        return false;
    if (!right) {
        audit_failure(request, request->caller.person, "password_wrong", NULL);
        account_flaw(flaws, "/current", "This is not your password.");
    }
    return true;
}

static Reply *
change_with(const struct request *request, const struct standing *standing,
            GError **error)
{
    struct account_flaws flaws = { .n = 0 };
    const char *password = account_input(request, "password");

    if (!standing->hash) {
        Reply *refusal = account_require_fresh(request, "/account/password", error);
        if (refusal || (error && *error))
            return refusal;
    }
    if (!check_current(request, standing, &flaws, error))
        return NULL;
    enum password_fault fault = password_judge(
        password ? password : "", request->caller.address, request->caller.name);
    if (fault != PASSWORD_GOOD)
        account_flaw(&flaws, "/password", password_fault_text(fault));
    if (flaws.n > 0)
        return show(request, standing, &flaws, error);

    g_autofree char *hash = password_hash(password, error);
    struct storing storing = { request, hash };
    if (!hash || !request_transact(request, store, &storing, error))
        return NULL;
    letter_ring(request);
    return request_is_api(request) ? reply_no_content()
                                   : reply_see_other("/account/password?done=saved");
}

static Reply *
change(const struct request *request, GError **error)
{
    char id[UUID_TEXT_SIZE];
    struct standing standing = { NULL, false };
    g_autoptr(GError) problem = NULL;
    const struct rate_ask ask = { RATE_PASSWORD_ADDRESS,
                                  uuid_format(request->caller.person, id) };

    Reply *reply = rate_check(request, &ask, 1, &problem);
    if (!reply && !problem && read_standing(request, &standing, &problem))
        reply = change_with(request, &standing, &problem);
    g_free(standing.hash);
    if (problem)
        g_propagate_error(error, g_steal_pointer(&problem));
    return reply;
}

static const struct operation put_operation = {
    .id = "changePassword",
    .summary = "Choose a password. `current` is needed where there is one. All other "
               "sessions end.",
    .tag = "Account",
    .body = "PasswordChange",
    .status = 204,
};

static const struct route routes[] = {
    { HTTP_GET, "/account/password", WHO_PERSON, page_get, 0, NULL },
    { HTTP_POST, "/account/password", WHO_PERSON, change, LIMIT_SMALL_FORM_BYTES, NULL },
    { HTTP_PUT, "/api/v1/portal/password", WHO_PERSON, change, LIMIT_SMALL_FORM_BYTES,
      &put_operation },
};

const struct route_table account_password_routes = { routes, G_N_ELEMENTS(routes) };
