/*
 * paper_text: what others wrote, as it may be set in type.
 *
 *     bytes ─► paper_text_clean ─► UTF-8 without tricks ─► paper_text_chunk ─► pieces that are
 *                                                                  cheap to break into lines
 *
 * Pure; linear time.
 */
#pragma once

#include <glib.h>

#include "common/base/slice.h"

/* `raw` as UTF-8: wrong bytes and control characters become U+FFFD, line ends LF. Left out
   are embeddings and overrides of direction (UAX #9 X2-X5), which make "exe.gpj" of another
   name, and more accents on one letter than any script has. */
GString *paper_text_clean(struct slice raw);

/* Cut the next piece off *rest, clean text: whole lines where they are short, else up to a
   blank, else up to a letter. False when nothing is left. The line end behind a piece is
   left out. */
bool paper_text_chunk(struct slice *rest, struct slice *ret_chunk);
