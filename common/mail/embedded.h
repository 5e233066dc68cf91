/*
 * embedded: files written into a text: uuencode ("begin 644 name" … "end", POSIX) and yEnc
 * ("=ybegin" … "=yend", yEnc 1.3).
 *
 * A block counts only as a whole: every line of it must be one, and its end must be there,
 * so that a person who writes "begin 644 something" is not cut short. A failed block ends
 * at the latest at the next "begin", so the time is linear. yEnc states its size and its
 * CRC-32: a file that does not match is given all the same, and the problem said.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"

/* The files, of struct inner_file * (inner.h), in order. `text` is the content of a part,
   not yet converted to UTF-8 (yEnc is 8-bit); `charset` is that of the names, may be NULL.
   *ret_problem is a static text, or NULL. */
GPtrArray *embedded_read(struct slice text, const char *charset,
                         const char **ret_problem);

/* Which blocks embedded_cut takes out. */
enum embedded_cut {
    EMBEDDED_CUT_YENC, /* those that are no text whatever one makes of them */
    EMBEDDED_CUT_ALL,
};

/* The text without the blocks; owned by the caller. NULL when there is none in it. */
GString *embedded_cut(struct slice text, enum embedded_cut which);
