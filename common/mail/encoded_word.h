/*
 * encoded_word: RFC 2047 encoded words in header values, as they are met: split within a
 * character, without white space around, with spaces or raw 8-bit inside, in quoted
 * strings, with an RFC 2231 language. Pure and linear.
 */
#pragma once

#include "common/base/slice.h"

/* The value as UTF-8 on one line, without control characters; owned by the caller. Raw
   8-bit bytes are read as UTF-8 or else windows-1252. */
char *encoded_word_decode(const char *value);
