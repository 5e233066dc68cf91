/* portal: the pages and the API of customers. */
#pragma once

#include "portald/http/routes.h"

extern const struct route_table home_routes;
extern const struct route_table attachment_routes;
