/* close: a customer closes their account. From now on nobody is signed in to it, no key
   opens it and no mail is sent about its tickets; in LIMIT_CLOSE_DAYS the clock takes the
   rest away (migrations/0026_close.sql). Who signs in until then keeps it
   (auth/sign_in_end.c). */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/mail/address.h"
#include "common/store/statements.h"
#include "portald/account/account.h"
#include "portald/auth/audit.h"
#include "portald/auth/caller.h"
#include "portald/auth/letter.h"
#include "portald/auth/scope.h"

#define PAGE "/account/close"

static Reply *
show(const struct request *request, const struct account_flaws *flaws, GError **error)
{
    return account_page(
        request, "account_close",
        json_pack("{s:b}", "is_customer", request->caller.role == CALLER_CUSTOMER), flaws,
        error);
}

static Reply *
page_get(const struct request *request, GError **error)
{
    return show(request, NULL, error);
}

/* Typed by hand: their address, so that no slip of a finger closes an account. */
static bool
is_confirmed(const struct request *request)
{
    const char *typed = account_input(request, "confirm");
    g_autofree char *normal = typed ? address_normalise(slice_from(typed)) : NULL;
    return normal && g_strcmp0(normal, request->caller.address) == 0;
}

static bool
begin_to_close(DbTx *tx, void *data, GError **error)
{
    const struct request *request = data;
    struct uuid person = request->caller.person;
    g_autoptr(DbRows) closing =
        db_query(tx, SQL_ACCOUNT_CLOSE, error, db_uuid(person), db_int(LIMIT_CLOSE_DAYS));
    if (!closing)
        return false;
    if (db_rows_count(closing) == 0)
        return error_set(error, ERR_DENIED,
                         "who works at the desk is taken away by an admin");
    g_autoptr(DbRows) ended = db_query(tx, SQL_ACCOUNT_END_SESSIONS, error,
                                       db_uuid(person), db_null(), db_text("closed"));
    return ended && audit_add(tx, request, person, "account_closing", NULL, error)
           && letter_change(tx, request, person, "closing", error);
}

static Reply *
close_it(const struct request *request, GError **error)
{
    struct account_flaws flaws = { .n = 0 };
    Reply *refusal = account_require_fresh(request, PAGE, error);

    if (refusal || (error && *error))
        return refusal;
    if (!is_confirmed(request))
        account_flaw(&flaws, "/confirm", "This is not the address of your account.");
    if (flaws.n > 0)
        return show(request, &flaws, error);
    if (!request_transact(request, begin_to_close, (void *)(uintptr_t)request, error))
        return NULL;
    letter_ring(request);
    if (request_is_api(request))
        return reply_no_content();
    Reply *reply = reply_see_other("/sign-in?done=closing");
    session_forget(request, reply);
    return reply;
}

static const struct operation close_operation = {
    .id = "closeAccount",
    .summary = "Close my account in two weeks, unless I sign in until then. All sessions "
               "and keys end.",
    .tag = "Account",
    .body = "AccountClosing",
    .status = 204,
};

static const struct route routes[] = {
    { HTTP_GET, PAGE, WHO_PERSON, page_get, 0, NULL },
    { HTTP_POST, PAGE, WHO_PERSON, close_it, LIMIT_SMALL_FORM_BYTES, NULL },
    { HTTP_POST, "/api/v1/portal/account/close", WHO_PERSON, close_it,
      LIMIT_SMALL_FORM_BYTES, &close_operation },
};

const struct route_table account_close_routes = { routes, G_N_ELEMENTS(routes) };
