#include "common/mail/flowed.h"

#include <glib.h>
#include <string.h>

/* One line taken apart: its quote depth, and its text without stuffing (§4.4). */
struct flowed_line {
    size_t depth;
    const char *p;
    size_t n;
};

static struct flowed_line
take_apart(const char *line, size_t n)
{
    struct flowed_line l = { 0, line, n };
    while (l.n && *l.p == '>') {
        l.depth++;
        l.p++;
        l.n--;
    }
    if (l.n && *l.p == ' ') {
        l.p++;
        l.n--;
    }
    return l;
}

static bool
is_signature(struct flowed_line l)
{
    return l.n == 3 && memcmp(l.p, "-- ", 3) == 0;
}

static void
append_prefix(GString *out, size_t depth)
{
    for (size_t i = 0; i < depth; i++)
        g_string_append_c(out, '>');
    if (depth)
        g_string_append_c(out, ' ');
}

char *
flowed_join(const char *text, bool delsp)
{
    GString *out = g_string_sized_new(strlen(text) + 16);
    bool open = false; /* the line before flows into this one */
    size_t depth = 0;

    for (const char *p = text; *p;) {
        size_t n = strcspn(p, "\n");
        struct flowed_line l = take_apart(p, n);
        bool more = p[n] == '\n';
        p += n + more;

        if (open && (l.depth != depth || is_signature(l))) {
            g_string_append_c(out, '\n'); /* §4.5: a paragraph ends with its depth */
            open = false;
        }
        if (!open)
            append_prefix(out, l.depth);
        depth = l.depth;
        open = l.n && l.p[l.n - 1] == ' ' && !is_signature(l) && more;
        g_string_append_len(out, l.p, (gssize)(open && delsp ? l.n - 1 : l.n));
        if (!open && more)
            g_string_append_c(out, '\n');
    }
    return g_string_free(out, false);
}
