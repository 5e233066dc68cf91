#include "common/text/html_clean.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/text/html_css.h"
#include "common/text/html_filter.h"
#include "common/text/html_fold.h"
#include "common/text/html_marks.h"
#include "common/text/html_sheet.h"
#include "common/text/html_tags.h"
#include "common/text/html_text.h"
#include "common/text/html_tree.h"
#include "common/text/html_url.h"
#include "common/text/html_write.h"

/* Rounds of emission before only the text is kept. */
enum { ROUNDS = 6 };

struct emitter {
    GString *out;
    const struct html_clean_options *options;
    HtmlFolds *folds; /* NULL: nothing is to be folded */
    HtmlSheet *sheet; /* NULL: the mail has none */
    char *link;       /* colour of links, NULL: the page's */
    unsigned remote_images, folded;
};

/* --- attributes by kind ------------------------------------------------------------- */

/* "12", "100%", "12px" (written as 12); at most four digits. */
static char *
clean_length(const char *value)
{
    struct slice s = slice_trim(slice_from(value));
    size_t n = 0;
    while (n < s.n && g_ascii_isdigit(s.p[n]))
        n++;
    struct slice unit = slice_sub(s, n, s.n);
    if (n == 0 || n > 4
        || !(unit.n == 0 || slice_equal_nocase(unit, "%")
             || slice_equal_nocase(unit, "px")))
        return NULL;
    return g_strdup_printf("%.*s%s", (int)n, s.p,
                           slice_equal_nocase(unit, "%") ? "%" : "");
}

/* A number, with a sign for the sizes of <font>. */
static char *
clean_number(const char *value)
{
    struct slice s = slice_trim(slice_from(value));
    bool sign = s.n && (s.p[0] == '-' || s.p[0] == '+');
    for (size_t i = sign; i < s.n; i++)
        if (!g_ascii_isdigit(s.p[i]))
            return NULL;
    return s.n > sign && s.n <= 5u + sign ? slice_dup(s) : NULL;
}

static char *
clean_colour(const char *value)
{
    struct slice s = slice_trim(slice_from(value));
    return css_colour(s) ? slice_dup(s) : NULL;
}

/* A name of letters, digits and '-': alignments, list types, languages. */
static char *
clean_name(const char *value)
{
    struct slice s = slice_trim(slice_from(value));
    for (size_t i = 0; i < s.n; i++)
        if (!g_ascii_isalnum(s.p[i]) && s.p[i] != '-')
            return NULL;
    return s.n > 0 && s.n <= 35 ? slice_dup(s) : NULL;
}

static char *
clean_face(const char *value)
{
    struct slice s = slice_trim(slice_from(value));
    for (size_t i = 0; i < s.n; i++)
        if (!g_ascii_isalnum(s.p[i]) && !strchr(" ,-_.'", s.p[i]))
            return NULL;
    return s.n > 0 && s.n <= 200 ? slice_dup(s) : NULL;
}

static char *
clean_text(const char *value)
{
    return strlen(value) <= LIMIT_HTML_ALT_BYTES ? g_strdup(value) : NULL;
}

static char *
clean_flag(const char *value)
{
    (void)value;
    return g_strdup("");
}

/* Which attributes an element may have, beside those of `any`. */
struct attribute {
    const char *name;
    char *(*clean)(const char *value); /* NULL: it may not stay */
};

static const struct attribute any[] = {
    { "dir", clean_name },
    { "lang", clean_name },
    { "align", clean_name },
    { NULL, NULL },
};

static const struct attribute of_cells[] = {
    { "width", clean_length },
    { "height", clean_length },
    { "valign", clean_name },
    { "bgcolor", clean_colour },
    { "border", clean_number },
    { "cellpadding", clean_number },
    { "cellspacing", clean_number },
    { "colspan", clean_number },
    { "rowspan", clean_number },
    { "nowrap", clean_flag },
    { NULL, NULL },
};

