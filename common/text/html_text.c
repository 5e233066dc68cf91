#include "common/text/html_text.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/text/html_tags.h"
#include "common/text/html_text_spans.h"

/* What is kept of each element that is open. */
struct level {
    int region;        /* index of the region that ends with it, or -1 */
    size_t old_holder; /* the holder around it */
    bool quote, list, ordered, pre;
    size_t link;     /* where the text of a link began */
    long number;     /* of the last item */
    size_t from;     /* where its text begins, line ends before it included */
    size_t row_line; /* tr: the line on which it began, + 1; 0: no cell yet */
};

struct writer {
    GString *out;
    GArray *levels;  /* struct level */
    GArray *regions; /* struct html_region */
    GArray *to_end;  /* size_t: regions that end with the document */
    size_t holder;   /* depth of the innermost element that holds quotes (html_marks.h) */
    unsigned quotes, lists, pre;
    unsigned last_quotes; /* on the line before */
    unsigned breaks; /* line ends owed before the next text: 1 a line, 2 a blank one */
    unsigned spaces; /* blanks owed before the next text of this line */
    bool tab;        /* a cell ended: a tab is owed */
    bool line_open;  /* something stands on the current line */
    size_t lines;
    char bullet[24]; /* the mark that the current item is to begin with */
    unsigned flags;
    html_span_fn *span; /* NULL: nobody asks */
    void *span_context;
};

/* --- characters -------------------------------------------------------------------- */

static bool
begins_line(const struct writer *w)
{
    return !w->line_open;
}

static void
write_prefix(struct writer *w)
{
    for (unsigned i = 0; i < MIN(w->quotes, 32u); i++)
        g_string_append(w->out, "> ");
    unsigned indent = w->lists > 1 ? MIN(w->lists - 1, 16u) * 2 : 0;
    for (unsigned i = 0; i < indent; i++)
        g_string_append_c(w->out, ' ');
    if (w->bullet[0])
        g_string_append(w->out, w->bullet);
    else if (w->lists)
        g_string_append(w->out, "  ");
    w->bullet[0] = '\0';
}

/* The empty lines of a quote carry its mark too, so that the quote is one. */
static void
write_blank_line(struct writer *w)
{
    for (unsigned i = 0; i < MIN(MIN(w->quotes, w->last_quotes), 32u); i++)
        g_string_append_c(w->out, '>');
    g_string_append_c(w->out, '\n');
}

/* Write what is owed before text: line ends and the line's beginning, or blanks. */
static void
flush_owed(struct writer *w)
{
    if (w->breaks && w->out->len) {
        g_string_append_c(w->out, '\n');
        for (unsigned i = 1; i < w->breaks; i++)
            write_blank_line(w);
        w->lines++;
        w->line_open = false;
    }
    w->breaks = 0;
    if (!w->line_open) {
        write_prefix(w);
        w->last_quotes = w->quotes;
        w->line_open = true;
    } else if (w->tab) {
        g_string_append_c(w->out, '\t');
        w->spaces = 0;
    }
    w->tab = false;
    for (; w->spaces; w->spaces--)
        g_string_append_c(w->out, ' ');
}

static void
want_breaks(struct writer *w, unsigned n)
{
    if (w->tab)
        return; /* a cell that goes on in the row's line */
    w->breaks = MAX(w->breaks, n);
    w->spaces = 0;
}

static void
line_break(struct writer *w)
{
    w->breaks = MIN(w->breaks + 1, 2u);
    w->spaces = 0;
    w->tab = false;
}

static void
write_char(struct writer *w, const char *p, size_t n)
{
    flush_owed(w);
    g_string_append_len(w->out, p, (gssize)n);
}

/* Soft hyphens, zero-width blanks and joiners of words: marks for a browser's layout, and
   the filling of newsletters' hidden first line. ZWJ and ZWNJ are letters' business. */
static bool
is_invisible(gunichar c)
{
    return c == 0xAD || c == 0x200B || c == 0x2060 || c == 0xFEFF || c == 0x34F
           || c == 0x200E || (c < 0x20 && c != '\t' && c != '\n') || c == 0x7F;
}

