/*
 * conditional: the last step of an answer: what the client has already, or wants but a part
 * of, or takes compressed (RFC 9110 §8.8, §13, §14; §12.5.3).
 */
#pragma once

#include "portald/http/reply.h"
#include "portald/http/request.h"

/* Turn a 200 into 304, 206, 416 or a gzip'ed one where the request asks for it and the
   reply allows it. */
void conditional_apply(const struct request *request, Reply *reply);

/* Whether the value of an If-Match field names `etag` (quoted, as the ETag field has it); a
   weak one names nothing (RFC 9110 §13.1.1). */
bool conditional_matches(const char *if_match, const char *etag);

/* One range of a Range field over `size` bytes: [*ret_from, *ret_to). */
enum range_kind {
    RANGE_NONE, /* ignored: not bytes, several, malformed */
    RANGE_PART,
    RANGE_OUTSIDE,
};
enum range_kind range_parse(const char *field, size_t size, size_t *ret_from,
                            size_t *ret_to);

/* gzip (RFC 1952); NULL where it does not get smaller. */
GBytes *gzip_bytes(GBytes *plain);
