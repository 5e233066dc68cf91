#include "common/paper/pdf.h"

#include <cairo-pdf.h>
#include <fontconfig/fontconfig.h>
#include <pango/pangocairo.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/paper/paper_text.h"
#include "common/paper/pdf_lang.h"
#include "common/paper/pdf_line.h"

/* Points, 72 to the inch. */
#define MARGIN 56.0
#define FOOT 34.0 /* of its line, from the paper's lower edge */
#define LINE_BYTES                                                                       \
    600              /* of what must be one line, which has room for about 120 letters */
#define LABELS 110.0 /* how wide they stand */
#define LEADING 1.12 /* height of a line, of the font's own */

static const struct {
    PangoWeight weight;
    double size;
    double red, green, blue;
} styles[PDF_STYLES] = {
    [PDF_TITLE] = { PANGO_WEIGHT_BOLD, 17.0, 0.118, 0.161, 0.231 },
    [PDF_NAME] = { PANGO_WEIGHT_BOLD, 10.0, 0.118, 0.161, 0.231 },
    [PDF_BODY] = { PANGO_WEIGHT_NORMAL, 10.0, 0.118, 0.161, 0.231 },
    [PDF_QUOTE] = { PANGO_WEIGHT_NORMAL, 9.0, 0.392, 0.455, 0.545 },
    [PDF_SMALL] = { PANGO_WEIGHT_NORMAL, 8.5, 0.337, 0.396, 0.478 },
};

/* Fontconfig would take other families for a script than the one that fits the Latin. */
#define FAMILIES                                                                         \
    "Noto Sans, Noto Sans Arabic, Noto Sans Hebrew, Noto Sans Devanagari, "              \
    "Noto Sans Thai, Noto Sans CJK "

struct Pdf {
    struct pdf_options options;
    double width, height, y;
    unsigned page; /* that is being written, from 1 */
    bool full;
    GByteArray *out;
    cairo_surface_t *surface; /* NULL with cairo: pages are only counted */
    cairo_t *cairo;
    PangoContext *context;
    PangoLayout *flow, *line; /* for text, and for what must be one line */
};

/* --- layouts ------------------------------------------------------------------------- */

static bool
is_right_to_left(const char *locale)
{
    PangoDirection direction = PANGO_DIRECTION_LTR;
    for (const char *const *p = (const char *const[]){ "ar", "fa", "he", "ur", NULL }; *p;
         p++)
        if (g_str_has_prefix(locale, *p) && !g_ascii_isalpha(locale[2]))
            direction = PANGO_DIRECTION_RTL;
    return direction == PANGO_DIRECTION_RTL;
}

/* Of the thread's own fonts, which Pango keeps from one file to the next. */
static PangoContext *
new_context(const char *locale)
{
    PangoContext *context =
        pango_font_map_create_context(pango_cairo_font_map_get_default());
    cairo_font_options_t *options = cairo_font_options_create();
    /* Letters stand where they belong, not where a screen has its pixels. */
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context, options);
    cairo_font_options_destroy(options);
    pango_context_set_round_glyph_positions(context, FALSE);
    pango_context_set_language(context, pango_language_from_string(locale));
    pango_context_set_base_dir(context, is_right_to_left(locale) ? PANGO_DIRECTION_RTL
                                                                 : PANGO_DIRECTION_LTR);
    return context;
}

/* Chinese, Japanese and Korean share code points that they write differently. */
static const char *
families_for(const char *locale)
{
    if (g_str_has_prefix(locale, "zh"))
        return strstr(locale, "TW") || strstr(locale, "Hant") ? FAMILIES "TC"
                                                              : FAMILIES "SC";
    return g_str_has_prefix(locale, "ko") ? FAMILIES "KR" : FAMILIES "JP";
}

