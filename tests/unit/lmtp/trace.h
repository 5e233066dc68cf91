/* trace: what the LMTP parser makes of bytes, as text, for the table tests and the fuzzer. */
#pragma once

#include <stddef.h>

#include "common/base/slice.h"

/* Run `input` through a new parser in pieces, each an exact-size copy of its own:
   piece(data) says how long the next is (0: all the rest). One line an event; pieces of a
   message are put together. DATA is always let in. Owned by the caller. */
char *trace_lmtp(struct slice input, size_t (*piece)(void *data), void *data);
