/*
 * html_text: HTML mail as plain text that reads well.
 *
 *     HTML -> html_filter -> html_tree -> this walk -> text, and where its quotes are
 *
 * Paragraphs are parted by a blank line, items get "- " or "1. ", cells of a row stand on
 * one line with tabs between them where they are short, quotes get "> ", preformatted text
 * keeps its white space, a picture is its alternative text in brackets, a link that says
 * something else than its address is followed by it in angle brackets. Nothing of head,
 * script, style, forms, or what the mail itself hides.
 *
 * Beside the text it gives the places that the sender's client marked as quote, attribution
 * or signature (html_marks), as byte offsets into the text: reply.h reads them.
 *
 * Pure; takes time linear in the size of `html`.
 */
#pragma once

#include <glib.h>

#include "common/base/slice.h"
#include "common/text/html_marks.h"

/* text[from .. to) is what the mark says. Regions may lie within each other; they are in
   the order of their `from`, an outer one before its inner ones. */
struct html_region {
    enum html_mark mark;
    size_t from, to;
};

enum html_text_flag {
    HTML_TEXT_NO_LINKS = 1 << 0, /* leave out addresses of links, for previews */
};

typedef struct html_text {
    char *text; /* UTF-8, lines end in LF, no blank line at either end */
    size_t n;
    GArray *regions; /* struct html_region */
    unsigned cut;    /* enum html_cut: what the limits left out */
} HtmlText;

/* The text of `html`, which should be UTF-8 (wrong bytes become U+FFFD). Never fails. The
   result is cleared by the caller with html_text_clear. */
HtmlText html_text_make(struct slice html, unsigned flags);
void html_text_clear(HtmlText *text);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HtmlText, html_text_clear)