static void
take_char(struct writer *w, const char *p, size_t n)
{
    gunichar c = g_utf8_get_char(p);
    if (is_invisible(c))
        return;
    if (c == 0xA0 || c == 0x202F || c == 0x2007) {
        w->spaces = MIN(w->spaces + 1, 64u);
        if (begins_line(w) || w->breaks)
            w->spaces = MIN(w->spaces, 8u);
        return;
    }
    if (w->pre && c == '\n') {
        line_break(w);
        return;
    }
    if (w->pre && c == '\t')
        p = "    ", n = 4;
    else if (g_ascii_isspace((char)MIN(c, 127u))) {
        if (w->pre || (w->line_open && !w->breaks))
            w->spaces = w->pre ? MIN(w->spaces + 1, 64u) : MAX(w->spaces, 1u);
        return;
    }
    write_char(w, p, n);
}

static void
take_text(struct writer *w, const char *text)
{
    for (const char *p = text; *p;) {
        const char *next = g_utf8_next_char(p);
        take_char(w, p, (size_t)(next - p));
        p = next;
    }
}

/* --- elements ---------------------------------------------------------------------- */

static bool
is_named(const char *name, const char *const *names)
{
    return g_strv_contains(names, name);
}

/* Blank lines stand around these; other blocks only begin a line. */
static const char *const spaced[] = {
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "table", "dl", NULL,
};

static bool
is_hidden(const GumboElement *element)
{
    const char *style = html_attribute(element, "style");
    if (!style)
        return false;
    g_autofree char *lower = g_ascii_strdown(style, -1);
    const char *display = strstr(lower, "display");
    if (!display)
        return strstr(lower, "mso-hide:all") != NULL;
    display += strlen("display");
    display += strspn(display, " \t\r\n:");
    return g_str_has_prefix(display, "none");
}

/* A blockquote begins in what holds it: the region of the holder was the attribution. */
static void
end_holder_region(struct writer *w)
{
    struct level *holder = &g_array_index(w->levels, struct level, w->holder - 1);
    if (holder->region < 0)
        return;
    g_array_index(w->regions, struct html_region, holder->region).to = w->out->len;
    holder->region = -1;
}

static void
begin_region(struct writer *w, struct level *level, const GumboElement *element,
             const char *name)
{
    struct html_marking marking;
    struct html_naming naming = html_naming_of(element, name);
    if (!html_marking_find(&naming, &marking))
        return;

    if (element->tag == GUMBO_TAG_BLOCKQUOTE && w->holder
        && w->holder == w->levels->len) {
        end_holder_region(w);
        marking.mark = HTML_MARK_QUOTE;
    } else if (marking.holder && element->tag != GUMBO_TAG_BLOCKQUOTE)
        w->holder = w->levels->len + 1;

    struct html_region region = { marking.mark, w->out->len, 0 };
    g_array_append_val(w->regions, region);
    size_t index = w->regions->len - 1;
    want_breaks(w, 1);
    if (marking.to_end)
        g_array_append_val(w->to_end, index);
    else
        level->region = (int)index;
}

static void
begin_item(struct writer *w)
{
    want_breaks(w, 1);
    for (size_t i = w->levels->len; i > 0; i--) {
        struct level *list = &g_array_index(w->levels, struct level, i - 1);
        if (!list->list)
            continue;
        if (list->ordered)
            g_snprintf(w->bullet, sizeof w->bullet, "%ld. ", list->number++);
        else
            g_strlcpy(w->bullet, "- ", sizeof w->bullet);
        return;
    }
    g_strlcpy(w->bullet, "- ", sizeof w->bullet);
}

static void
begin_list(struct writer *w, struct level *level, const GumboElement *element,
           bool ordered)
{
    const char *start = html_attribute(element, "start");
    level->list = true;
    level->ordered = ordered;
    level->number = start ? (long)g_ascii_strtoll(start, NULL, 10) : 1;
    level->number = CLAMP(level->number, -1000000, 1000000);
    want_breaks(w, w->lists ? 1 : 2);
    w->lists++;
}

