#include "common/text/text_html.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/text/html_url.h"
#include "common/text/html_write.h"
#include "common/text/text_link.h"

/* Deeper quotes are shown as this deep: nobody can tell them apart on a screen. */
enum { DEPTH_MAX = 8 };

struct writer {
    GString *out;
    unsigned depth;    /* blockquotes that are open */
    bool line_open;    /* a line stands in what is open, and no line end behind it */
    const char *label; /* of a fold */
};

static bool
is_full(const struct writer *w)
{
    return w->out->len > LIMIT_HTML_BYTES;
}

/* --- links --------------------------------------------------------------------------- */

static void
append_link(GString *out, const char *scheme, struct slice words)
{
    g_autofree char *text = slice_dup(words);
    g_autofree char *whole = g_strconcat(scheme, text, NULL);
    g_autofree char *url = url_link(slice_from(whole));
    if (!url) {
        html_append_escaped(out, words, false);
        return;
    }
    g_string_append(out, "<a");
    html_append_attribute(out, "href", url);
    html_append_attribute(out, "rel", "noopener noreferrer nofollow");
    html_append_attribute(out, "target", "_blank");
    g_string_append_c(out, '>');
    html_append_escaped(out, words, false);
    g_string_append(out, "</a>");
}

static void
append_words(GString *out, struct slice s)
{
    size_t from = 0; /* what is written up to here */
    for (struct text_link link; text_link_next(s, from, &link); from = link.to) {
        html_append_escaped(out, slice_sub(s, from, link.from), false);
        append_link(out, link.scheme, slice_sub(s, link.from, link.to));
    }
    html_append_escaped(out, slice_sub(s, from, s.n), false);
}

/* --- lines --------------------------------------------------------------------------- */

/* Behind the next quote mark of a line, for which up to three blanks may stand; `at` when
   there is none. ">:(" is a face. */
static size_t
behind_mark(struct slice line, size_t at)
{
    size_t i = at;
    while (i < line.n && i - at < 3 && line.p[i] == ' ')
        i++;
    if (i >= line.n || line.p[i] != '>')
        return at;
    bool face = line.n - i > 1 && line.n - i <= 4 && strchr(":;_", line.p[i + 1]);
    return face ? at : i + 1;
}

/* Take the quote marks off a line, and the blank that parts them from its words. */
static unsigned
take_depth(struct slice *line)
{
    unsigned depth = 0;
    size_t at = 0, next;
    while ((next = behind_mark(*line, at)) != at) {
        depth++;
        at = next;
    }
    if (depth && at < line->n && line->p[at] == ' ')
        at++;
    *line = slice_sub(*line, at, line->n);
    return MIN(depth, (unsigned)DEPTH_MAX);
}

static void
set_depth(struct writer *w, unsigned depth)
{
    w->line_open = w->line_open && w->depth == depth;
    for (; w->depth > depth; w->depth--)
        g_string_append(w->out, "</blockquote>");
    for (; w->depth < depth; w->depth++)
        g_string_append(w->out, "<blockquote data-mark=\"quote\">");
}

/* Blocks part lines by themselves: only between two of one block a line end is written. */
static void
append_line(struct writer *w, struct slice line)
{
    bool plain = is_full(w);
    set_depth(w, plain ? 0 : take_depth(&line));
    if (w->line_open)
        g_string_append_c(w->out, '\n');
    w->line_open = true;
    if (plain)
        html_append_escaped(w->out, line, false);
    else
        append_words(w->out, line);
}

static bool
is_blank(struct slice text)
{
    return slice_trim(text).n == 0;
}

/* The lines of a stretch, without the empty ones at its ends. */
static void
append_lines(struct writer *w, struct slice text)
{
    struct slice line;
    size_t empty = 0;
    bool any = false;
    while (slice_next_line(&text, &line)) {
        if (is_blank(line)) {
            empty++;
            continue;
        }
        for (; any && empty; empty--)
            append_line(w, (struct slice){ NULL, 0 });
        empty = 0;
        any = true;
        append_line(w, line);
    }
    set_depth(w, 0);
    w->line_open = false;
}

static bool
append_region(struct writer *w, enum html_mark mark, struct slice text)
{
    bool quote = mark == HTML_MARK_QUOTE;
    if (is_blank(text))
        return false;
    if (quote)
        html_append_fold(w->out, w->label);
    else if (mark == HTML_MARK_SIGNATURE)
        g_string_append(w->out, "<div data-mark=\"signature\">");
    append_lines(w, text);
    if (quote)
        g_string_append(w->out, "</details>");
    else if (mark == HTML_MARK_SIGNATURE)
        g_string_append(w->out, "</div>");
    return quote;
}

char *
text_html(struct slice text, const struct html_region *regions, size_t n_regions,
          const char *label, unsigned *ret_folded)
{
    struct writer w = { .out = g_string_new(NULL), .label = label };
    unsigned folded = 0;
    size_t at = 0;
    if (is_blank(text))
        return g_string_free(w.out, FALSE);

    g_string_append(w.out, "<div style=\"white-space: pre-wrap\">");
    for (size_t i = 0; i < n_regions; i++) {
        const struct html_region *r = &regions[i];
        append_lines(&w, slice_sub(text, at, r->from));
        folded += append_region(&w, r->mark, slice_sub(text, r->from, r->to));
        at = r->to;
    }
    append_lines(&w, slice_sub(text, at, text.n));
    g_string_append(w.out, "</div>");
    if (ret_folded)
        *ret_folded = folded;
    return g_string_free(w.out, FALSE);
}
