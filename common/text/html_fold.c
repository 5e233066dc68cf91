#include "common/text/html_fold.h"

#include <stdint.h>

#include "common/text/html_tags.h"
#include "common/text/html_text_spans.h"

/* What a node shows. One that shows no text isn't in the table. */
enum shows { SHOWS_NOTHING, SHOWS_QUOTED, SHOWS_NEW };

struct span {
    const void *node;
    size_t from, to;
};

/* One element that is open. */
struct level {
    bool open;  /* a fold, among its children */
    bool block; /* its children may be put into a block */
};

struct HtmlFolds {
    GHashTable *shows; /* node -> enum shows */
    GArray *levels;    /* struct level */
    bool folding;      /* within a fold: it has no others in it */
};

static void
add_span(void *context, const void *node, size_t from, size_t to)
{
    const struct span span = { node, from, to };
    g_array_append_val((GArray *)context, span);
}

/* What text[from .. to) is, without blanks and quote marks at its ends. The ranges are in
   order, and don't overlap. */
static enum shows
classify(struct slice text, const struct span *span, const struct html_region *ranges,
         size_t n_ranges)
{
    size_t from = span->from, to = span->to, low = 0, high = n_ranges;
    while (from < to && (g_ascii_isspace(text.p[from]) || text.p[from] == '>'))
        from++;
    while (from < to && g_ascii_isspace(text.p[to - 1]))
        to--;
    if (from == to)
        return SHOWS_NOTHING;
    while (low < high) { /* the first range that ends behind `from` */
        size_t middle = low + (high - low) / 2;
        if (ranges[middle].to > from)
            high = middle;
        else
            low = middle + 1;
    }
    return low < n_ranges && ranges[low].from <= from && to <= ranges[low].to
               ? SHOWS_QUOTED
               : SHOWS_NEW;
}

HtmlFolds *
html_folds_find(const HtmlTree *tree, const struct html_region *ranges, size_t n_ranges)
{
    static const struct level root = { false, true };
    HtmlFolds *folds = g_new0(HtmlFolds, 1);
    folds->shows = g_hash_table_new(NULL, NULL);
    folds->levels = g_array_new(FALSE, FALSE, sizeof(struct level));
    g_array_append_val(folds->levels, root);

    g_autoptr(GArray) spans = g_array_new(FALSE, FALSE, sizeof(struct span));
    g_auto(HtmlText) text = html_text_spans(tree, 0, add_span, spans);
    for (guint i = 0; i < spans->len; i++) {
        const struct span *span = &g_array_index(spans, struct span, i);
        enum shows shows =
            classify((struct slice){ text.text, text.n }, span, ranges, n_ranges);
        if (shows != SHOWS_NOTHING)
            g_hash_table_insert(folds->shows, (void *)(uintptr_t)span->node,
                                GINT_TO_POINTER(shows));
    }
    return folds;
}

void
html_folds_free(HtmlFolds *folds)
{
    if (!folds)
        return;
    g_hash_table_unref(folds->shows);
    g_array_unref(folds->levels);
    g_free(folds);
}

static struct level *
last_level(HtmlFolds *folds)
{
    return &g_array_index(folds->levels, struct level, folds->levels->len - 1);
}

enum html_fold_step
html_folds_step(HtmlFolds *folds, const void *node)
{
    struct level *level = last_level(folds);
    enum shows shows =
        (enum shows)GPOINTER_TO_INT(g_hash_table_lookup(folds->shows, node));
    if (level->open && shows == SHOWS_NEW) {
        level->open = folds->folding = false;
        return HTML_FOLD_END;
    }
    if (folds->folding || !level->block || shows != SHOWS_QUOTED)
        return HTML_FOLD_SAME;
    level->open = folds->folding = true;
    return HTML_FOLD_BEGIN;
}

/* True where the parser lets <details> be a child: it would end a paragraph, and be thrown
   out of a table. Cells and items begin anew. */
static bool
takes_block(const GumboElement *element, bool around)
{
    switch (element->tag) {
    case GUMBO_TAG_TD:
    case GUMBO_TAG_TH:
    case GUMBO_TAG_LI:
    case GUMBO_TAG_DD:
        return true;
    case GUMBO_TAG_P:
    case GUMBO_TAG_H1:
    case GUMBO_TAG_H2:
    case GUMBO_TAG_H3:
    case GUMBO_TAG_H4:
    case GUMBO_TAG_H5:
    case GUMBO_TAG_H6:
    case GUMBO_TAG_PRE:
    case GUMBO_TAG_A:
    case GUMBO_TAG_SUMMARY:
    case GUMBO_TAG_RUBY:
    case GUMBO_TAG_TABLE:
    case GUMBO_TAG_TBODY:
    case GUMBO_TAG_THEAD:
    case GUMBO_TAG_TFOOT:
    case GUMBO_TAG_TR:
    case GUMBO_TAG_CAPTION:
    case GUMBO_TAG_COLGROUP:
    case GUMBO_TAG_UL:
    case GUMBO_TAG_OL:
    case GUMBO_TAG_DL:
    case GUMBO_TAG_DIR:
    case GUMBO_TAG_MENU:
        return false;
    default:
        return around;
    }
}

void
html_folds_enter(HtmlFolds *folds, const GumboElement *element)
{
    const struct level level = { false, takes_block(element, last_level(folds)->block) };
    g_array_append_val(folds->levels, level);
}

bool
html_folds_leave(HtmlFolds *folds)
{
    bool open = last_level(folds)->open;
    g_array_set_size(folds->levels, folds->levels->len - 1);
    if (open)
        folds->folding = false;
    return open;
}
