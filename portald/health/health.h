/* health: what a load balancer and Prometheus ask. */
#pragma once

#include "portald/http/routes.h"

extern const struct route_table health_routes;
