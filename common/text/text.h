/*
 * text: plain text as people write it in mails. Pure.
 */
#pragma once

#include "common/base/slice.h"

/* UTF-8 text as a quotation: "> " before each line, ">" alone before an empty one, and
   before one that is a quotation already (">> deeper"). Lines wider than 72 columns are
   folded at spaces, so that none leaves the quotation; a word that is wider stays whole.
   White space at the end of lines, empty lines at both ends and CRs go. Line ends are LF,
   none at the end. Empty for text without words. Owned by the caller. */
char *text_quote(struct slice text);