static const struct attribute of_font[] = {
    { "color", clean_colour },
    { "face", clean_face },
    { "size", clean_number },
    { NULL, NULL },
};

static const struct attribute of_img[] = {
    { "alt", clean_text },      { "title", clean_text },
    { "width", clean_length },  { "height", clean_length },
    { "border", clean_number }, { "hspace", clean_number },
    { "vspace", clean_number }, { NULL, NULL },
};

static const struct attribute of_hr[] = {
    { "width", clean_length },
    { "size", clean_number },
    { "color", clean_colour },
    { NULL, NULL },
};

static const struct attribute of_lists[] = {
    { "type", clean_name },
    { "start", clean_number },
    { "value", clean_number },
    { "reversed", clean_flag },
    { NULL, NULL },
};

static const struct attribute of_words[] = {
    { "title", clean_text },
    { NULL, NULL },
};

static const struct attribute none[] = { { NULL, NULL } };

static const struct attribute *
attributes_of(const GumboElement *element, const struct html_tag *tag)
{
    if (tag->flags & HTML_TABLE || element->tag == GUMBO_TAG_TABLE)
        return of_cells;
    switch (element->tag) {
    case GUMBO_TAG_FONT:
        return of_font;
    case GUMBO_TAG_IMG:
        return of_img;
    case GUMBO_TAG_HR:
        return of_hr;
    case GUMBO_TAG_OL:
    case GUMBO_TAG_UL:
    case GUMBO_TAG_LI:
        return of_lists;
    case GUMBO_TAG_ABBR:
    case GUMBO_TAG_ACRONYM:
    case GUMBO_TAG_DFN:
        return of_words;
    default:
        return none;
    }
}

static void
append_attributes(struct emitter *e, const GumboElement *element,
                  const struct attribute *attributes)
{
    for (; attributes->name; attributes++) {
        const char *value = html_attribute(element, attributes->name);
        g_autofree char *clean = value ? attributes->clean(value) : NULL;
        if (clean)
            html_append_attribute(e->out, attributes->name, clean);
    }
}

/* What the sheet and the element itself say, over what `hint` (CSS, or NULL) does. */
static char *
style_of(const struct emitter *e, const GumboElement *element, const char *name,
         const char *hint)
{
    g_autofree char *style =
        html_sheet_style(e->sheet, name, html_attribute(element, "class"),
                         html_attribute(element, "id"), html_attribute(element, "style"));
    if (!hint)
        return g_steal_pointer(&style);
    g_autofree char *all = g_strconcat(hint, "; ", style, NULL);
    return css_clean(slice_from(all));
}

static void
append_style(struct emitter *e, const GumboElement *element, const char *name)
{
    bool link = e->link && element->tag == GUMBO_TAG_A && html_attribute(element, "href");
    g_autofree char *hint = link ? g_strconcat("color: ", e->link, NULL) : NULL;
    g_autofree char *style = style_of(e, element, name, hint);
    if (style)
        html_append_attribute(e->out, "style", style);
}

static char *
colour_attribute(const GumboElement *element, const char *name)
{
    const char *value = html_attribute(element, name);
    return value ? clean_colour(value) : NULL;
}

/* A <div> in the place of the <body>, when that says how the whole looks or reads. True
   when it was begun. */
static bool
begin_body(struct emitter *e, const GumboElement *body)
{
    g_autofree char *ground = colour_attribute(body, "bgcolor");
    g_autofree char *words = colour_attribute(body, "text");
    g_autofree char *hint =
        g_strconcat(ground ? "background-color: " : "", ground ? ground : "",
                    words ? "; color: " : "", words, NULL);
    g_autofree char *style = style_of(e, body, "body", *hint ? hint : NULL);
    e->link = colour_attribute(body, "link");
    gsize before = e->out->len;
    g_string_append(e->out, "<div");
    gsize bare = e->out->len;
    if (style)
        html_append_attribute(e->out, "style", style);
    append_attributes(e, body, any);
    if (e->out->len == bare) {
        g_string_truncate(e->out, before);
        return false;
    }
    g_string_append_c(e->out, '>');
    return true;
}

