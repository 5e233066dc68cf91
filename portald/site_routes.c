#include "portald/site_routes.h"

#include "portald/auth/auth_routes.h"
#include "portald/auth/link.h"
#include "portald/health/health.h"
#include "portald/portal/portal.h"

/* One table a line: each feature adds its own. */
static const struct route_table *const tables[] = {
    &attachment_routes, &auth_api_routes, &health_routes,
    &home_routes,       &link_routes,     &sign_in_routes,
};

struct route_table
site_routes(void)
{
    return routes_join(tables, G_N_ELEMENTS(tables));
}
