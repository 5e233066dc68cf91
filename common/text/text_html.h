/*
 * text_html: plain text of a mail as HTML that looks like it.
 *
 *     > lines ─► blockquotes, as deep as their marks
 *     quoted ─► a closed <details data-mark="quote">
 *     signature ─► <div data-mark="signature">
 *     https://, www., ann@example.com ─► links, as html_clean would leave them
 *
 * Line ends and runs of blanks stay by white-space: pre-wrap. What comes out is what
 * html_clean makes of itself, so it is as safe to show. Pure; linear time. Where marks make
 * it very long (LIMIT_HTML_BYTES), the rest is text alone.
 */
#pragma once

#include <stddef.h>

#include "common/base/slice.h"
#include "common/text/html_text.h"

/* `text` is UTF-8 with LF. `regions` are byte ranges of it, in order, none in another, at
   whole lines or at a frame's begin within one: HTML_MARK_QUOTE and HTML_MARK_SIGNATURE
   mean something here. `label`: what stands on a fold; NULL for "…". *ret_folded, unless
   NULL: how many folds there are. Owned by the caller; "" for text without words. */
char *text_html(struct slice text, const struct html_region *regions, size_t n_regions,
                const char *label, unsigned *ret_folded);
