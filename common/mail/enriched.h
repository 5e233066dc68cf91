/*
 * enriched: text/enriched (RFC 1896) and its forerunner text/richtext (RFC 1341 §7.1.3) as
 * plain text. Pure, linear.
 */
#pragma once

#include <stdbool.h>

#include "common/base/slice.h"

/* The words of `text`, valid UTF-8 as charset.h gives it, without their commands; owned by
   the caller. Of text/enriched a run of n newlines is n - 1, one alone a blank, outside of
   <nofill>; of text/richtext lines end at <nl> and <paragraph>. What <param> holds isn't
   text, nor what richtext puts in <comment>. */
char *enriched_text(struct slice text, bool is_richtext);
