/*
 * admin: what an admin sets up in the browser: /admin and below. Every change is written
 * into the record (auth/audit.h).
 */
#pragma once

#include <jansson.h>

#include "portald/http/routes.h"

extern const struct route_table admin_overview_routes;
extern const struct route_table admin_brand_routes;
extern const struct route_table admin_people_routes;
extern const struct route_table admin_announcement_routes;
extern const struct route_table admin_announcement_api_routes;
extern const struct route_table admin_template_routes;
extern const struct route_table admin_audit_routes;
extern const struct route_table admin_queue_routes;
extern const struct route_table admin_choice_routes;

/* A page of a document (taken; NULL passes an error on), with what was wrong with the form
   that led here: `flaw` (a msgid, NULL: nothing) of the field `id`; then its status is
   422. */
Reply *admin_page(const struct request *request, const char *page, json_t *document,
                  const char *id, const char *flaw, GError **error);

/* The document of a statement, as JSON. NULL and error. */
json_t *admin_read(const struct request *request, size_t statement,
                   const struct db_bind *binds, size_t n, GError **error);
