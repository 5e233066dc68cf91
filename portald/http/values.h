/*
 * values: names and values as HTTP carries them: header fields, a query, a form, cookies.
 *
 * Pure. A name may come several times; values_get gives the first. All that came in is
 * valid UTF-8 without NUL, or the reading failed.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"

struct value {
    char *name, *value;
};

typedef GArray Values; /* of struct value, in the order they came */

Values *values_new(void);

/* Copies both. */
void values_add(Values *values, struct slice name, struct slice value);

/* The first of that name, NULL when there is none. Borrowed. */
const char *values_get(const Values *values, const char *name);
/* The same; ASCII letters of either case are equal, as with header fields. */
const char *values_get_nocase(const Values *values, const char *name);

/* Add what application/x-www-form-urlencoded text holds (WHATWG URL §5.1), as queries and
   forms have it. ERR_REJECT for what is not UTF-8, has a NUL, or more than
   LIMIT_HTTP_VALUES names. */
bool values_parse_form(Values *values, struct slice text, GError **error);

/* Add what a Cookie field holds (RFC 6265 §4.2.1); malformed pairs are left out. */
void values_parse_cookies(Values *values, struct slice text);

/* The other direction: "a=b&c=d", percent-encoded; owned by the caller. */
char *values_format_form(const Values *values);