/* Cells of a row share a line as long as no cell before had more than one. */
static void
begin_cell(struct writer *w)
{
    for (size_t i = w->levels->len; i > 0; i--) {
        struct level *row = &g_array_index(w->levels, struct level, i - 1);
        if (!row->row_line)
            continue;
        if (w->lines + 1 == row->row_line && w->line_open) {
            w->breaks = 0;
            w->tab = true;
            return;
        }
        if (w->breaks == 0 && w->line_open)
            want_breaks(w, 1);
        return;
    }
}

static void
begin_row(struct writer *w, struct level *level)
{
    w->tab = false;
    want_breaks(w, 1);
    /* The line its first cell will stand on. */
    level->row_line = w->lines + (w->out->len ? 2 : 1);
}

static void
write_picture(struct writer *w, const GumboElement *element)
{
    const char *alt = html_attribute(element, "alt");
    if (!alt || !*alt || strlen(alt) > LIMIT_HTML_ALT_BYTES)
        return;
    bool emoji = strlen(alt) <= 32 && !g_ascii_isprint(alt[0]);
    if (!emoji)
        take_text(w, "[");
    take_text(w, alt);
    if (!emoji)
        take_text(w, "]");
}

static void
write_rule(struct writer *w)
{
    want_breaks(w, 1);
    take_text(w, "----------");
    want_breaks(w, 1);
}

/* --- links ------------------------------------------------------------------------- */

/* An address without what a reader doesn't need to recognise it. */
static struct slice
bare_address(struct slice s)
{
    static const char *const schemes[] = { "https://", "http://", "mailto:", "tel:" };
    s = slice_trim(s);
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
        if (slice_starts_nocase(s, schemes[i]))
            s = slice_sub(s, strlen(schemes[i]), s.n);
    while (s.n && s.p[s.n - 1] == '/')
        s.n--;
    return s;
}

/* "text <address>", unless the text says it already. */
static void
end_link(struct writer *w, const struct level *level, const GumboElement *element)
{
    const char *href = html_attribute(element, "href");
    if (w->flags & HTML_TEXT_NO_LINKS || !href || level->link > w->out->len)
        return;
    struct slice to = slice_trim(slice_from(href));
    if (!slice_starts_nocase(to, "http://") && !slice_starts_nocase(to, "https://")
        && !slice_starts_nocase(to, "mailto:") && !slice_starts_nocase(to, "tel:"))
        return;
    struct slice text = { w->out->str + level->link, w->out->len - level->link };
    struct slice bare = bare_address(to), shown = bare_address(text);
    bool mail = slice_starts_nocase(to, "mailto:");
    if (mail) {
        const char *question = memchr(bare.p, '?', bare.n);
        bare.n = question ? (size_t)(question - bare.p) : bare.n;
        to = bare;
    }
    if (shown.n == 0 || to.n == 0 || to.n > LIMIT_HTML_LINK_BYTES
        || memchr(to.p, ' ', to.n) || memchr(to.p, '\n', to.n)
        || (shown.n == bare.n && g_ascii_strncasecmp(shown.p, bare.p, bare.n) == 0)
        || memmem(shown.p, shown.n, bare.p, bare.n))
        return;
    g_autofree char *address = slice_dup(to);
    w->spaces = MAX(w->spaces, 1u);
    take_text(w, "<");
    take_text(w, address);
    take_text(w, ">");
}

/* --- the walk ---------------------------------------------------------------------- */

static void
begin_block(struct writer *w, const char *name)
{
    want_breaks(w, is_named(name, spaced) && !w->bullet[0] ? 2 : 1);
}

static void
begin_element(struct writer *w, struct level *level, const GumboElement *element,
              const char *name)
{
    switch (element->tag) {
    case GUMBO_TAG_BLOCKQUOTE:
        want_breaks(w, 2);
        level->quote = true;
        w->quotes++;
        break;
    case GUMBO_TAG_UL:
    case GUMBO_TAG_OL:
    case GUMBO_TAG_DIR:
    case GUMBO_TAG_MENU:
        begin_list(w, level, element, element->tag == GUMBO_TAG_OL);
        break;
    case GUMBO_TAG_LI:
        begin_item(w);
        break;
    case GUMBO_TAG_PRE:
        want_breaks(w, 2);
        level->pre = true;
        w->pre++;
        break;
    case GUMBO_TAG_TR:
        begin_row(w, level);
        break;
    case GUMBO_TAG_TD:
    case GUMBO_TAG_TH:
        begin_cell(w);
        break;
    case GUMBO_TAG_A:
        level->link = w->out->len;
        break;
    default:
        if (name)
            begin_block(w, name);
    }
}

