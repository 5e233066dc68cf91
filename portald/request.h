/*
 * request: what a handler is told of an HTTP request. Plain data; nothing in here knows
 * the HTTP library.
 */
#pragma once

#include "common/base/slice.h"
#include "portald/site.h"

/* Parameters of a path, at most: "/tickets/{number}/messages/{id}/parts/{ordinal}". */
#define REQUEST_PARAMS 4

enum http_method {
    HTTP_GET, /* HEAD arrives as this: the server leaves the body away */
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_OTHER
};

struct request {
    enum http_method method;
    char *params[REQUEST_PARAMS]; /* in the order of the pattern, decoded, valid UTF-8 */
    struct slice body;            /* as much of it as the route allows */
    Site *site;
};

/* By its name as RFC 9110 §9 writes it; HTTP_OTHER for what we do not know. */
enum http_method http_method_parse(const char *name);

/* "GET", …; "" for HTTP_OTHER. */
const char *http_method_name(enum http_method method);
