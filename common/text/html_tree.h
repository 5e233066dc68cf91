/*
 * html_tree: parsed HTML, walked without recursion.
 *
 * For the files html_*.c only: nobody else sees Gumbo.
 */
#pragma once

#include <glib.h>
#include <gumbo.h>

#include "common/base/slice.h"
#include "common/text/html_marks.h"

typedef struct HtmlTree HtmlTree;

/* Parse `html`, through html_filter. Never fails: HTML5 gives every input a tree. *ret_cut,
   unless NULL, as html_filter's. */
HtmlTree *html_tree_parse(struct slice html, unsigned *ret_cut);
void html_tree_free(HtmlTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HtmlTree, html_tree_free)

/* What a walk calls, in the order of the document. `index` is the element's in html_tags. */
struct html_visitor {
    /* At a start tag. False: neither its content nor its leave is visited. */
    bool (*enter)(void *context, const GumboElement *element, size_t index);
    void (*leave)(void *context, const GumboElement *element, size_t index);
    void (*text)(void *context, const char *text);
};

/* Visit all below <body>. Elements that html_tags doesn't know, and those of foreign
   namespaces, are left out with their content. */
void html_tree_walk(const HtmlTree *tree, const struct html_visitor *visitor,
                    void *context);

/* The <body> that all of it stands in, for its attributes; NULL when the tree has none. */
const GumboElement *html_tree_body(const HtmlTree *tree);

/* What html_marks asks about an element. */
struct html_naming html_naming_of(const GumboElement *element, const char *name);

/* The value of an attribute; NULL when the element has none of that name. */
const char *html_attribute(const GumboElement *element, const char *name);
