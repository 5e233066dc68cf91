/* home: GET /: what this is, for who opens the address in a browser. */
#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/store/statements.h"
#include "portald/auth/scope.h"
#include "portald/http/assets.h"
#include "portald/pages/dress.h"
#include "portald/pages/page.h"
#include "portald/portal/portal.h"

/* What a status is called stands in the page; how many there are of it, here. */
static json_t *
counts_of(const json_t *document)
{
    static const char *const statuses[] = { "open", "in_progress", "waiting_customer",
                                            "resolved", "closed" };
    json_t *counts = json_array();

    for (size_t i = 0; i < G_N_ELEMENTS(statuses); i++) {
        json_t *n = json_object_get(json_object_get(document, "counts"), statuses[i]);
        json_array_append_new(counts, json_pack("{s:s, s:I}", "status", statuses[i],
                                                "count", json_integer_value(n)));
    }
    return counts;
}

static Reply *
dashboard(const struct request *request, GError **error)
{
    g_autofree char *text = request_document(request, SQL_PORTAL_DASHBOARD, error,
                                             db_uuid(request->caller.person));
    g_autoptr(json_t) document = text ? json_loads(text, 0, NULL) : NULL;
    if (!document)
        return NULL;
    bool has_tickets = json_array_size(json_object_get(document, "tickets")) > 0;
    bool has_activity = json_array_size(json_object_get(document, "activity")) > 0;

    json_object_set_new(document, "figures", counts_of(document));
    json_object_set_new(document, "has_tickets", json_boolean(has_tickets));
    json_object_set_new(document, "has_activity", json_boolean(has_activity));
    dress(request, document);
    return page_render(request, "dashboard", document, error);
}

static Reply *
home_get(const struct request *request, GError **error)
{
    g_autoptr(json_t) document = json_object();

    if (request->caller.role >= CALLER_CUSTOMER)
        return dashboard(request, error);
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
    { HTTP_GET, "/static/{version}/{name}", WHO_PUBLIC, asset_get, 0, NULL, true },
    { HTTP_GET, "/sw.js", WHO_PUBLIC, worker_get, 0, NULL, true },
};
const struct route_table home_routes = { routes, G_N_ELEMENTS(routes) };
