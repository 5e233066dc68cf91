/*
 * html_tags: the elements of HTML that mean something in a mail, and how each behaves.
 *
 * One table for the three readers of HTML: the pre-filter (which lets only these through
 * to the parser), the sanitiser (which emits only these) and html_text. An element that
 * isn't here has its tags dropped and its content kept.
 */
#pragma once

#include "common/base/slice.h"

enum html_flag {
    HTML_VOID = 1 << 0,   /* has no content and no end tag */
    HTML_FORMAT = 1 << 1, /* a formatting element: the parser re-opens it by itself */
    HTML_BLOCK = 1 << 2,  /* stands in lines of its own; ends an open paragraph */
    HTML_SCOPE = 1 << 3,  /* end tags of what is outside don't reach through it */
    HTML_TABLE = 1 << 4,  /* a part of a table */
    HTML_ITEM = 1 << 5,   /* li, dt, dd: the next one ends it */
    HTML_RAW = 1 << 6,    /* content is no markup up to its end tag; dropped with it */
    HTML_DROP = 1 << 7,   /* dropped with its content */
};

struct html_tag {
    const char *name;
    unsigned flags;
};

/* How many elements the table has; an index is below it. */
size_t html_tag_count(void);

/* The element of this index, which must be below html_tag_count(). */
const struct html_tag *html_tag_at(size_t index);

/* Find an element by its name in either case. False when it means nothing to us. */
bool html_tag_find(struct slice name, size_t *ret_index);

/* True when this attribute name (either case) may pass the pre-filter. */
bool html_attribute_known(struct slice name);
