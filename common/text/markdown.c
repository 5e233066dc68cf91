#include "common/text/markdown.h"

#include <glib.h>
#include <md4c.h>
#include <stdbool.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/text/html_entity.h"
#include "common/text/html_url.h"
#include "common/text/html_write.h"
#include "common/text/text_html.h"

/* Quotes, lists and tables in each other, emphasis and links in each other. */
enum { BLOCKS_MAX = 16, SPANS_MAX = 8 };

/* Of one table. md4c fills each row up to the width of the head: a few bytes a row would
   become as many cells. */
enum { COLUMNS_MAX = 64 };

struct writer {
    GString *out;
    unsigned blocks;  /* containers that are open */
    unsigned skipped; /* of them and what is in them, those that are not written */
    MD_SPANTYPE spans[SPANS_MAX]; /* that are open, outermost first */
    unsigned n_spans, too_deep;   /* and how many more are, of which none is written */
    bool link;         /* a link is open: the one in spans that has an address */
    unsigned link_at;  /* its place there */
    size_t link_words; /* where its words begin */
    char *url;         /* and where it goes */
    unsigned tags;
};

/* Below 0 ends the reading (above it would end one block of it); the text is then shown as
   it is. */
static int
too_much(const struct writer *w)
{
    return w->out->len > LIMIT_HTML_BYTES / 2 || w->tags > LIMIT_HTML_TAGS / 2 ? -1 : 0;
}

/* --- spans --------------------------------------------------------------------------- */

/* The address as a reader of Markdown sees it, with what its entities stand for. */
static char *
address_of(const MD_ATTRIBUTE *attribute)
{
    g_autoptr(GString) url = g_string_sized_new(attribute->size);
    for (size_t i = 0; attribute->size && attribute->substr_offsets[i] < attribute->size;
         i++) {
        size_t from = attribute->substr_offsets[i], to = attribute->substr_offsets[i + 1];
        struct slice piece = { attribute->text + from, to - from };
        if (attribute->substr_types[i] == MD_TEXT_ENTITY)
            html_entity_append(url, piece);
        else
            g_string_append_len(url, piece.p, (gssize)piece.n);
    }
    return url_link((struct slice){ url->str, url->len });
}

/* A link, or a picture's. Within another one its words alone are written. */
static void
open_link(struct writer *w, const MD_ATTRIBUTE *attribute)
{
    g_autofree char *url = w->link ? NULL : address_of(attribute);
    if (!url)
        return;
    g_string_append(w->out, "<a");
    html_append_attribute(w->out, "href", url);
    html_append_attribute(w->out, "rel", "noopener noreferrer nofollow");
    html_append_attribute(w->out, "target", "_blank");
    g_string_append_c(w->out, '>');
    w->link = true;
    w->link_at = w->n_spans;
    w->link_words = w->out->len;
    g_free(w->url);
    w->url = g_steal_pointer(&url);
}

static void
close_link(struct writer *w)
{
    if (!w->link || w->link_at != w->n_spans)
        return;
    if (w->out->len == w->link_words) /* a picture without a description */
        html_append_escaped(w->out, slice_from(w->url), false);
    g_string_append(w->out, "</a>");
    w->link = false;
}

static const char *
name_of(MD_SPANTYPE type)
{
    switch (type) {
    case MD_SPAN_EM:
        return "em";
    case MD_SPAN_STRONG:
        return "strong";
    case MD_SPAN_CODE:
        return "code";
    case MD_SPAN_DEL:
        return "del";
    default:
        return NULL;
    }
}

static int
enter_span(MD_SPANTYPE type, void *detail, void *data)
{
    struct writer *w = data;
    const char *name = name_of(type);
    if (w->n_spans >= SPANS_MAX) {
        w->too_deep++;
        return 0;
    }
    if (name)
        g_string_append_printf(w->out, "<%s>", name);
    else if (type == MD_SPAN_A)
        open_link(w, &((MD_SPAN_A_DETAIL *)detail)->href);
    else if (type == MD_SPAN_IMG)
        open_link(w, &((MD_SPAN_IMG_DETAIL *)detail)->src);
    w->spans[w->n_spans++] = type;
    w->tags++;
    return too_much(w);
}

