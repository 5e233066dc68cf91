/*
 * openapi: what the API says of itself: an OpenAPI 3.1 document made from the table of
 * routes and the schemas that requests are looked at with, so it is true by itself.
 *
 *     routes with an operation, templates/api ─► GET /api/v1/openapi.json
 */
#pragma once

#include "portald/http/routes.h"
#include "portald/http/schema.h"

/* The document, owned by the caller. ERR_BUG where an operation names a schema that is not
   there, or has the id of another. */
char *openapi_format(struct route_table table, const Schemas *schemas, GError **error);

/* What the document says of the whole. */
extern const char openapi_summary[];

extern const struct route_table openapi_routes;
