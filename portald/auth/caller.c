#include "portald/auth/caller.h"

#include <string.h>

#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/auth/bearer.h"
#include "portald/auth/csrf.h"
#include "portald/auth/link.h"
#include "portald/auth/next.h"
#include "portald/auth/permit.h"
#include "portald/http/routes.h"
#include "portald/pages/texts.h"

/* Column 4 on of portal_caller: session, person, role, … */
static void
take_session(struct request *request, const DbRows *rows)
{
    struct caller *caller = &request->caller;

    caller->session = db_get_uuid(rows, 0, 4);
    caller->person = db_get_uuid(rows, 0, 5);
    caller->role = permit_role(db_get_text(rows, 0, 6));
    caller->name = g_strdup(db_get_text(rows, 0, 7));
    caller->time_zone = g_strdup(db_get_text(rows, 0, 9));
    caller->theme = g_strdup(db_get_text(rows, 0, 10));
    caller->address = g_strdup(db_get_text(rows, 0, 11));
    caller->proof = PROOF_COOKIE;
    GBytes *secret = site_config(request->site)->secret;
    struct slice key = { g_bytes_get_data(secret, NULL), g_bytes_get_size(secret) };
    caller->csrf = csrf_token(key, caller->session);
}

static bool
ask(struct request *request, const char *token, GError **error)
{
    struct caller *caller = &request->caller;
    struct sha256 digest = crypto_sha256(slice_from(token ? token : ""));
    struct slice bytes = { token ? (const char *)digest.b : NULL, SHA256_SIZE };

    Db *db = site_db(request->site, error);
    g_autoptr(DbRows) rows = db ? db_call(db, SQL_PORTAL_CALLER, error,
                                          db_text(request->host), db_bytes(bytes))
                                : NULL;
    if (!rows)
        return false;
    const char *locale = NULL, *fallback = NULL;
    if (db_rows_count(rows) > 0) {
        caller->tenant = db_get_uuid(rows, 0, 0);
        caller->tenant_name = g_strdup(db_get_text(rows, 0, 1));
        caller->tenant_title = g_strdup(db_get_text(rows, 0, 2));
        fallback = db_get_text(rows, 0, 3);
        if (!db_is_null(rows, 0, 5))
            take_session(request, rows);
        locale = db_is_null(rows, 0, 8) ? NULL : db_get_text(rows, 0, 8);
    }
    caller->locale =
        g_strdup(texts_choose(site_texts(request->site), locale,
                              request_header(request, "Accept-Language"), fallback));
    return true;
}

bool
caller_find(struct request *request, GError **error)
{
    const char *authorization = request_header(request, "Authorization");

    if (!ask(request,
             authorization ? NULL : request_cookie(request, session_cookie(request)),
             error))
        return false;
    if (uuid_is_nil(request->caller.tenant))
        return true;
    return authorization ? bearer_find(request, authorization, error)
                         : link_find(request, error);
}

/* --- who may ---------------------------------------------------------------------- */

static const enum caller_role least_roles[] = {
    [WHO_PUBLIC] = CALLER_NOBODY, [WHO_ANYBODY] = CALLER_NOBODY,
    [WHO_LINK] = CALLER_LINK,     [WHO_PERSON] = CALLER_CUSTOMER,
    [WHO_AGENT] = CALLER_AGENT,   [WHO_ADMIN] = CALLER_ADMIN,
};

/* The page of ours that a form was sent from: what was typed there is still a draft of the
   browser, and is put back when they come to it again. */
static char *
page_sent_from(const struct request *request)
{
    const char *referrer = request_header(request, "Referer");
    size_t n = strlen(request->origin);

    if (!referrer || strncmp(referrer, request->origin, n) != 0
        || !next_is_safe(referrer + n) || g_str_has_prefix(referrer + n, "/sign-in"))
        return g_strdup("/");
    return g_strdup(referrer + n);
}

/* Where they go on once they are signed in: what they asked for, as they asked for it. */
static char *
page_asked_for(const struct request *request)
{
    if (request->method != HTTP_GET)
        return page_sent_from(request);
    g_autofree char *query = values_format_form(request->query);
    return *query ? g_strconcat(request->path, "?", query, NULL)
                  : g_strdup(request->path);
}

static Reply *
ask_to_sign_in(const struct request *request)
{
    if (request_is_api(request)) {
        Reply *reply = reply_problem(401, "sign in first, or send a token");
        reply_set(reply, "WWW-Authenticate", "Bearer");
        return reply;
    }
    g_autofree char *here = page_asked_for(request);
    g_autofree char *next = g_uri_escape_string(here, "/", FALSE);
    g_autofree char *path = g_strdup_printf("/sign-in?next=%s", next);
    return reply_see_other(path);
}

Reply *
caller_permit(const struct request *request)
{
    const struct caller *caller = &request->caller;
    enum route_who who = request->route->who;

    if (who == WHO_PUBLIC)
        return NULL;
    if (uuid_is_nil(caller->tenant))
        return reply_problem(421, "there is no help desk at this address");
    if (caller->link_is_over)
        return reply_problem(410, "this link is no longer good");
    /* An agent is told what it is (tickets.c), and does nothing in the customer's name. */
    if (caller->link_address && strcmp(request->route->pattern, "/t/{token}") != 0)
        return reply_problem(403, "this link was sent to somebody else");
    if (caller->role < least_roles[who])
        return caller->role < CALLER_CUSTOMER ? ask_to_sign_in(request)
                                              : reply_problem(403, NULL);
    return permit_check(request);
}
