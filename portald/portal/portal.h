/* portal: the pages and the API of customers. */
#pragma once

#include "portald/http/routes.h"

extern const struct route_table home_routes;
extern const struct route_table papers_routes;
extern const struct route_table attachment_routes;
extern const struct route_table notifications_routes;
extern const struct route_table tickets_routes;
extern const struct route_table tickets_change_routes;
extern const struct route_table tickets_new_routes;
extern const struct route_table parts_routes;
extern const struct route_table uploads_routes;
extern const struct route_table rate_routes;
extern const struct route_table conversations_routes;
extern const struct route_table customer_texts_routes;
