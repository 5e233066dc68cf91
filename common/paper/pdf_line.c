#include "common/paper/pdf_line.h"

#include <string.h>

#include "common/text/html_url.h"
#include "common/text/text_link.h"

static double
points(int units)
{
    return (double)units / PANGO_SCALE;
}

/* An address in the one form that needs no escaping in Cairo's attributes nor in a PDF's
   strings, which Cairo 1.16 writes as they are. */
static char *
plain_address(const struct text_link *link, struct slice words)
{
    g_autofree char *text = slice_dup(words);
    g_autofree char *whole = g_strconcat(link->scheme, text, NULL);
    g_autofree char *url = url_link(slice_from(whole));
    GString *plain = g_string_new(NULL);
    for (const char *p = url ? url : ""; *p; p++) {
        if (g_ascii_isalnum(*p) || strchr("-._~:/?#[]@!$&*+,;=%", *p))
            g_string_append_c(plain, *p);
        else
            g_string_append_printf(plain, "%%%02X", (unsigned char)*p);
    }
    return g_string_free(plain, FALSE);
}

/* A number as Cairo's attributes want it, whatever the locale. */
static void
append_number(GString *out, double number)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_c(out, ' ');
    g_string_append(out, g_ascii_formatd(text, sizeof text, "%.2f", number));
}

static void
draw_link(cairo_t *cairo, PangoLayoutLine *line, int from, int to, const char *url,
          const double box[static 3])
{
    int *ranges = NULL, n = 0;
    g_autoptr(GString) attributes = g_string_new("rect=[");
    pango_layout_line_get_x_ranges(line, from, to, &ranges, &n);
    for (int i = 0; i < n; i++) {
        append_number(attributes, box[0] + points(ranges[2 * i]));
        append_number(attributes, box[1]);
        append_number(attributes, points(ranges[2 * i + 1] - ranges[2 * i]));
        append_number(attributes, box[2]);
    }
    g_free(ranges);
    g_string_append_printf(attributes, " ] uri='%s'", url);
    if (n == 0)
        return;
    cairo_tag_begin(cairo, CAIRO_TAG_LINK, attributes->str);
    cairo_tag_end(cairo, CAIRO_TAG_LINK);
}

/* Links of the paragraph that this line is of, the parts that lie in the line. */
static void
draw_links(cairo_t *cairo, PangoLayout *layout, PangoLayoutLine *line,
           const double box[static 3])
{
    struct slice text = slice_from(pango_layout_get_text(layout));
    size_t from = (size_t)line->start_index, to = from + (size_t)line->length,
           begin = from;
    struct text_link link;
    while (begin > 0 && text.p[begin - 1] != '\n')
        begin--;
    for (; text_link_next(text, begin, &link) && link.from < to; begin = link.to) {
        if (link.to <= from)
            continue;
        g_autofree char *url = plain_address(&link, slice_sub(text, link.from, link.to));
        if (*url)
            draw_link(cairo, line, (int)MAX(link.from, from), (int)MIN(link.to, to), url,
                      box);
    }
}

void
pdf_line_draw(cairo_t *cairo, PangoLayout *layout, PangoLayoutIter *iter, double x,
              double y)
{
    PangoRectangle box;
    PangoLayoutLine *line = pango_layout_iter_get_line_readonly(iter);
    pango_layout_iter_get_line_extents(iter, NULL, &box);
    double baseline = y + points(pango_layout_iter_get_baseline(iter) - box.y);
    cairo_move_to(cairo, x + points(box.x), baseline);
    pango_cairo_show_layout_line(cairo, line);
    draw_links(cairo, layout, line, (double[]){ x, y, points(box.height) });
}