/* --- links, pictures, marks --------------------------------------------------------- */

static void
append_link(struct emitter *e, const GumboElement *element)
{
    const char *href = html_attribute(element, "href");
    g_autofree char *url = href ? url_link(slice_from(href)) : NULL;
    if (!url)
        return;
    html_append_attribute(e->out, "href", url);
    html_append_attribute(e->out, "rel", "noopener noreferrer nofollow");
    html_append_attribute(e->out, "target", "_blank");
}

/* An address that this function has made before: the prefix and an encoded content-id. */
static bool
is_own(const struct emitter *e, const char *src)
{
    const char *prefix = e->options->cid_prefix;
    if (!prefix || !g_str_has_prefix(src, prefix) || !src[strlen(prefix)])
        return false;
    for (const char *p = src + strlen(prefix); *p; p++)
        if (!g_ascii_isalnum(*p) && !strchr("%-_~.", *p))
            return false;
    return !strstr(src + strlen(prefix), "..");
}

static char *
own_address(const struct emitter *e, const char *src)
{
    if (is_own(e, src))
        return g_strdup(src);
    g_autofree char *id = url_content_id(slice_from(src));
    if (!id || !e->options->cid_prefix)
        return url_data_image(slice_from(src));
    g_autofree char *encoded = g_uri_escape_string(id, NULL, FALSE);
    g_autofree char *address = g_strconcat(e->options->cid_prefix, encoded, NULL);
    return is_own(e, address) ? g_steal_pointer(&address) : NULL;
}

static void
append_picture(struct emitter *e, const GumboElement *element)
{
    const char *src = html_attribute(element, "src");
    g_autofree char *own = src ? own_address(e, src) : NULL;
    if (own) {
        html_append_attribute(e->out, "src", own);
        return;
    }
    g_autofree char *remote = src ? url_remote_image(slice_from(src)) : NULL;
    const char *kept = html_attribute(element, "data-remote-src");
    if (!remote && kept)
        remote = url_remote_image(slice_from(kept));
    if (!remote)
        return;
    e->remote_images += !e->options->remote_images;
    html_append_attribute(e->out, e->options->remote_images ? "src" : "data-remote-src",
                          remote);
}

static const char *
mark_of(const GumboElement *element, const char *name)
{
    static const char *const words[] = {
        [HTML_MARK_QUOTE] = "quote",         [HTML_MARK_ATTRIBUTION] = "attribution",
        [HTML_MARK_SIGNATURE] = "signature", [HTML_MARK_BLOCKQUOTE] = "blockquote",
        [HTML_MARK_FORWARD] = "forward",
    };
    const char *had = html_attribute(element, "data-mark");
    for (size_t i = 0; had && i < G_N_ELEMENTS(words); i++)
        if (strcmp(had, words[i]) == 0)
            return words[i];

    struct html_marking marking;
    struct html_naming naming = html_naming_of(element, name);
    return html_marking_find(&naming, &marking) ? words[marking.mark] : NULL;
}

/* --- quotes that fold ------------------------------------------------------------------ */

static void
begin_fold(struct emitter *e, const void *node)
{
    if (!e->folds)
        return;
    enum html_fold_step step = html_folds_step(e->folds, node);
    if (step == HTML_FOLD_END)
        g_string_append(e->out, "</details>");
    if (step != HTML_FOLD_BEGIN)
        return;
    e->folded++;
    html_append_fold(e->out, e->options->fold_label);
}

/* --- the walk ----------------------------------------------------------------------- */

