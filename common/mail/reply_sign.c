/* Signatures: "-- ", a device's line, "-Name", a list's footer.
 *
 * "Kind regards, Ann" is left: people's closing words are theirs, and which line of an
 * address block is the first that doesn't matter is anybody's guess. */
#include "common/mail/reply_lines.h"

#include <string.h>

#include "common/mail/reply_words.h"

enum {
    LOOSE_LINES = 15, /* a signature behind "--" without its blank; longer: it is text */
    FOOTER_LINES = 8, /* of a mailing list */
};

static bool
is_new(const struct line *line)
{
    return line->kind == LINE_NEW;
}

static void
sign(GArray *lines, size_t from, size_t to)
{
    while (to > from && line_blank(line_at(lines, to - 1)))
        to--; /* the blank line parts what stays */
    for (size_t i = from; i < to; i++)
        if (is_new(line_at(lines, i)))
            line_at(lines, i)->kind = LINE_SIGNATURE;
}

/* The end of the run of new lines that i is in. */
static size_t
run_end(const GArray *lines, size_t i, size_t limit)
{
    while (i < limit && is_new(line_at(lines, i)))
        i++;
    return i;
}

/* At most `most` lines with something on them, and not hidden in a sea of blank ones. */
static bool
is_short(const GArray *lines, size_t from, size_t to, size_t most)
{
    size_t n = 0;
    if (to - from > 4 * most)
        return false;
    for (size_t i = from; i < to; i++)
        n += !line_blank(line_at(lines, i));
    return n <= most;
}

static bool
is_rule_of(struct slice s, char c, size_t least)
{
    if (s.n < least)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != c)
            return false;
    return true;
}

/* RFC 3676 §4.3: "-- " alone on a line; mail clients also lose its blank. */
static bool
is_delimiter(const struct line *line, bool *ret_strict)
{
    *ret_strict = slice_equal(line->whole, (struct slice){ "-- ", 3 });
    return *ret_strict || slice_equal(line->content, (struct slice){ "--", 2 });
}

static void
take_delimited(GArray *lines, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        bool strict;
        struct slice content = line_at(lines, i)->content;
        if (is_delimiter(line_at(lines, i), &strict)
            && (strict || is_short(lines, i, to, LOOSE_LINES))) {
            sign(lines, i, to);
            return;
        }
        if (is_rule_of(content, '_', 20) && is_short(lines, i, to, FOOTER_LINES)) {
            sign(lines, i, to);
            return;
        }
    }
}

/* "-Ann", "- Ann Example": the last line, behind a blank one. */
static bool
is_dash_name(const GArray *lines, size_t i, size_t from)
{
    struct slice s = line_at(lines, i)->content;
    if (s.n < 2 || s.n > 40 || s.p[0] != '-' || s.p[1] == '-' || i == from
        || !line_blank(line_at(lines, i - 1)))
        return false;
    struct slice name = slice_trim(slice_sub(s, 1, s.n));
    if (name.n == 0 || !g_utf8_validate(name.p, (gssize)name.n, NULL)
        || !g_unichar_isupper(g_utf8_get_char(name.p)))
        return false;
    size_t words = 1;
    for (const char *p = name.p; p < name.p + name.n; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        words += c == ' ';
        if (!g_unichar_isalpha(c) && (c >= 128 || !strchr(" .'-", (char)c)))
            return false;
    }
    return words <= 3;
}

/* Lines at the end that a device or program wrote. */
static void
take_trailing(GArray *lines, size_t from, size_t to)
{
    size_t signature = to;
    for (size_t i = to; i > from; i--) {
        const struct line *line = line_at(lines, i - 1);
        if (line_blank(line))
            continue;
        if (!is_dash_name(lines, i - 1, from)) {
            if (line->content.n > 200)
                break;
            g_autofree char *folded = words_fold(line->content);
            if (!words_sent_from(folded))
                break;
        }
        signature = i - 1;
    }
    sign(lines, signature, to);
}

void
lines_take_signatures(GArray *lines, size_t limit)
{
    for (size_t i = 0; i < limit; i++)
        if (is_new(line_at(lines, i)) && line_at(lines, i)->signed_)
            line_at(lines, i)->kind = LINE_SIGNATURE;
    for (size_t i = 0; i < limit;) {
        if (!is_new(line_at(lines, i))) {
            i++;
            continue;
        }
        size_t end = run_end(lines, i, limit);
        take_delimited(lines, i, end);
        take_trailing(lines, i, run_end(lines, i, limit));
        i = end;
    }
}
