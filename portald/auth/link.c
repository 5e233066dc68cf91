#include "portald/auth/link.h"

#include "common/base/error.h"
#include "common/desk/capability.h"
#include "common/store/statements.h"
#include "portald/auth/audit.h"
#include "portald/auth/scope.h"

#define PREFIX "/t/{token}"

static bool
is_link_route(const struct route *route)
{
    return route && route->who == WHO_LINK && g_str_has_prefix(route->pattern, PREFIX);
}

/* The caller becomes the holder of the link, whoever they were. */
static void
become(struct caller *caller, const struct capability_found *found, const DbRows *rows)
{
    caller->signed_in_as =
        caller->role >= CALLER_CUSTOMER ? g_steal_pointer(&caller->address) : NULL;
    g_free(caller->name);
    g_free(caller->address);
    g_free(caller->time_zone);
    g_free(caller->theme);
    g_clear_pointer(&caller->csrf, g_free);
    caller->role = CALLER_LINK;
    caller->proof = PROOF_LINK;
    caller->person = found->capability.person;
    caller->session = (struct uuid){ { 0 } };
    caller->name = g_strdup(db_get_text(rows, 0, 0));
    caller->time_zone = g_strdup(db_get_text(rows, 0, 2));
    caller->theme = g_strdup(db_get_text(rows, 0, 3));
    caller->address = g_strdup(db_get_text(rows, 0, 4));
    if (!db_is_null(rows, 0, 1)) {
        g_free(caller->locale);
        caller->locale = g_strdup(db_get_text(rows, 0, 1));
    }
}

static bool
read_link(struct request *request, DbTx *tx, GError **error)
{
    struct caller *caller = &request->caller;
    struct capability_keys keys = capability_keys_of(site_config(request->site));
    struct capability_found found = { 0 };
    g_autoptr(GError) failure = NULL;

    caller->link_is_over = true;
    if (!capability_find(tx, &keys, slice_from(request->params[0]), &found, &failure)) {
        if (failure)
            g_propagate_error(error, g_steal_pointer(&failure));
        return !error || !*error;
    }
    bool is_own = caller->role >= CALLER_CUSTOMER
                  && uuid_equal(caller->person, found.capability.person);
    if (found.capability.kind != CAPABILITY_VIEW || (found.expired && !is_own))
        return true;
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_CAPABILITY_LINK_PERSON, error, db_uuid(found.capability.person),
                 db_uuid(found.goes_to));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0 || db_is_null(rows, 0, 4))
        return true;

    caller->link_is_over = false;
    caller->conversation = found.goes_to;
    if (caller->role >= CALLER_AGENT && !is_own)
        caller->link_address = g_strdup(db_get_text(rows, 0, 4));
    else if (!is_own)
        become(caller, &found, rows);
    return true;
}

bool
link_find(struct request *request, GError **error)
{
    if (!is_link_route(request->route))
        return true;
    /* The statement asks for this token's row alone, as the desk: who holds it is only
       known afterwards. */
    const struct db_tx_options options = { .tenant = request->caller.tenant,
                                           .viewer = DB_VIEWER_DESK,
                                           .read_only = true };
    Db *db = site_db(request->site, error);
    g_autoptr(DbTx) tx = db ? db_tx_begin(db, &options, error) : NULL;
    return tx && read_link(request, tx, error);
}

/* --- taken back --------------------------------------------------------------------- */

static bool
end_links(DbTx *tx, void *data, GError **error)
{
    const struct request *request = data;
    const struct caller *caller = &request->caller;
    return db_execute(tx, SQL_CAPABILITY_REVOKE_LINKS, NULL, error,
                      db_uuid(caller->conversation), db_uuid(caller->person))
           && audit_add(tx, request, caller->person, "links_revoked", NULL, error);
}

static Reply *
revoke_post(const struct request *request, GError **error)
{
    if (!request_transact(request, end_links, (void *)(uintptr_t)request, error))
        return NULL;
    return reply_see_other("/sign-in?done=links-ended");
}

static const struct route routes[] = {
    { HTTP_POST, PREFIX "/revoke", WHO_LINK, revoke_post, 4096, NULL },
};

const struct route_table link_routes = { routes, G_N_ELEMENTS(routes) };
