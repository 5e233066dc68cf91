/* routes_print: the whole site on standard output, for who checks who may do what. */
#pragma once

#include "portald/http/routes.h"

/* A line a route: method, pattern, the least who may ask. */
void routes_print(struct route_table table);
