#include "common/text/html_write.h"

/* The bytes of a code point at text.p[i] that HTML has no way to write: C1 controls and what
   is no character. 0 for all others. */
static size_t
unwritable(struct slice text, size_t i)
{
    unsigned char c = (unsigned char)text.p[i];
    if (c < 0xC2)
        return 0;
    size_t n = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    struct slice one = slice_sub(text, i, i + n);
    gunichar code = g_utf8_get_char_validated(one.p, (gssize)one.n);
    return code <= 0x10FFFF
                   && (code < 0xA0 || (code >= 0xFDD0 && code <= 0xFDEF)
                       || (code & 0xFFFE) == 0xFFFE)
               ? n
               : 0;
}

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
            if (unwritable(text, i)) {
                g_string_append(out, "\xEF\xBF\xBD");
                i += unwritable(text, i) - 1;
                break;
            }
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
