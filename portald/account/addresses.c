/* addresses: where a person gets mail, and writes from. A new one belongs to the account
   once a link sent there was opened by the same person. */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/mail/address.h"
#include "common/store/statements.h"
#include "portald/account/account.h"
#include "portald/auth/audit.h"
#include "portald/auth/letter.h"
#include "portald/auth/scope.h"
#include "portald/auth/sign_in.h"
#include "portald/auth/typed_address.h"
#include "portald/pages/page.h"

#define PAGE "/account/addresses"

static Reply *
show(const struct request *request, const struct account_flaws *flaws, GError **error)
{
    return account_page(request, "account_addresses",
                        account_read(request, SQL_ACCOUNT_PROFILE, error), flaws, error);
}

static Reply *
page_get(const struct request *request, GError **error)
{
    return show(request, NULL, error);
}

static Reply *
api_get(const struct request *request, GError **error)
{
    g_autoptr(json_t) profile = account_read(request, SQL_ACCOUNT_PROFILE, error);
    if (!profile)
        return NULL;
    return account_json(200, json_pack("{s:O, s:n}", "items",
                                       json_object_get(profile, "addresses"), "next"));
}

/* --- a new one ---------------------------------------------------------------------- */

static Reply *
add_checked(const struct request *request, const char *address, GError **error)
{
    g_autoptr(GError) problem = NULL;
    Reply *reply = account_require_fresh(request, PAGE, &problem);
    if (!reply && !problem)
        reply = sign_in_may_mail(request, address, &problem);
    if (!reply && !problem) {
        g_autofree char *token =
            sign_in_begin(request, SIGN_IN_ADDRESS, address, PAGE, &problem);
        if (token)
            reply = request_is_api(request) ? account_json(
                        202, json_pack("{s:s, s:i}", "address", address, "expires_in",
                                       LIMIT_SIGN_IN_MINUTES * 60))
                                            : reply_see_other(PAGE "?done=link-sent");
    }
    if (problem)
        g_propagate_error(error, g_steal_pointer(&problem));
    return reply;
}

static Reply *
add_post(const struct request *request, GError **error)
{
    struct account_flaws flaws = { .n = 0 };
    const char *address = account_input(request, "address");
    const char *fault = typed_address_fault(address ? address : "");
    g_autofree char *normal = address_normalise(slice_from(address));
    g_autoptr(json_t) profile = account_read(request, SQL_ACCOUNT_PROFILE, error);
    if (!profile)
        return NULL;
    if (fault)
        account_flaw(&flaws, "/address", fault);
    if (json_array_size(json_object_get(profile, "addresses")) >= LIMIT_OWN_ADDRESSES)
        account_flaw(&flaws, "/address", "You have too many addresses: remove some.");
    return flaws.n > 0 ? show(request, &flaws, error)
                       : add_checked(request, normal, error);
}

/* --- its link ----------------------------------------------------------------------- */

/* Of this very person; NULL, with the answer, otherwise. */
static SignIn *
of_link(const struct request *request, Reply **ret_reply, GError **error)
{
    g_autoptr(GError) failure = NULL;
    SignIn *s = sign_in_of_token(request, request->params[0], NULL, &failure);
    if (failure) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return NULL;
    }
    if (!s || s->is_over || strcmp(s->kind, "address") != 0
        || !uuid_equal(s->person, request->caller.person)) {
        sign_in_free(s);
        *ret_reply = reply_problem(410, "this link is no longer good for this account");
        return NULL;
    }
    return s;
}

static Reply *
verify_get(const struct request *request, GError **error)
{
    Reply *reply = NULL;
    g_autoptr(SignIn) s = of_link(request, &reply, error);
    if (!s)
        return reply;
    g_autoptr(json_t) document = json_pack("{s:{s:s, s:s}}", "verify", "address",
                                           s->address, "token", request->params[0]);
    return page_render(request, "account_verify", document, error);
}

struct verifying {
    const struct request *request;
    const SignIn *sign_in;
    bool used, ours;
};