static bool
enter(void *context, const GumboElement *element, size_t index)
{
    struct writer *w = context;
    const struct html_tag *tag = html_tag_at(index);
    if (element->tag == GUMBO_TAG_BR)
        line_break(w);
    else if (element->tag == GUMBO_TAG_HR)
        write_rule(w);
    if (is_hidden(element))
        return false;
    if (element->tag == GUMBO_TAG_IMG)
        write_picture(w, element);

    struct level level = { .region = -1, .old_holder = w->holder, .from = w->out->len };
    begin_region(w, &level, element, tag->name);
    if (!(tag->flags & HTML_VOID))
        begin_element(w, &level, element, tag->flags & HTML_BLOCK ? tag->name : NULL);
    g_array_append_val(w->levels, level);
    return true;
}

static void
leave(void *context, const GumboElement *element, size_t index)
{
    struct writer *w = context;
    struct level level = g_array_index(w->levels, struct level, w->levels->len - 1);
    const struct html_tag *tag = html_tag_at(index);
    g_array_set_size(w->levels, w->levels->len - 1);

    if (element->tag == GUMBO_TAG_A)
        end_link(w, &level, element);
    if (w->span)
        w->span(w->span_context, element, level.from, w->out->len);
    if (level.region >= 0)
        g_array_index(w->regions, struct html_region, level.region).to = w->out->len;
    w->holder = level.old_holder;
    w->quotes -= level.quote;
    w->lists -= level.list;
    w->pre -= level.pre;
    if (element->tag == GUMBO_TAG_LI)
        w->bullet[0] = '\0';
    if (tag->flags & HTML_VOID || !(tag->flags & HTML_BLOCK))
        return;
    if (element->tag == GUMBO_TAG_TR)
        w->tab = false;
    if (element->tag != GUMBO_TAG_TD && element->tag != GUMBO_TAG_TH)
        want_breaks(w, is_named(tag->name, spaced) || (level.list && !w->lists) ? 2 : 1);
}

static void
text(void *context, const char *p)
{
    struct writer *w = context;
    size_t from = w->out->len;
    take_text(w, p);
    if (w->span)
        w->span(w->span_context, p, from, w->out->len);
}

HtmlText
html_text_spans(const HtmlTree *tree, unsigned flags, html_span_fn *span, void *context)
{
    static const struct html_visitor visitor = { enter, leave, text };
    struct writer w = {
        .out = g_string_new(NULL),
        .levels = g_array_new(FALSE, FALSE, sizeof(struct level)),
        .regions = g_array_new(FALSE, FALSE, sizeof(struct html_region)),
        .to_end = g_array_new(FALSE, FALSE, sizeof(size_t)),
        .flags = flags,
        .span = span,
        .span_context = context,
    };
    HtmlText made = { .regions = w.regions };
    html_tree_walk(tree, &visitor, &w);

    for (size_t i = 0; i < w.to_end->len; i++)
        g_array_index(w.regions, struct html_region, g_array_index(w.to_end, size_t, i))
            .to = w.out->len;
    g_array_unref(w.to_end);
    g_array_unref(w.levels);
    made.n = w.out->len;
    made.text = g_string_free(w.out, FALSE);
    return made;
}

HtmlText
html_text_make(struct slice html, unsigned flags)
{
    unsigned cut = 0;
    g_autoptr(HtmlTree) tree = html_tree_parse(html, &cut);
    HtmlText made = html_text_spans(tree, flags, NULL, NULL);
    made.cut = cut;
    return made;
}

void
html_text_clear(HtmlText *text)
{
    g_clear_pointer(&text->text, g_free);
    g_clear_pointer(&text->regions, g_array_unref);
    text->n = 0;
}
