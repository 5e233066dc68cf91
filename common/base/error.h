/*
 * error: the one error domain of the project.
 *
 * A code says what the caller does next, not what went wrong; what went wrong is the
 * message: lower case, factual, and with what to do where a person can do something.
 * Library code sets an error and returns; only the edge (a daemon's main loop, a verb, a
 * reply) logs or answers it, once.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum error_code {
    ERR_RETRY = 1, /* nothing is wrong with the work: do it again, later or elsewhere */
    ERR_REJECT,    /* the input can't be taken, now or ever: say so to who sent it */
    ERR_DENIED,    /* whoever asks may not */
    ERR_MISSING,   /* what was named isn't there */
    ERR_CONFLICT,  /* it contradicts what is already there */
    ERR_OUTDATED,  /* it was meant for another state than what is there: look again */
    ERR_BUG,       /* our own mistake, or an installation that can't work */
};

#define POSTERN_ERROR (postern_error_quark())
GQuark postern_error_quark(void);

/* Set *error, unless error is NULL, to a new error with this message. Always returns
   false, so that a failure is one line: `return error_set(error, ERR_REJECT, "…");`. */
bool error_set(GError **error, enum error_code code, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* True when error is set and carries this code. */
bool error_is(const GError *error, enum error_code code);

/* The code as a word for a log line: "retry", "reject", … "unknown" for other domains. */
const char *error_code_name(const GError *error);
