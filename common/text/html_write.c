#include "common/text/html_write.h"

void
html_append_escaped(GString *out, struct slice text, bool value)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        switch (c) {
        case '&':
            g_string_append(out, "&amp;");
            break;
        case '<':
            g_string_append(out, "&lt;");
            break;
        case '>':
            g_string_append(out, "&gt;");
            break;
        case '"':
            g_string_append(out, value ? "&quot;" : "\"");
            break;
        default:
            if (((unsigned char)c < 0x20 && c != '\n' && c != '\t') || c == 0x7F)
                c = ' ';
            g_string_append_c(out, c);
        }
    }
}

void
html_append_attribute(GString *out, const char *name, const char *value)
{
    g_string_append_printf(out, " %s=\"", name);
    html_append_escaped(out, slice_from(value), true);
    g_string_append_c(out, '"');
}

void
html_append_fold(GString *out, const char *label)
{
    g_string_append(out, "<details data-mark=\"quote\"><summary>");
    html_append_escaped(out, slice_from(label ? label : "…"), false);
    g_string_append(out, "</summary>");
}