static bool
enter(void *context, const GumboElement *element, size_t index)
{
    struct emitter *e = context;
    const struct html_tag *tag = html_tag_at(index);
    begin_fold(e, element);
    if (e->folds)
        html_folds_enter(e->folds, element);
    g_string_append_printf(e->out, "<%s", tag->name);
    append_style(e, element, tag->name);
    append_attributes(e, element, any);
    append_attributes(e, element, attributes_of(element, tag));
    if (element->tag == GUMBO_TAG_A)
        append_link(e, element);
    if (element->tag == GUMBO_TAG_IMG)
        append_picture(e, element);
    const char *mark = mark_of(element, tag->name);
    if (mark)
        html_append_attribute(e->out, "data-mark", mark);
    g_string_append_c(e->out, '>');
    /* The parser drops a line end here; without one it would drop the text's own. */
    if (element->tag == GUMBO_TAG_PRE)
        g_string_append_c(e->out, '\n');
    return true;
}

static void
leave(void *context, const GumboElement *element, size_t index)
{
    struct emitter *e = context;
    (void)element;
    const struct html_tag *tag = html_tag_at(index);
    if (e->folds && html_folds_leave(e->folds))
        g_string_append(e->out, "</details>");
    if (!(tag->flags & HTML_VOID))
        g_string_append_printf(e->out, "</%s>", tag->name);
}

static void
text(void *context, const char *p)
{
    struct emitter *e = context;
    begin_fold(e, p);
    html_append_escaped(e->out, slice_from(p), false);
}

/* One round: what is allowed of this markup. */
static GString *
emit(struct slice html, const struct html_clean_options *options, HtmlCleaned *facts)
{
    static const struct html_visitor visitor = { enter, leave, text };
    struct emitter e = { .out = g_string_sized_new(MIN(html.n, LIMIT_HTML_BYTES)),
                         .options = options };
    unsigned cut = 0;
    g_autoptr(HtmlTree) tree = html_tree_parse(html, &cut);
    g_autoptr(HtmlFolds) folds =
        options->n_folds ? html_folds_find(tree, options->folds, options->n_folds) : NULL;
    g_autoptr(HtmlSheet) sheet = html_sheet_read(html);
    e.folds = folds;
    e.sheet = sheet;
    const GumboElement *body = html_tree_body(tree);
    bool wrapped = body && begin_body(&e, body);
    html_tree_walk(tree, &visitor, &e);
    if (folds && html_folds_leave(folds))
        g_string_append(e.out, "</details>");
    if (wrapped)
        g_string_append(e.out, "</div>");
    g_free(e.link);
    facts->cut |= cut;
    facts->remote_images = e.remote_images;
    facts->folded = e.folded;
    return e.out;
}

/* Where no round reproduces itself: the words, in a shape that does. */
static GString *
text_only(struct slice html)
{
    g_auto(HtmlText) plain = html_text_make(html, 0);
    GString *out = g_string_new("<div style=\"white-space: pre-wrap\">");
    if (plain.n > LIMIT_HTML_BYTES / 8) { /* each byte may be written as five */
        const char *end = plain.text + LIMIT_HTML_BYTES / 8;
        while (((unsigned char)*end & 0xC0) == 0x80)
            end--;
        plain.text[end - plain.text] = '\0';
    }
    html_append_escaped(out, slice_from(plain.text), false);
    g_string_append(out, "</div>");
    return out;
}

HtmlCleaned
html_clean(struct slice html, const struct html_clean_options *options)
{
    HtmlCleaned made = { 0 }, again = { 0 };
    struct html_clean_options unfolded = *options;
    unfolded.n_folds = 0; /* its places are those of the text as it came */
    GString *out = emit(html, options, &made);
    bool stable = false;
    for (int round = 0; round < ROUNDS && !stable; round++) {
        GString *next = emit((struct slice){ out->str, out->len }, &unfolded, &again);
        stable = g_string_equal(out, next);
        made.cut |= again.cut;
        g_string_free(out, TRUE);
        out = next;
    }
    if (!stable) {
        g_string_free(out, TRUE);
        out = text_only(html);
        made.text_only = true;
        made.folded = 0;
    }
    made.n = out->len;
    made.html = g_string_free(out, FALSE);
    return made;
}

void
html_cleaned_clear(HtmlCleaned *cleaned)
{
    g_clear_pointer(&cleaned->html, g_free);
    cleaned->n = 0;
}
