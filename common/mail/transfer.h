/*
 * transfer: Content-Transfer-Encoding (RFC 2045 §6) and the older uuencode, undone.
 */
#pragma once

#include <glib.h>

#include "common/base/slice.h"

/* The decoded bytes. `encoding` is lower case; an unknown or empty one, and a "base64"
   that plainly isn't, leave the bytes as they are. Undecodable bytes are skipped. */
GBytes *transfer_decode(struct slice encoded, const char *encoding);

/* What is wrong with this encoding of these bytes, and what transfer_decode makes of it,
   as a static text; NULL when nothing is. */
const char *transfer_problem(struct slice encoded, const char *encoding);
