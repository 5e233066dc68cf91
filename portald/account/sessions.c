/* sessions: where somebody is signed in, by browser or program, and what was done with the
   account. */
#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/account/account.h"
#include "portald/auth/audit.h"
#include "portald/auth/caller.h"
#include "portald/auth/scope.h"
#include "portald/pages/page.h"

static char *
read_list(const struct request *request, GError **error)
{
    return request_document(request, SQL_ACCOUNT_SESSIONS, error,
                            db_uuid(request->caller.person),
                            db_uuid(request->caller.session));
}

static Reply *
page_get(const struct request *request, GError **error)
{
    g_autofree char *list = read_list(request, error);
    g_autoptr(json_t) activity =
        list ? account_read(request, SQL_ACCOUNT_AUDIT, error) : NULL;
    if (!activity)
        return NULL;
    json_t *document = json_loads(list, 0, NULL);
    json_object_set(document, "activity", json_object_get(activity, "items"));
    return account_page(request, "account_sessions", document, NULL, error);
}

static Reply *
api_get(const struct request *request, GError **error)
{
    g_autofree char *list = read_list(request, error);
    return list ? reply_json(200, list) : NULL;
}

static Reply *
activity_get(const struct request *request, GError **error)
{
    return account_reply(request, SQL_ACCOUNT_AUDIT, error);
}

/* --- end one, or all others --------------------------------------------------------- */

struct ending {
    const struct request *request;
    struct uuid one; /* nil: all but the present one */
    int64_t ended;
};

static bool
end_some(DbTx *tx, void *data, GError **error)
{
    struct ending *e = data;
    struct uuid person = e->request->caller.person;
    g_autoptr(DbRows) rows =
        uuid_is_nil(e->one)
            ? db_query(tx, SQL_ACCOUNT_END_SESSIONS, error, db_uuid(person),
                       db_uuid(e->request->caller.session), db_text("signed_out"))
            : db_query(tx, SQL_ACCOUNT_END_SESSION, error, db_uuid(person),
                       db_uuid(e->one));
    if (!rows)
        return false;
    e->ended = db_get_int(rows, 0, 0);
    return e->ended == 0
           || audit_add(tx, e->request, person, "session_ended", NULL, error);
}

static Reply *
end_all(const struct request *request, GError **error)
{
    struct ending e = { .request = request };
    if (!request_transact(request, end_some, &e, error))
        return NULL;
    return request_is_api(request) ? reply_no_content()
                                   : reply_see_other("/account/sessions?done=removed");
}

static Reply *
end_one(const struct request *request, GError **error)
{
    struct ending e = { .request = request };
    if (!uuid_parse(slice_from(request->params[0]), &e.one)
        || !request_transact(request, end_some, &e, error))
        return NULL;
    if (e.ended == 0) {
        error_set(error, ERR_MISSING, "there is no such session");
        return NULL;
    }
    if (request_is_api(request))
        return reply_no_content();
    Reply *reply = reply_see_other("/account/sessions?done=removed");
    if (uuid_equal(e.one, request->caller.session))
        session_forget(request, reply);
    return reply;
}

static const struct operation list_operation = {
    .id = "listSessions",
    .summary = "Browsers and programs that are signed in",
    .tag = "Account",
    .answer = "Session",
    .is_list = true,
};
static const struct operation end_operation = {
    .id = "endSession",
    .summary = "Sign one of them out",
    .tag = "Account",
    .status = 204,
};
static const struct operation end_all_operation = {
    .id = "endOtherSessions",
    .summary = "Sign all but this one out",
    .tag = "Account",
    .status = 204,
};
static const struct operation activity_operation = {
    .id = "listActivity",
    .summary = "The newest sign-ins and changes of the account",
    .tag = "Account",
    .answer = "ActivityEntry",
    .is_list = true,
};

static const struct route routes[] = {
    { HTTP_GET, "/account/sessions", WHO_PERSON, page_get, 0, NULL },
    { HTTP_POST, "/account/sessions/end-others", WHO_PERSON, end_all,
      LIMIT_SMALL_FORM_BYTES, NULL },
    { HTTP_POST, "/account/sessions/{id:uuid}/end", WHO_PERSON, end_one,
      LIMIT_SMALL_FORM_BYTES, NULL },
    { HTTP_GET, "/api/v1/portal/sessions", WHO_PERSON, api_get, 0, &list_operation },
    { HTTP_DELETE, "/api/v1/portal/sessions", WHO_PERSON, end_all, 0,
      &end_all_operation },
    { HTTP_DELETE, "/api/v1/portal/sessions/{id:uuid}", WHO_PERSON, end_one, 0,
      &end_operation },
    { HTTP_GET, "/api/v1/portal/activity", WHO_PERSON, activity_get, 0,
      &activity_operation },
};

const struct route_table account_sessions_routes = { routes, G_N_ELEMENTS(routes) };
