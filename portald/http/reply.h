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
#include <stdbool.h>
#include <sys/types.h>

#include "common/base/slice.h"

struct reply_field {
    char *name;
    char *value;
};

/* A body that comes bit by bit, from another thread. */
struct reply_stream {
    /* Up to n bytes into buffer: how many; 0: none now, wake is called when there are; -1:
       the end. */
    ssize_t (*read)(struct reply_stream *stream, char *buffer, size_t n);
    void (*free)(struct reply_stream *stream);
    /* Set by the server; called with `waker` while the stream is not free'd. */
    void (*_Atomic wake)(void *waker);
    void *waker;
};

typedef struct Reply {
    unsigned status;
    GArray *fields; /* of struct reply_field */
    GBytes *body;
    bool takes_ranges;           /* a part of the body may be asked for */
    struct reply_stream *stream; /* owned; NULL: the body is all */
} Reply;

/* An answer with this body; `type` as the Content-Type field has it. */
Reply *reply_new(unsigned status, const char *type, GBytes *body);
Reply *reply_text(unsigned status, const char *type, const char *body);
void reply_free(Reply *reply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reply, reply_free)

/* Set a field, in the place of one of that name. Control characters in a value are our
   mistake and abort. */
void reply_set(Reply *reply, const char *name, const char *value);

/* Add a field beside others of its name, as Set-Cookie is. */
void reply_add(Reply *reply, const char *name, const char *value);

/* The value of a field, or NULL. */
const char *reply_find(const Reply *reply, const char *name);

/* An answer without an end; the stream is taken. */
Reply *reply_streamed(unsigned status, const char *type, struct reply_stream *stream);

/* 200 (or another success) with JSON text; it gets an ETag. */
Reply *reply_json(unsigned status, const char *json);

/* That ETag, quoted as the field has it; owned by the caller. */
char *reply_etag(const char *json);

/* 303 to a path of ours: a form that went well is answered with it. */
Reply *reply_see_other(const char *path);

/* 204: done, and there is nothing to say. */
Reply *reply_no_content(void);

/* 422 for a body that is understood but not right: what is wrong where. `pointer` is a
   JSON pointer (RFC 6901) into it, "/subject", or "?name" for a parameter of the query. */
struct reply_flaw {
    const char *pointer, *detail;
};
Reply *reply_flaws(const struct reply_flaw *flaws, size_t n);

/* Whether this is a problem document. */
bool reply_is_problem(const Reply *reply);

/* What a page may load: our own scripts, styles and pictures. Set on a reply that is one;
   all others may load nothing. */
void reply_set_page_policy(Reply *reply);

/* A problem of this status; `detail` is for people, and may be NULL. */
Reply *reply_problem(unsigned status, const char *detail);

/* What an error becomes: RETRY 503, REJECT 400, DENIED 403, MISSING 404, CONFLICT 409,
   OUTDATED 412, all else 500. */
Reply *reply_error(const GError *error);

/* "Not Found" for 404; "" for statuses that we do not send. */
const char *reply_status_text(unsigned status);