static void
close_spans(struct writer *w, unsigned depth)
{
    while (w->n_spans > depth) {
        const char *name = name_of(w->spans[--w->n_spans]);
        if (name)
            g_string_append_printf(w->out, "</%s>", name);
        else
            close_link(w);
    }
}

/* md4c's events are not always in pairs: a mark that a bare link has swallowed leaves its
   partner alone. So each end looks for its own begin. */
static int
leave_span(MD_SPANTYPE type, void *detail, void *data)
{
    struct writer *w = data;
    (void)detail;
    if (w->too_deep) {
        w->too_deep--;
        return 0;
    }
    unsigned depth = w->n_spans;
    while (depth > 0 && w->spans[depth - 1] != type)
        depth--;
    if (depth > 0)
        close_spans(w, depth - 1);
    return 0;
}

/* --- blocks -------------------------------------------------------------------------- */

static bool
is_container(MD_BLOCKTYPE type)
{
    return type == MD_BLOCK_QUOTE || type == MD_BLOCK_UL || type == MD_BLOCK_OL
           || type == MD_BLOCK_TABLE;
}

static void
open_list(GString *out, const MD_BLOCK_OL_DETAIL *list)
{
    g_string_append(out, "<ol");
    if (list->start != 1 && list->start <= 99999)
        g_string_append_printf(out, " start=\"%u\"", list->start);
    g_string_append_c(out, '>');
}

static void
open_item(GString *out, const MD_BLOCK_LI_DETAIL *item)
{
    g_string_append(out, "<li>");
    if (item->is_task)
        g_string_append(out, item->task_mark == ' ' ? "☐ " : "☑ ");
}

static void
open_cell(GString *out, const char *name, const MD_BLOCK_TD_DETAIL *cell)
{
    static const char *const sides[] = { NULL, "left", "center", "right" };
    g_string_append_printf(out, "<%s", name);
    if (cell->align != MD_ALIGN_DEFAULT)
        html_append_attribute(out, "align", sides[cell->align]);
    g_string_append_c(out, '>');
}

static void
open_block(GString *out, MD_BLOCKTYPE type, void *detail)
{
    static const char *const plain[] = {
        [MD_BLOCK_QUOTE] = "<blockquote data-mark=\"blockquote\">",
        [MD_BLOCK_UL] = "<ul>",
        [MD_BLOCK_HR] = "<hr>",
        [MD_BLOCK_CODE] = "<pre>\n<code>", /* the line end is the parser's to drop */
        [MD_BLOCK_P] = "<p>",
        [MD_BLOCK_TABLE] = "<table>",
        [MD_BLOCK_THEAD] = "<thead>",
        [MD_BLOCK_TBODY] = "<tbody>",
        [MD_BLOCK_TR] = "<tr>",
    };
    if (type == MD_BLOCK_OL)
        open_list(out, detail);
    else if (type == MD_BLOCK_LI)
        open_item(out, detail);
    else if (type == MD_BLOCK_TH || type == MD_BLOCK_TD)
        open_cell(out, type == MD_BLOCK_TH ? "th" : "td", detail);
    else if (type == MD_BLOCK_H)
        g_string_append_printf(out, "<h%u>", ((MD_BLOCK_H_DETAIL *)detail)->level);
    else if ((size_t)type < G_N_ELEMENTS(plain) && plain[type])
        g_string_append(out, plain[type]);
}

static int
enter_block(MD_BLOCKTYPE type, void *detail, void *data)
{
    struct writer *w = data;
    bool container = is_container(type);
    if (type == MD_BLOCK_TABLE
        && ((MD_BLOCK_TABLE_DETAIL *)detail)->col_count > COLUMNS_MAX)
        return -1;
    if (w->skipped || (container && w->blocks >= BLOCKS_MAX)) {
        w->skipped++;
        g_string_append(w->out, "<br>");
    } else {
        w->blocks += container;
        open_block(w->out, type, detail);
    }
    w->tags++;
    return too_much(w);
}

