/*
 * request: what a handler is told of an HTTP request. Plain data; nothing in here knows
 * the HTTP library.
 */
#pragma once

#include <jansson.h>

#include "common/base/slice.h"
#include "portald/http/caller.h"
#include "portald/http/form.h"
#include "portald/http/values.h"
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

struct route;
struct once;

struct request {
    enum http_method method;
    const struct route *route;
    char *path;                   /* as in the request line, without the query */
    char *params[REQUEST_PARAMS]; /* in the order of the pattern, decoded, valid UTF-8 */
    Values *fields;               /* the header */
    Values *query;
    Values *cookies;
    struct slice body; /* as much of it as the route allows */
    Form *form;        /* a body that is a form; NULL: it is none */
    json_t *json;      /* a body that is JSON; NULL: it is none */
    json_t *arguments; /* of an operation: the query, as its schema reads it */
    char *host;        /* as asked for, lower case, without port */
    char *origin;      /* "https://help.example:8443", this site's own */
    char *peer;        /* address of the client, behind proxies that we trust */
    bool is_https;
    struct caller caller;
    struct once *once; /* it may be sent again (api/once.h); NULL: not said */
    Site *site;
};

/* What came by that name, NULL when nothing did. request_field takes the name of a form's
   field. Borrowed from the request. */
const char *request_header(const struct request *request, const char *name);
const char *request_query(const struct request *request, const char *name);
const char *request_cookie(const struct request *request, const char *name);
const char *request_field(const struct request *request, const char *name);

/* True for what is not to change anything: GET, HEAD, OPTIONS (RFC 9110 §9.2.1). */
bool request_is_safe(const struct request *request);

/* Whether the path is of the API: answers are JSON, errors application/problem+json. */
bool request_is_api(const struct request *request);

/* Free all that the request owns; the body is the server's. */
void request_clear(struct request *request);

/* By its name as RFC 9110 §9 writes it; HTTP_OTHER for what we do not know. */
enum http_method http_method_parse(const char *name);

/* "GET", …; "" for HTTP_OTHER. */
const char *http_method_name(enum http_method method);
