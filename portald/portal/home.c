/* home: GET /: what this is, for who opens the address in a browser. */
#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "portald/http/assets.h"
#include "portald/pages/page.h"
#include "portald/portal/portal.h"

static Reply *
home_get(const struct request *request, GError **error)
{
    g_autoptr(json_t) document = json_object();
    return page_render(request, "home", document, error);
}

static Reply *
asset_get(const struct request *request, GError **error)
{
    const Assets *assets = site_assets(request->site);
    bool ours = g_str_has_suffix(assets_path(assets), request->params[0]);
    Reply *reply = assets_reply(assets, request, request->params[1], ours);

    if (!reply)
        error_set(error, ERR_MISSING, "there is nothing here");
    return reply;
}

/* A service worker rules what lies below its own path, so it is served at the top; what
   it may fetch is said by its own policy, not by that of the page. */
static Reply *
worker_get(const struct request *request, GError **error)
{
    Reply *reply = assets_reply(site_assets(request->site), request, "sw.js", false);

    if (reply)
        reply_set_page_policy(reply);
    else
        error_set(error, ERR_MISSING, "there is nothing here");
    return reply;
}

static const struct route routes[] = {
    { HTTP_GET, "/", WHO_ANYBODY, home_get, 0, NULL },
    { HTTP_GET, "/static/{version}/{name}", WHO_PUBLIC, asset_get, 0, NULL },
    { HTTP_GET, "/sw.js", WHO_PUBLIC, worker_get, 0, NULL },
};
const struct route_table home_routes = { routes, G_N_ELEMENTS(routes) };
