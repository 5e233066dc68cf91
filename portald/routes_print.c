#include "portald/routes_print.h"

#include <stdio.h>

static const char *const who_names[] = {
    [WHO_PUBLIC] = "public", [WHO_ANYBODY] = "anybody", [WHO_LINK] = "link",
    [WHO_PERSON] = "person", [WHO_AGENT] = "agent",     [WHO_ADMIN] = "admin",
};

void
routes_print(struct route_table table)
{
    for (size_t i = 0; i < table.n; i++) {
        const struct route *route = &table.routes[i];
        printf("%s %s %s\n", http_method_name(route->method), route->pattern,
               who_names[route->who]);
    }
}