static void
set_style(const Pdf *pdf, PangoLayout *layout, enum pdf_style style)
{
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family_static(font, families_for(pdf->options.locale));
    pango_font_description_set_weight(font, styles[style].weight);
    pango_font_description_set_absolute_size(font, styles[style].size * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
}

static void
set_colour(Pdf *pdf, enum pdf_style style)
{
    if (pdf->cairo)
        cairo_set_source_rgb(pdf->cairo, styles[style].red, styles[style].green,
                             styles[style].blue);
}

static double
text_width(const Pdf *pdf)
{
    return pdf->width - 2 * MARGIN;
}

static GString *
clean_line(const char *text)
{
    GString *clean = paper_text_clean(slice_sub(slice_from(text), 0, LINE_BYTES));
    g_strdelimit(clean->str, "\n", ' ');
    return clean;
}

/* Set one line of text, no wider than `width`; returns how wide it is. */
static double
set_line(Pdf *pdf, enum pdf_style style, const char *text, double width)
{
    int units;
    g_autoptr(GString) clean = clean_line(text);
    set_style(pdf, pdf->line, style);
    pango_layout_set_width(pdf->line, (int)(width * PANGO_SCALE));
    pango_layout_set_text(pdf->line, clean->str, -1);
    pango_layout_get_size(pdf->line, &units, NULL);
    return MIN((double)units / PANGO_SCALE, width);
}

struct end {
    enum pdf_style style;
    const char *text;
};

/* The baseline of a line whose top is y. */
static double
baseline_of(struct end first, struct end last, double y)
{
    return y + 1.07 * MAX(styles[first.style].size, styles[last.style].size);
}

/* Draw the line that was set last, `width` wide, that far from where lines begin. */
static void
draw_line(Pdf *pdf, enum pdf_style style, double width, double from, double baseline)
{
    double x = MARGIN + from;
    if (is_right_to_left(pdf->options.locale))
        x = pdf->width - MARGIN - from - width;
    if (!pdf->cairo)
        return;
    pango_layout_set_width(pdf->line, (int)((width + 1) * PANGO_SCALE));
    set_colour(pdf, style);
    cairo_move_to(pdf->cairo, x,
                  baseline - (double)pango_layout_get_baseline(pdf->line) / PANGO_SCALE);
    pango_cairo_show_layout(pdf->cairo, pdf->line);
}

static void
draw_ends(Pdf *pdf, struct end first, struct end last, double y)
{
    double baseline = baseline_of(first, last, y);
    double wide = set_line(pdf, last.style, last.text, text_width(pdf) / 2);
    draw_line(pdf, last.style, wide, text_width(pdf) - wide, baseline);
    wide = set_line(pdf, first.style, first.text, text_width(pdf) - wide - 12);
    draw_line(pdf, first.style, wide, 0, baseline);
}

/* --- pages --------------------------------------------------------------------------- */

static void
begin_page(Pdf *pdf)
{
    pdf->page++;
    pdf->y = MARGIN;
    if (pdf->page > 1)
        draw_ends(pdf, (struct end){ PDF_SMALL, pdf->options.head },
                  (struct end){ PDF_SMALL, pdf->options.author }, MARGIN - 22);
}

static void
end_page(Pdf *pdf)
{
    g_autofree char *number = g_strdup_printf("%u/%u", pdf->page, pdf->options.pages);
    draw_ends(pdf, (struct end){ PDF_SMALL, pdf->options.foot },
              (struct end){ PDF_SMALL, number }, pdf->height - FOOT);
    if (pdf->cairo)
        cairo_show_page(pdf->cairo);
}

static double
room(const Pdf *pdf)
{
    return pdf->height - MARGIN - pdf->y;
}

void
pdf_keep(Pdf *pdf, double points)
{
    if (room(pdf) >= points || pdf->y <= MARGIN || pdf->full)
        return;
    if (pdf->page == LIMIT_PAPER_PAGES) {
        pdf->full = true;
        return;
    }
    end_page(pdf);
    begin_page(pdf);
}

static cairo_status_t
take_bytes(void *data, const unsigned char *bytes, unsigned n)
{
    g_byte_array_append(data, bytes, n);
    return CAIRO_STATUS_SUCCESS;
}

static void
open_file(Pdf *pdf)
{
    pdf->out = g_byte_array_new();
    pdf->surface = cairo_pdf_surface_create_for_stream(take_bytes, pdf->out, pdf->width,
                                                       pdf->height);
    pdf->cairo = cairo_create(pdf->surface);
    g_autoptr(GString) title = clean_line(pdf->options.title);
    g_autoptr(GString) author = clean_line(pdf->options.author);
    cairo_pdf_surface_set_metadata(pdf->surface, CAIRO_PDF_METADATA_TITLE, title->str);
    cairo_pdf_surface_set_metadata(pdf->surface, CAIRO_PDF_METADATA_AUTHOR, author->str);
    cairo_pdf_surface_set_metadata(pdf->surface, CAIRO_PDF_METADATA_CREATOR, "Postern");
}

Pdf *
pdf_new(const struct pdf_options *options)
{
    Pdf *pdf = g_new0(Pdf, 1);
    pdf->options = *options;
    pdf->width = options->letter ? 612 : 595.276;
    pdf->height = options->letter ? 792 : 841.89;
    if (options->pages)
        open_file(pdf);
    pdf->context = new_context(options->locale);
    pdf->flow = pango_layout_new(pdf->context);
    pango_layout_set_wrap(pdf->flow, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_width(pdf->flow, (int)(text_width(pdf) * PANGO_SCALE));
    /* The side of paragraphs in the page's direction; Pango puts others to the other. */
    if (is_right_to_left(options->locale))
        pango_layout_set_alignment(pdf->flow, PANGO_ALIGN_RIGHT);
    pdf->line = pango_layout_new(pdf->context);
    pango_layout_set_ellipsize(pdf->line, PANGO_ELLIPSIZE_END);
    pango_layout_set_single_paragraph_mode(pdf->line, TRUE);
    begin_page(pdf);
    return pdf;
}

void
pdf_free(Pdf *pdf)
{
    if (!pdf)
        return;
    g_clear_object(&pdf->flow);
    g_clear_object(&pdf->line);
    g_clear_object(&pdf->context);
    g_clear_pointer(&pdf->cairo, cairo_destroy);
    g_clear_pointer(&pdf->surface, cairo_surface_destroy);
    g_clear_pointer(&pdf->out, g_byte_array_unref);
    g_free(pdf);
}

/* --- what stands on them --------------------------------------------------------------- */

/* The lines of the layout, each on the page that has room for it. */
static void
write_lines(Pdf *pdf, enum pdf_style style)
{
    g_autoptr(PangoLayoutIter) iter = pango_layout_get_iter(pdf->flow);
    do {
        PangoRectangle box;
        pango_layout_iter_get_line_extents(iter, NULL, &box);
        double height = (double)box.height / PANGO_SCALE * LEADING;
        pdf_keep(pdf, height);
        if (pdf->full)
            return;
        set_colour(pdf, style); /* a new page's head has another */
        if (pdf->cairo)
            pdf_line_draw(pdf->cairo, pdf->flow, iter, MARGIN, pdf->y);
        pdf->y += height;
    } while (pango_layout_iter_next_line(iter));
}

void
pdf_text(Pdf *pdf, enum pdf_style style, struct slice text)
{
    g_autoptr(GString) clean = paper_text_clean(text);
    struct slice rest = { clean->str, clean->len }, chunk;
    set_style(pdf, pdf->flow, style);
    while (!pdf->full && paper_text_chunk(&rest, &chunk)) {
        pango_layout_set_text(pdf->flow, chunk.p, (int)chunk.n);
        write_lines(pdf, style);
    }
}

void
pdf_ends(Pdf *pdf, enum pdf_style first_style, const char *first,
         enum pdf_style last_style, const char *last)
{
    double height = MAX(styles[first_style].size, styles[last_style].size) * 1.5;
    pdf_keep(pdf, height);
    if (pdf->full)
        return;
    draw_ends(pdf, (struct end){ first_style, first }, (struct end){ last_style, last },
              pdf->y);
    pdf->y += height;
}

void
pdf_fact(Pdf *pdf, const char *label, const char *value)
{
    struct end first = { PDF_SMALL, label }, last = { PDF_BODY, value };
    double height = styles[PDF_BODY].size * 1.5;
    pdf_keep(pdf, height);
    if (pdf->full)
        return;
    double baseline = baseline_of(first, last, pdf->y);
    double wide = set_line(pdf, first.style, label, LABELS - 8);
    draw_line(pdf, first.style, wide, 0, baseline);
    wide = set_line(pdf, last.style, value, text_width(pdf) - LABELS);
    draw_line(pdf, last.style, wide, LABELS, baseline);
    pdf->y += height;
}

void
pdf_space(Pdf *pdf, double points)
{
    pdf->y += points;
}

void
pdf_rule(Pdf *pdf)
{
    if (pdf->cairo && !pdf->full) {
        cairo_set_source_rgb(pdf->cairo, 0.886, 0.910, 0.941);
        cairo_set_line_width(pdf->cairo, 0.75);
        cairo_move_to(pdf->cairo, MARGIN, pdf->y);
        cairo_line_to(pdf->cairo, pdf->width - MARGIN, pdf->y);
        cairo_stroke(pdf->cairo);
    }
    pdf->y += 1;
}

void
pdf_mark(Pdf *pdf, const char *name)
{
    if (!pdf->cairo || pdf->full)
        return;
    char y[G_ASCII_DTOSTR_BUF_SIZE];
    g_autoptr(GString) clean = clean_line(name);
    g_autofree char *place = g_strdup_printf(
        "page=%u pos=[0 %s]", pdf->page, g_ascii_formatd(y, sizeof y, "%.2f", pdf->y));
    cairo_pdf_surface_add_outline(pdf->surface, CAIRO_PDF_OUTLINE_ROOT, clean->str, place,
                                  0);
}

bool
pdf_is_full(const Pdf *pdf)
{
    return pdf->full;
}

void
pdf_set_foot(Pdf *pdf, const char *foot)
{
    pdf->options.foot = foot;
}

unsigned
pdf_pages(const Pdf *pdf)
{
    return pdf->page;
}

GBytes *
pdf_finish(Pdf *pdf, GError **error)
{
    if (!pdf->cairo) {
        error_set(error, ERR_BUG, "a file whose pages were only counted has no bytes");
        return NULL;
    }
    end_page(pdf);
    cairo_surface_finish(pdf->surface);
    cairo_status_t status = cairo_status(pdf->cairo);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(pdf->surface);
    if (status != CAIRO_STATUS_SUCCESS) {
        error_set(error, ERR_BUG, "pdf: %s", cairo_status_to_string(status));
        return NULL;
    }
    pdf_lang_append(pdf->out, pdf->options.locale);
    return g_byte_array_free_to_bytes(g_steal_pointer(&pdf->out));
}

void
pdf_free_fonts(void)
{
    pango_cairo_font_map_set_default(NULL);
    cairo_debug_reset_static_data();
    FcFini();
}
