/*
 * routes: from method and path to the function that answers.
 *
 *     "GET /attachments/b64token" ─► { HTTP_GET, "/attachments/{token}", attachment_get }
 *
 * Pure: a table and a path go in. Paths are matched segment by segment as they were sent,
 * and only then decoded, so that an encoded slash stays inside of its segment. There is
 * one spelling of every path: no empty segments, no dots, no slash at the end.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "portald/reply.h"
#include "portald/request.h"

/* Answer a request; NULL and error for anything that reply_error can say better. */
typedef Reply *(*RouteHandler)(const struct request *request, GError **error);

struct route {
    enum http_method method;
    const char *pattern; /* "/tickets/{number}": a {…} takes one segment */
    RouteHandler handler;
    size_t body_bytes; /* how much of a body it takes; 0: none */
};

struct route_table {
    const struct route *routes;
    size_t n;
};

/* Find the route of a path as it stands in the request line, without the query; its
   parameters, decoded, become ret_params, owned by the caller, the rest of them NULL.
   ERR_MISSING when no pattern fits; ERR_DENIED when one does, but not for this method
   (see routes_allow); ERR_REJECT when a parameter is not UTF-8 or has a NUL in it. */
const struct route *routes_find(struct route_table table, enum http_method method,
                                const char *path, char *ret_params[REQUEST_PARAMS],
                                GError **error);

/* The methods of a path, as the Allow field wants them ("GET, HEAD, OPTIONS"); NULL when
   no pattern fits. Owned by the caller. */
char *routes_allow(struct route_table table, const char *path);

void routes_clear_params(char *params[REQUEST_PARAMS]);

/* Every route of the site (site_routes.c). */
extern const struct route_table site_routes;
