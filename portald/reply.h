/*
 * reply: what goes back. Every answer of the site is made here, so the fields that every
 * answer must have (what a browser may do with it, that nobody keeps it) stand in one
 * place, and so does the table from our error codes to HTTP's.
 *
 * Errors are application/problem+json (RFC 9457). What went wrong inside of us is in the
 * log, not in the answer.
 */
#pragma once

#include <glib.h>

#include "common/base/slice.h"

struct reply_field {
    char *name;
    char *value;
};

typedef struct Reply {
    unsigned status;
    GArray *fields; /* of struct reply_field */
    GBytes *body;
} Reply;

/* An answer with this body; `type` as the Content-Type field has it. */
Reply *reply_new(unsigned status, const char *type, GBytes *body);
Reply *reply_text(unsigned status, const char *type, const char *body);
void reply_free(Reply *reply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reply, reply_free)

/* Set a field, in the place of one of that name. Control characters in a value are our
   mistake and abort. */
void reply_set(Reply *reply, const char *name, const char *value);

/* The value of a field, or NULL; for tests. */
const char *reply_find(const Reply *reply, const char *name);

/* A problem of this status; `detail` is for people, and may be NULL. */
Reply *reply_problem(unsigned status, const char *detail);

/* What an error becomes: RETRY 503, REJECT 400, DENIED 403, MISSING 404, CONFLICT 409, all
   else 500. */
Reply *reply_error(const GError *error);

/* "Not Found" for 404; "" for statuses that we do not send. */
const char *reply_status_text(unsigned status);
