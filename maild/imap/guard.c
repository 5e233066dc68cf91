#include "maild/imap/guard.h"

#include <string.h>

#include "common/base/error.h"
#include "common/base/limits.h"

void
guard_allow(struct guard *guard, uint64_t answer_bytes, uint64_t literal_bytes)
{
    guard->answer_left = answer_bytes;
    guard->literal_left = literal_bytes;
}

static struct slice
head_of(const struct guard *guard)
{
    return (struct slice){ guard->head, guard->head_n };
}

/* "* 12 FETCH (": the only answers in which we expect literals. Taking what looks like one
   elsewhere, in the free text of an OK, would let a server hide things from us. */
static bool
is_fetch(struct slice line)
{
    size_t i = 2;
    if (!slice_starts_nocase(line, "* "))
        return false;
    while (i < line.n && g_ascii_isdigit(line.p[i]))
        i++;
    return i > 2 && slice_starts_nocase(slice_sub(line, i, line.n), " FETCH (");
}

static void
begin_line(struct guard *guard)
{
    guard->head_n = 0;
    guard->depth = 0;
    guard->quoted = guard->escaped = false;
}

static bool
begin_literal(struct guard *guard, GError **error)
{
    if (guard->brace_number > guard->literal_left)
        return error_set(error, ERR_RETRY,
                         "the server announced %" G_GUINT64_FORMAT
                         " bytes, more than it was asked for",
                         guard->brace_number);
    guard->literal = guard->brace_number;
    guard->literal_left -= guard->brace_number;
    return true;
}

static bool
end_line(struct guard *guard, GError **error)
{
    struct slice line = head_of(guard);
    bool literal = guard->brace == BRACE_CLOSED && !guard->quoted && is_fetch(line);

    guard->brace = BRACE_NONE;
    if (literal)
        return begin_literal(guard, error);
    if (slice_starts_nocase(line, "* BYE")) {
        g_autofree char *words =
            slice_dup(slice_trim(slice_sub(line, strlen("* BYE"), line.n)));
        g_autofree char *valid = g_utf8_make_valid(words, -1);
        return error_set(error, ERR_RETRY, "the server said goodbye: %s", valid);
    }
    begin_line(guard);
    return true;
}

/* The size of a literal stands in braces at the very end of a line. */
static void
follow_brace(struct guard *guard, char c)
{
    if (c == '{') {
        guard->brace = BRACE_DIGITS;
        guard->brace_number = 0;
    } else if (guard->brace == BRACE_DIGITS && g_ascii_isdigit(c)) {
        guard->brace_number =
            MIN(guard->brace_number, UINT64_MAX / 100) * 10 + (uint64_t)(c - '0');
    } else if (guard->brace == BRACE_DIGITS && c == '}') {
        guard->brace = BRACE_CLOSED;
    } else if (c != '\r') {
        guard->brace = BRACE_NONE;
    }
}

static bool
follow_nesting(struct guard *guard, char c, GError **error)
{
    if (guard->quoted) {
        guard->quoted = guard->escaped || c != '"';
        guard->escaped = !guard->escaped && c == '\\';
    } else if (c == '"') {
        guard->quoted = true;
    } else if (c == '(' && ++guard->depth > LIMIT_IMAP_DEPTH) {
        return error_set(error, ERR_RETRY, "the server nests its answer too deeply");
    } else if (c == ')' && guard->depth > 0) {
        guard->depth--;
    }
    return true;
}

static bool
feed_byte(struct guard *guard, char c, GError **error)
{
    if (guard->answer_left == 0)
        return error_set(error, ERR_RETRY, "the server does not stop talking");
    guard->answer_left--;
    if (c == '\n')
        return end_line(guard, error);
    if (guard->head_n < GUARD_HEAD)
        guard->head[guard->head_n++] = c;
    follow_brace(guard, c);
    return follow_nesting(guard, c, error);
}

bool
guard_feed(struct guard *guard, struct slice bytes, GError **error)
{
    for (size_t i = 0; i < bytes.n;) {
        if (guard->literal > 0) {
            size_t skip = (size_t)MIN(guard->literal, (uint64_t)(bytes.n - i));
            guard->literal -= skip;
            i += skip;
        } else if (!feed_byte(guard, bytes.p[i++], error)) {
            return false;
        }
    }
    return true;
}
