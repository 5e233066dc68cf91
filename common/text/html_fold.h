/*
 * html_fold: which nodes of a mail's HTML show nothing but quoted text, so that they can be
 * put into a fold together.
 *
 *     ranges of the text ─► nodes whose text lies within ─► runs of such siblings
 *
 * The ranges are what reply.h finds in the text of the same HTML, so the page folds what the
 * reply leaves out, whether a client marked it or not. A run begins with a node that is
 * quoted whole, and goes on over the quoted and the empty ones behind it. It stands only
 * where a block may: not in a paragraph, not between the rows of a table.
 *
 * For html_clean.c, which steps through the nodes in html_tree_walk's order.
 */
#pragma once

#include "common/text/html_text.h"
#include "common/text/html_tree.h"

typedef struct HtmlFolds HtmlFolds;

/* Never fails. `tree` must live as long as the result. */
HtmlFolds *html_folds_find(const HtmlTree *tree, const struct html_region *ranges,
                           size_t n_ranges);
void html_folds_free(HtmlFolds *folds);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HtmlFolds, html_folds_free)

enum html_fold_step {
    HTML_FOLD_SAME,
    HTML_FOLD_BEGIN, /* a fold begins before this node */
    HTML_FOLD_END,   /* the one that is open among its siblings ends before it */
};

/* What to do before a node (a GumboElement *, or the const char * of a text). */
enum html_fold_step html_folds_step(HtmlFolds *folds, const void *node);

/* Go below an element, behind its html_folds_step. */
void html_folds_enter(HtmlFolds *folds, const GumboElement *element);

/* Go up again, or end at the root. True when a fold of the level that was left is open: it
   ends here. */
bool html_folds_leave(HtmlFolds *folds);