static bool
verify(DbTx *tx, void *data, GError **error)
{
    struct verifying *v = data;
    struct uuid person = v->request->caller.person;
    g_autoptr(DbRows) used =
        db_query(tx, SQL_SIGN_IN_USE, error, db_uuid(v->sign_in->id));
    if (!used)
        return false;
    v->used = db_rows_count(used) == 1;
    if (!v->used)
        return true;
    g_autoptr(DbRows) added =
        db_query(tx, SQL_ACCOUNT_ADD_ADDRESS, error, db_uuid(person),
                 db_uuid(uuid_make()), db_text(v->sign_in->address));
    if (!added)
        return false;
    v->ours = db_rows_count(added) == 1;
    return !v->ours
           || (audit_add(tx, v->request, person, "address", NULL, error)
               && letter_change(tx, v->request, person, "address", error));
}

static Reply *
verify_post(const struct request *request, GError **error)
{
    Reply *reply = NULL;
    g_autoptr(SignIn) s = of_link(request, &reply, error);
    if (!s)
        return reply;
    struct verifying v = { .request = request, .sign_in = s };
    if (!request_transact(request, verify, &v, error))
        return NULL;
    if (!v.used)
        return reply_problem(410, "this link was used already");
    if (!v.ours)
        return reply_problem(409, "this address belongs to another account: sign in "
                                  "there, or ask us to join the two");
    letter_ring(request);
    return reply_see_other(PAGE "?done=saved");
}

/* --- remove ------------------------------------------------------------------------- */

struct removing {
    const struct request *request;
    struct uuid id;
    bool removed;
};

static bool
remove_address(DbTx *tx, void *data, GError **error)
{
    struct removing *r = data;
    struct uuid person = r->request->caller.person;
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_ACCOUNT_REMOVE_ADDRESS, error, db_uuid(person), db_uuid(r->id));
    if (!rows)
        return false;
    r->removed = db_rows_count(rows) == 1;
    return !r->removed
           || audit_add(tx, r->request, person, "address_removed", NULL, error);
}

static Reply *
remove_post(const struct request *request, GError **error)
{
    struct removing r = { .request = request };
    if (!uuid_parse(slice_from(request->params[0]), &r.id)
        || !request_transact(request, remove_address, &r, error))
        return NULL;
    if (!r.removed)
        return reply_problem(409, "this address is used by a ticket, or is the last one "
                                  "that is verified");
    return request_is_api(request) ? reply_no_content()
                                   : reply_see_other(PAGE "?done=removed");
}

static const struct operation list_operation = {
    .id = "listAddresses",
    .summary = "Mail addresses of the account",
    .tag = "Account",
    .answer = "Address",
    .is_list = true,
};
static const struct operation add_operation = {
    .id = "addAddress",
    .summary = "Have a link mailed to a new address, which adds it when it is opened",
    .tag = "Account",
    .body = "NewAddress",
    .answer = "AddressRequested",
    .status = 202,
};
static const struct operation remove_operation = {
    .id = "removeAddress",
    .summary = "Remove an address",
    .tag = "Account",
    .status = 204,
};

#define BODY LIMIT_SMALL_FORM_BYTES

static const struct route routes[] = {
    { HTTP_GET, PAGE, WHO_PERSON, page_get, 0, NULL },
    { HTTP_POST, PAGE, WHO_PERSON, add_post, BODY, NULL },
    { HTTP_POST, PAGE "/{id:uuid}/remove", WHO_PERSON, remove_post, BODY, NULL },
    { HTTP_GET, "/account/verify/{token}", WHO_PERSON, verify_get, 0, NULL },
    { HTTP_POST, "/account/verify/{token}", WHO_PERSON, verify_post, BODY, NULL },
    { HTTP_GET, "/api/v1/portal/addresses", WHO_PERSON, api_get, 0, &list_operation },
    { HTTP_POST, "/api/v1/portal/addresses", WHO_PERSON, add_post, BODY, &add_operation },
    { HTTP_DELETE, "/api/v1/portal/addresses/{id:uuid}", WHO_PERSON, remove_post, 0,
      &remove_operation },
};

const struct route_table account_addresses_routes = { routes, G_N_ELEMENTS(routes) };
