/* health: what a load balancer asks. */
#include "portald/health/health.h"
#include "common/db/migrate.h"
#include "portald/health/metrics.h"

#define PLAIN "text/plain; charset=utf-8"

static Reply *
healthz_get(const struct request *request, GError **error)
{
    (void)request;
    (void)error;
    return reply_text(200, PLAIN, "ok\n");
}

/* It can do its work: the database is there, with the schema of this release. Says what is wrong: who may ask this is on our side of the proxy, and wants to know. */
static Reply *
readyz_get(const struct request *request, GError **error)
{
    g_autoptr(GError) problem = NULL;
    Db *db = site_db(request->site, &problem);

    (void)error;
    if (db && migrate_check(db, &problem))
        return reply_text(200, PLAIN, "ready\n");
    return reply_problem(503, problem->message);
}

static const struct route routes[] = {
    { HTTP_GET, "/healthz", WHO_PUBLIC, healthz_get, 0, NULL, true },
    { HTTP_GET, "/metrics", WHO_PUBLIC, metrics_get, 0, NULL, false },
    { HTTP_GET, "/readyz", WHO_PUBLIC, readyz_get, 0, NULL, false },
};
const struct route_table health_routes = { routes, G_N_ELEMENTS(routes) };
