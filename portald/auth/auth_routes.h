/* auth_routes: the routes of signing in, for site_routes.c. */
#pragma once

#include "portald/http/routes.h"

extern const struct route_table sign_in_routes;  /* pages_sign_in.c */
extern const struct route_table auth_api_routes; /* api_tokens.c */
