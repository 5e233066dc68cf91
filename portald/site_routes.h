/* site_routes: which path is whose. */
#pragma once

#include "portald/http/routes.h"

/* Every route of the site; its routes are the caller's to free. */
struct route_table site_routes(void);
