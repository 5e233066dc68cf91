/*
 * html_sheet: what the style sheets in a mail say of its elements, so that it can be written
 * into their style attributes, where alone it is safe (html_css.h).
 *
 *     <style>p.MsoNormal {margin: 0cm}</style> … <p class=MsoNormal>
 *         -> <p style="margin: 0cm">
 *
 * Word's paragraphs, and the cells of many newsletters, have their margins and fonts only
 * there. Read are rules of one element name, one class, one id, or a name with one of them;
 * of a class before a name, later before earlier, as CSS has it. Not read: rules with
 * combinators, other pseudo-classes than :link, everything in an at-rule (@media: for
 * another screen) and in comments (<!--[if mso]>: for Word itself). The style attribute of
 * an element wins over all of them.
 *
 * Pure; linear time; what all elements together get is bounded (LIMIT_SHEET_BYTES).
 */
#pragma once

#include <glib.h>

#include "common/base/slice.h"

typedef struct HtmlSheet HtmlSheet;

/* The rules of all <style> elements of `html`; NULL when there are none that say
   anything. */
HtmlSheet *html_sheet_read(struct slice html);
void html_sheet_free(HtmlSheet *sheet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HtmlSheet, html_sheet_free)

/* The clean style of an element of this name (lower case), class and id, each NULL for
   none, whose own style attribute is `own`, or NULL. To be freed with g_free; NULL when it
   has none. `sheet` may be NULL. */
char *html_sheet_style(HtmlSheet *sheet, const char *name, const char *class,
                       const char *id, const char *own);
