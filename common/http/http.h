/*
 * http: the one HTTP client, over libcurl.
 *
 * One request, one answer, in the caller's thread. It goes to https:// with the server's
 * certificate verified, or to http:// where the host of the URL is written as a loopback
 * address (a helper on this machine, a test). No proxy of the environment, no redirect, no
 * cookie; the whole exchange has a deadline and the answer a largest size.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"

struct http_request {
    const char *url;
    const char *form;    /* NULL: GET; else POSTed as application/x-www-form-urlencoded */
    const char *ca_file; /* PEM; NULL: the system's */
    int64_t timeout_us;  /* for all of it */
    size_t max_bytes;    /* of the answer's body */
};

typedef struct HttpAnswer {
    long status;
    GByteArray *body;
} HttpAnswer;

/* Send it and wait for the answer, whatever its status. ERR_REJECT for a URL that is not
   allowed; ERR_RETRY for everything that went wrong on the way, a certificate that does
   not verify and an answer that is too long among them. */
HttpAnswer *http_send(const struct http_request *request, GError **error);

void http_answer_free(HttpAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpAnswer, http_answer_free)

/* True for https:// URLs, and for http:// ones to 127.0.0.0/8 or [::1]. */
bool http_url_allowed(const char *url);

struct http_field {
    const char *name;
    const char *value; /* NULL: left out */
};

/* Fields as application/x-www-form-urlencoded; the list ends at a NULL name. Owned by the
   caller. */
char *http_format_form(const struct http_field *fields);
