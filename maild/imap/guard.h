/*
 * guard: what an IMAP server sends, looked at before libetpan reads it.
 *
 *     socket ─► guard_feed ─► libetpan
 *
 * libetpan trusts its server: it takes a line of any length, a literal of any size and
 * parentheses of any depth (it reads them by recursion). The guard knows just enough of
 * RFC 3501 §9 to bound all three: it follows lines, quoted strings and the literals of
 * FETCH answers, and counts. It also hears `* BYE`, so that the server's own words are
 * what the log and the administrator get. Pure: bytes in, a verdict out.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"

#define GUARD_HEAD 200 /* of each line, for its kind and for what the server said */

struct guard {
    uint64_t answer_left;  /* bytes that may still come outside literals */
    uint64_t literal_left; /* … in literals */

    uint64_t literal; /* bytes of the literal that we stand in */
    unsigned depth;   /* of parentheses, in this line */
    bool quoted, escaped;
    enum { BRACE_NONE, BRACE_DIGITS, BRACE_CLOSED } brace;
    uint64_t brace_number;
    char head[GUARD_HEAD];
    size_t head_n;
};

/* How much the server may send from here on; where in a line we stand is kept. */
void guard_allow(struct guard *guard, uint64_t answer_bytes, uint64_t literal_bytes);

/* Look at the next bytes. ERR_RETRY when they shall not reach libetpan: too much, too
   deep, or a BYE, whose text is the message. A guard that has failed stays with the
   connection that is to be closed. */
bool guard_feed(struct guard *guard, struct slice bytes, GError **error);
