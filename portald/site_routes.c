/* site_routes: which path is whose. */
#include "portald/handlers.h"
#include "portald/routes.h"

static const struct route routes[] = {
    { HTTP_GET, "/", home_get, 0 },
    { HTTP_GET, "/attachments/{token}", attachment_get, 0 },
    { HTTP_GET, "/healthz", healthz_get, 0 },
    { HTTP_GET, "/metrics", metrics_get, 0 },
    { HTTP_GET, "/readyz", readyz_get, 0 },
};

const struct route_table site_routes = { routes, G_N_ELEMENTS(routes) };