static int
leave_block(MD_BLOCKTYPE type, void *detail, void *data)
{
    static const char *const ends[] = {
        [MD_BLOCK_QUOTE] = "</blockquote>",
        [MD_BLOCK_UL] = "</ul>",
        [MD_BLOCK_OL] = "</ol>",
        [MD_BLOCK_LI] = "</li>",
        [MD_BLOCK_CODE] = "</code></pre>",
        [MD_BLOCK_P] = "</p>",
        [MD_BLOCK_TABLE] = "</table>",
        [MD_BLOCK_THEAD] = "</thead>",
        [MD_BLOCK_TBODY] = "</tbody>",
        [MD_BLOCK_TR] = "</tr>",
        [MD_BLOCK_TH] = "</th>",
        [MD_BLOCK_TD] = "</td>",
    };
    struct writer *w = data;
    close_spans(w, 0);
    w->too_deep = 0;
    if (w->skipped) {
        w->skipped--;
        return 0;
    }
    w->blocks -= is_container(type);
    if (type == MD_BLOCK_H)
        g_string_append_printf(w->out, "</h%u>", ((MD_BLOCK_H_DETAIL *)detail)->level);
    else if ((size_t)type < G_N_ELEMENTS(ends) && ends[type])
        g_string_append(w->out, ends[type]);
    return 0;
}

/* --- text ---------------------------------------------------------------------------- */

static int
add_text(MD_TEXTTYPE type, const MD_CHAR *p, MD_SIZE n, void *data)
{
    struct writer *w = data;
    g_autoptr(GString) characters = NULL;
    switch (type) {
    case MD_TEXT_BR:
    case MD_TEXT_SOFTBR:
        w->tags++;
        g_string_append(w->out, "<br>");
        break;
    case MD_TEXT_NULLCHAR:
        g_string_append(w->out, "\xEF\xBF\xBD");
        break;
    case MD_TEXT_ENTITY:
        characters = g_string_new(NULL);
        html_entity_append(characters, (struct slice){ p, n });
        html_append_escaped(w->out, (struct slice){ characters->str, characters->len },
                            false);
        break;
    default:
        html_append_escaped(w->out, (struct slice){ p, n }, false);
    }
    return too_much(w);
}

/* --- the whole ----------------------------------------------------------------------- */

/* UTF-8 in which a signature's "-- " (RFC 3676 §4.3) begins a paragraph. Right below a line
   it would make a heading of that. */
static GString *
readable(struct slice markdown)
{
    GString *text = g_string_sized_new(markdown.n + 16);
    g_autofree char *valid =
        g_utf8_make_valid(markdown.p ? markdown.p : "", (gssize)markdown.n);
    struct slice rest = slice_from(valid), line;
    while (slice_next_line(&rest, &line)) {
        if (slice_equal(line, slice_from("-- ")))
            g_string_append_c(text, '\n');
        g_string_append_len(text, line.p, (gssize)line.n);
        g_string_append_c(text, '\n');
    }
    return text;
}

static char *
as_plain_text(const GString *text)
{
    return text_html((struct slice){ text->str, text->len }, NULL, 0, NULL, NULL);
}

char *
markdown_html(struct slice markdown)
{
    static const MD_PARSER parser = {
        .flags = MD_DIALECT_GITHUB | MD_FLAG_NOHTML,
        .enter_block = enter_block,
        .leave_block = leave_block,
        .enter_span = enter_span,
        .leave_span = leave_span,
        .text = add_text,
    };
    g_autoptr(GString) text = readable(markdown);
    if (text->len > LIMIT_MARKDOWN_BYTES)
        return as_plain_text(text);

    struct writer w = { .out = g_string_sized_new(text->len * 2) };
    int failed = md_parse(text->str, (MD_SIZE)text->len, &parser, &w);
    g_free(w.url);
    char *html = g_string_free(w.out, FALSE);
    if (!failed && *html)
        return html; /* empty, where all of it defines links that nothing uses */
    g_free(html);
    return as_plain_text(text);
}
