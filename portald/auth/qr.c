#include "portald/auth/qr.h"

#include <glib.h>
#include <qrencode.h>

#define QUIET 4

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QRcode, QRcode_free)

/* One rectangle for each run of black modules in a row. */
static void
append_row(GString *svg, const unsigned char *row, int width, int y)
{
    for (int x = 0; x < width;) {
        int n = 0;
        while (x + n < width && (row[x + n] & 1))
            n++;
        if (n)
            g_string_append_printf(svg, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, n, n);
        x += n ? n : 1;
    }
}

char *
qr_svg(const char *text, const char *label)
{
    g_autoptr(QRcode) code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (!code)
        return NULL;

    int side = code->width + 2 * QUIET;
    g_autofree char *name = g_markup_escape_text(label, -1);
    GString *svg = g_string_new(NULL);
    g_string_append_printf(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
        "width=\"240\" height=\"240\" role=\"img\" "
        "aria-label=\"%s\" shape-rendering=\"crispEdges\">"
        "<path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path fill=\"#000\" d=\"",
        side, side, name, side, side);
    for (int y = 0; y < code->width; y++)
        append_row(svg, code->data + (ptrdiff_t)y * code->width, code->width, y);
    g_string_append(svg, "\"/></svg>");
    return g_string_free(svg, FALSE);
}
