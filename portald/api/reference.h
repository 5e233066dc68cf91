/*
 * reference: the API's description (openapi.h) as a page that people read.
 *
 *     openapi.json ─► reference_document ─► GET /api/v1/docs
 *
 * What it says is made of the description alone, so it is as true; the description's words
 * are English, the page's own are the reader's.
 */
#pragma once

#include <jansson.h>

#include "portald/http/routes.h"

/* What the page shows of a description; owned by the caller. Pure. */
json_t *reference_document(const json_t *description);

extern const struct route_table reference_routes;
