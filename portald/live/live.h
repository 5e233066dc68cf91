/* live: GET /live: what happens, as server-sent events (WHATWG HTML §9.2). */
#pragma once

#include "portald/http/routes.h"

extern const struct route_table live_routes;
