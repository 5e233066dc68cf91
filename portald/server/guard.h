/*
 * guard: refuse requests that two HTTP parsers could read differently.
 *
 * libmicrohttpd 0.9 is lenient: a request with both Content-Length and Transfer-Encoding,
 * or two lengths, goes through, and what stands behind it is taken for a second request.
 * With a proxy in front that reads it the other way, that second request is smuggled past
 * it (RFC 9112 §11.2). So the fields of every request pass here before anything else.
 * (Its own MHD_OPTION_STRICT_FOR_CLIENT finds only a missing Host, and then sends the
 * status line and the fields of its answer twice.)
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"

struct guard {
    unsigned lengths, encodings, hosts;
    bool chunked;
    uint64_t length;
    const char *problem; /* the first one; static text */
};

/* See one field. */
void guard_see(struct guard *guard, struct slice name, struct slice value);

/* After the last field: what is wrong with the request, NULL when nothing is. `version` as
   in the request line, "HTTP/1.1". */
const char *guard_problem(const struct guard *guard, const char *version);
