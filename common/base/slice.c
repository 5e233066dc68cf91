#include "common/base/slice.h"

#include <glib.h>
#include <string.h>

struct slice
slice_from(const char *text)
{
    return (struct slice){ text, text ? strlen(text) : 0 };
}

struct slice
slice_sub(struct slice s, size_t from, size_t to)
{
    to = MIN(to, s.n);
    from = MIN(from, to);
    return s.p ? (struct slice){ s.p + from, to - from } : s;
}

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice
slice_trim(struct slice s)
{
    while (s.n && is_space(s.p[s.n - 1]))
        s.n--;
    while (s.n && is_space(s.p[0]))
        s = slice_sub(s, 1, s.n);
    return s;
}

bool
slice_equal(struct slice a, struct slice b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
slice_starts_nocase(struct slice s, const char *prefix)
{
    size_t n = strlen(prefix);
    return s.n >= n && g_ascii_strncasecmp(s.p, prefix, n) == 0;
}

bool
slice_equal_nocase(struct slice a, const char *b)
{
    return a.n == strlen(b) && (a.n == 0 || g_ascii_strncasecmp(a.p, b, a.n) == 0);
}

bool
slice_next_line(struct slice *rest, struct slice *ret_line)
{
    if (rest->n == 0)
        return false;

    const char *lf = memchr(rest->p, '\n', rest->n);
    size_t end = lf ? (size_t)(lf - rest->p) : rest->n;
    size_t text = end > 0 && rest->p[end - 1] == '\r' && lf ? end - 1 : end;
    *ret_line = slice_sub(*rest, 0, text);
    *rest = slice_sub(*rest, lf ? end + 1 : end, rest->n);
    return true;
}

char *
slice_dup(struct slice s)
{
    return s.n ? g_strndup(s.p, s.n) : g_strdup("");
}
