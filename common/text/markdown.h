/*
 * markdown: what a person wrote on the web, as HTML that may be shown and sent.
 *
 *     Markdown (CommonMark, with GitHub's tables, strikethrough, tasks, bare links)
 *         ─► md4c ─► elements and escaped text, written by us ─► HTML fragment
 *
 * - Markup of HTML in it is text. Links go where html_url lets them; others are their words.
 * - A line end in a paragraph stays a line end: people write replies, not books.
 * - A picture is a link to it with its description as words: it loads nothing unasked, and a
 *   mail client shows it as well as a browser does.
 * - What nests deeper than anybody can see is shown without its marks. Text that is longer
 *   than LIMIT_MARKDOWN_BYTES, or is made to grow when it is read, is shown as plain text
 *   (text_html) instead.
 *
 * What comes out is what html_clean makes of itself. Pure; time linear in the size.
 */
#pragma once

#include "common/base/slice.h"

/* HTML of `markdown` (UTF-8, wrong bytes are replaced; any line ends). "" when there are no
   words. Owned by the caller; never fails. */
char *markdown_html(struct slice markdown);
