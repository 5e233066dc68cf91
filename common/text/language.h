/*
 * language: which language a text is written in, by its script and its most frequent words.
 *
 * A guess that is only made when it is sure: a dozen words or more in a script or language
 * of the tables, and no other that fits nearly as well. Danish and Norwegian, or Czech and
 * Slovak, share most small words, so a word counts the less the more languages have it.
 * Pure; linear in what is looked at, the first LANGUAGE_BYTES.
 */
#pragma once

#include "common/base/slice.h"

#define LANGUAGE_BYTES 8192u

/* ISO 639-1, lower case ("de"), of valid UTF-8; quoted lines (">") and addresses don't
   count. NULL when it isn't sure. The text is static. */
const char *language_guess(struct slice text);
