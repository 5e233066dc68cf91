/* The fields of a request: "version \\n name: value \\n …". What passes the guard can be read
   in one way only. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "portald/server/guard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What two parsers must agree on, counted in another way than the guard does. */
struct seen {
    unsigned lengths, encodings, hosts;
};

static void
count(struct seen *seen, const char *name, const char *value)
{
    if (g_ascii_strcasecmp(name, "Content-Length") == 0) {
        g_autofree char *again =
            g_strdup_printf("%" G_GUINT64_FORMAT, g_ascii_strtoull(value, NULL, 10));
        const char *digits = value;
        while (digits[0] == '0' && digits[1])
            digits++;
        g_assert_cmpstr(digits, ==, again);
        seen->lengths++;
    } else if (g_ascii_strcasecmp(name, "Transfer-Encoding") == 0) {
        g_assert_true(g_ascii_strcasecmp(value, "chunked") == 0);
        seen->encodings++;
    } else if (g_ascii_strcasecmp(name, "Host") == 0) {
        g_assert_null(strpbrk(value, " \t;,/?#@\"'<>\\"));
        seen->hosts++;
    }
}

static void
check_fields(struct slice fields, const struct guard *guard)
{
    struct seen seen = { 0 };
    struct slice line;

    while (slice_next_line(&fields, &line)) {
        const char *colon = line.n ? memchr(line.p, ':', line.n) : NULL;
        if (!colon)
            continue;
        size_t name_n = (size_t)(colon - line.p);
        g_autofree char *name = slice_dup(slice_sub(line, 0, name_n));
        g_autofree char *value = slice_dup(slice_sub(line, name_n + 1, line.n));
        g_assert_cmpuint(strlen(name), ==, name_n); /* no NUL came through */
        g_assert_cmpuint(strlen(value), ==, line.n - name_n - 1);
        g_assert_null(strpbrk(name, " \t\r\n:"));
        g_assert_null(strpbrk(value, "\r\n"));
        count(&seen, name, value);
    }
    g_assert_cmpuint(seen.lengths + seen.encodings, <=, 1);
    g_assert_cmpuint(seen.hosts, <=, 1);
    g_assert_true(guard->chunked == (seen.encodings == 1));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = { (const char *)data, size }, line = { 0 };
    struct guard guard = { 0 };

    if (!slice_next_line(&rest, &line))
        return 0;
    g_autofree char *version = slice_dup(line);
    struct slice fields = rest;
    while (slice_next_line(&rest, &line)) {
        const char *colon = line.n ? memchr(line.p, ':', line.n) : NULL;
        if (!colon)
            continue;
        size_t name_n = (size_t)(colon - line.p);
        guard_see(&guard, slice_sub(line, 0, name_n),
                  slice_sub(line, name_n + 1, line.n));
    }
    if (!guard_problem(&guard, version))
        check_fields(fields, &guard);
    return 0;
}
