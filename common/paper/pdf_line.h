/*
 * pdf_line: what pdf knows of one line: to draw it, and to lay a link over its addresses.
 */
#pragma once

#include <cairo.h>
#include <pango/pangocairo.h>

/* Draw the iterator's line, of `layout`, with its left end at x and its top at y (points).
   Links are laid over the addresses in it. */
void pdf_line_draw(cairo_t *cairo, PangoLayout *layout, PangoLayoutIter *iter, double x,
                   double y);
