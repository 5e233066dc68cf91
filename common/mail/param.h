/*
 * param: Content-Type and Content-Disposition values (RFC 2045 §5.1, RFC 2183, RFC 2231),
 * as they are met: file names without quotes, with RFC 2047 or raw 8-bit in them, in pieces
 * that count from one. Pure; what is read is bounded (LIMIT_PARAMETER_BYTES).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Params Params;

/* Read an unfolded Content-Type value; an unreadable one is text/plain, as RFC 2045 §5.2
   says. */
Params *params_read_type(const char *value);

/* Read an unfolded Content-Disposition value. */
Params *params_read_disposition(const char *value);
void params_free(Params *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Params, params_free)

/* Lower case: "text/plain"; "attachment". */
const char *params_value(const Params *params);

/* A parameter, decoded to UTF-8 on one line; owned by the caller, "" when missing. */
char *params_get(const Params *params, const char *name);
