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

#include "portald/http/reply.h"
#include "portald/http/request.h"

/* Answer a request; NULL and error for anything that reply_error can say better. */
typedef Reply *(*RouteHandler)(const struct request *request, GError **error);

/* Who may ask, the least role that does. */
enum route_who {
    WHO_PUBLIC,  /* everybody, and who it is is not even looked up */
    WHO_ANYBODY, /* everybody; the handler is told who */
    WHO_LINK,    /* who came with a signed link, or is signed in */
    WHO_PERSON,  /* who is signed in */
    WHO_AGENT,
    WHO_ADMIN,
};

/* What /api/v1/openapi.json says of a route, and what is checked before its handler is
   called (input.h). `query`, `body` and `answer` name schemas of templates/api. */
struct operation {
    const char *id; /* "createTicket" */
    const char *summary;
    const char *tag;
    const char *query;     /* an object, one property a parameter; NULL: none */
    const char *body;      /* NULL: none is taken */
    const char *answer;    /* NULL: 204 */
    unsigned status;       /* of success; 0: 200 */
    const char *body_type; /* NULL: application/json, which is checked before the handler
                                is called; of others `body` only describes the fields */
    const char
        *answer_type;    /* NULL: application/json; of others `answer` is not looked at */
    bool if_match;       /* it heeds If-Match (api/change.h) */
    bool is_list;        /* the answer is {items, next}, of what `answer` names */
    bool body_optional;  /* it may be left away */
    const char *refused; /* the member of the body ("/owner") that is at fault where the
                            handler refuses what fits the schema; NULL: the whole of it */
};

struct route {
    enum http_method method;
    const char *pattern; /* "/tickets/{number:int}": a {…} takes one segment; its type is
                            uuid, int (up to 18 digits) or, not named, any text */
    enum route_who who;
    RouteHandler handler;
    size_t body_bytes;                 /* how much of a body it takes; 0: none */
    const struct operation *operation; /* of the API; NULL: a page */
    bool from_memory; /* the handler waits for nothing, so nor does its request: it is
                         answered while all workers wait for the database */
};

struct route_table {
    const struct route *routes;
    size_t n;
};

/* Tables one behind the other as one, owned by the caller (g_free of its routes). */
struct route_table routes_join(const struct route_table *const *tables, size_t n);

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
