/* health: what a load balancer asks. */
#include "common/db/migrate.h"
#include "portald/handlers.h"

#define PLAIN "text/plain; charset=utf-8"

Reply *
healthz_get(const struct request *request, GError **error)
{
    (void)request;
    (void)error;
    return reply_text(200, PLAIN, "ok\n");
}

/* Says what is wrong: who may ask this is on our side of the proxy, and wants to know. */
Reply *
readyz_get(const struct request *request, GError **error)
{
    g_autoptr(GError) problem = NULL;
    Db *db = site_db(request->site, &problem);

    (void)error;
    if (db && migrate_check(db, &problem))
        return reply_text(200, PLAIN, "ready\n");
    return reply_problem(503, problem->message);
}
