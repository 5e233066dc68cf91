/*
 * html_filter: what stands between a mail's HTML and the parser.
 *
 * Gumbo builds the tree that HTML5 asks for, but takes quadratic time or worse over deep
 * nesting, many attributes, and formatting elements that are never closed. This filter
 * goes once over the bytes, in linear time and without a tree, and writes markup that is
 * bounded in each of these: only elements and attributes of html_tags, no comments, no
 * script or style, no end tag without its start, no more than so much depth. What it drops
 * of a tag's name or nesting never drops text, except in the elements whose content isn't
 * to be read. The attributes of <body> come first, as a tag of their own, when it has any
 * that are known. It is no sanitiser: safety is html_clean's, which emits only what it knows.
 */
#pragma once

#include <glib.h>

#include "common/base/slice.h"

/* Why something was left out; the flags are joined with |. */
enum html_cut {
    HTML_CUT_BYTES = 1 << 0, /* the rest beyond LIMIT_HTML_BYTES was left out */
    HTML_CUT_TAGS = 1 << 1,  /* tags beyond LIMIT_HTML_TAGS were; their text stayed */
    HTML_CUT_DEPTH =
        1 << 2, /* tags deeper than LIMIT_HTML_DEPTH were; their text stayed */
};

/* The filtered markup of `html` (UTF-8, or bytes near it; wrong ones pass through), to be
   freed by the caller. *ret_cut, unless ret_cut is NULL, is what had to be left out. */
GString *html_filter(struct slice html, unsigned *ret_cut);
