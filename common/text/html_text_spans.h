/*
 * html_text_spans: html_text over a tree that is parsed already, and which node became
 * which bytes. For the files html_*.c only.
 */
#pragma once

#include "common/text/html_text.h"
#include "common/text/html_tree.h"

/* Called for each element (a GumboElement *, when it ends) and each text (its const char *)
   that html_tree_walk visits and that isn't hidden: text[from .. to) is what it became,
   with the line ends before it. */
typedef void html_span_fn(void *context, const void *node, size_t from, size_t to);

/* As html_text_make, but for `cut`, which whoever parsed the tree knows. */
HtmlText html_text_spans(const HtmlTree *tree, unsigned flags, html_span_fn *span,
                         void *context);
