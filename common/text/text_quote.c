#include <glib.h>
#include <string.h>

#include "common/text/text.h"

#define QUOTE_COLUMNS 72

/* The columns that the character at p takes, and in *ret_n its bytes; a byte that is not
   UTF-8 counts as one of each. */
static size_t
character(struct slice s, size_t at, size_t *ret_n)
{
    gunichar c = g_utf8_get_char_validated(s.p + at, (gssize)(s.n - at));
    if (c == (gunichar)-1 || c == (gunichar)-2) {
        *ret_n = 1;
        return 1;
    }
    *ret_n = (size_t)g_unichar_to_utf8(c, NULL);
    if (g_unichar_iszerowidth(c))
        return 0;
    return g_unichar_iswide(c) ? 2 : 1;
}

/* How many bytes of the line fit into the columns: up to the last space before they end,
   or the first behind a word that is too wide. */
static size_t
fitting(struct slice line, size_t columns)
{
    size_t space = 0, width = 0;
    for (size_t i = 0, n = 0; i < line.n; i += n) {
        width += character(line, i, &n);
        if (width > columns && space)
            return space;
        if (line.p[i] == ' ' && i > 0)
            space = i;
        if (width > columns && space)
            return space;
    }
    return line.n;
}

static struct slice
trim_end(struct slice line)
{
    while (line.n && strchr(" \t\r", line.p[line.n - 1]))
        line.n--;
    return line;
}

static void
append_line(GString *out, const char *mark, struct slice line)
{
    line = trim_end(line);
    if (out->len)
        g_string_append_c(out, '\n');
    g_string_append(out, mark);
    if (line.n && line.p[0] != '>')
        g_string_append_c(out, ' ');
    if (line.n)
        g_string_append_len(out, line.p, (gssize)line.n);
}

/* The marks that a quoted line begins with ("> > "): its continuations carry them too. */
static size_t
marks(struct slice line)
{
    size_t n = 0;
    while (n < line.n && (line.p[n] == '>' || (n > 0 && line.p[n] == ' ')))
        n++;
    return n > QUOTE_COLUMNS / 2 ? 0 : n;
}

static void
append_folded(GString *out, struct slice line)
{
    size_t quoted = marks(line);
    g_autofree char *again = g_strdup_printf(">%.*s", (int)quoted, quoted ? line.p : "");
    g_strchomp(again);
    size_t columns = QUOTE_COLUMNS - 2, n = fitting(line, columns);
    append_line(out, ">", slice_sub(line, 0, n));
    while (n < line.n) {
        line = slice_sub(line, n + 1, line.n);
        n = fitting(line, columns - quoted);
        append_line(out, again, slice_sub(line, 0, n));
    }
}

char *
text_quote(struct slice text)
{
    GString *out = g_string_new(NULL);
    struct slice line = { NULL, 0 };
    size_t empty = 0;
    while (slice_next_line(&text, &line)) {
        line = trim_end(line);
        if (line.n == 0) {
            empty++;
            continue;
        }
        for (; out->len && empty; empty--)
            append_line(out, ">", (struct slice){ NULL, 0 });
        empty = 0;
        append_folded(out, line);
    }
    return g_string_free(out, FALSE);
}
