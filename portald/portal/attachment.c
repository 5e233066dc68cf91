/* attachment: GET /attachments/{token}: a signed, expiring link to one file of one
   message, as a notification carries it where the file was too large; or to the message
   as it came in, which an agent's notification always has. */
#include "common/base/error.h"
#include "common/desk/capability.h"
#include "common/store/downloads.h"
#include "portald/portal/download.h"
#include "portald/portal/portal.h"

static bool
missing(GError **error)
{
    return error_set(error, ERR_MISSING, "there is no such attachment");
}

/* What the token opens. `ret_expired` when it did once. */
static bool
find_capability(DbTx *tx, const Config *config, const char *token,
                struct capability *ret_capability, bool *ret_expired, GError **error)
{
    struct capability_keys keys = capability_keys_of(config);
    struct capability_found found = { 0 };
    g_autoptr(GError) problem = NULL;

    if (!capability_find(tx, &keys, slice_from(token), &found, &problem)) {
        if (!problem)
            return missing(error);
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    if (found.capability.kind != CAPABILITY_PART)
        return missing(error);
    *ret_capability = found.capability;
    *ret_expired = found.expired;
    return true;
}

static Reply *
attachment_get(const struct request *request, GError **error)
{
    const char *token = request->params[0];
    struct uuid tenant = { 0 };
    struct capability capability = { 0 };
    bool expired = false;

    Db *db = site_db(request->site, error);
    if (!db || !capability_find_tenant(db, slice_from(token), &tenant, error))
        return NULL;
    if (uuid_is_nil(tenant)) {
        missing(error);
        return NULL;
    }
    /* The token names the one part that it opens, a note's too: agents are sent those. */
    const struct db_tx_options options = { .tenant = tenant,
                                           .viewer = DB_VIEWER_DESK,
                                           .read_only = true };
    g_autoptr(DbTx) tx = db_tx_begin(db, &options, error);
    if (!tx
        || !find_capability(tx, site_config(request->site), token, &capability, &expired,
                            error))
        return NULL;
    if (expired)
        return reply_problem(410, "this link is no longer good");
    g_autoptr(Download) download =
        download_read(tx, capability.message, capability.ordinal, error);
    return download ? download_reply(download, error) : NULL;
}

static const struct route routes[] = {
    { HTTP_GET, "/attachments/{token}", WHO_PUBLIC, attachment_get, 0, NULL },
};
const struct route_table attachment_routes = { routes, G_N_ELEMENTS(routes) };
