#include "common/mail/reply.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/mail/forward.h"
#include "common/mail/reply_lines.h"

/* --- which quotes stay ------------------------------------------------------------------ */

/* Give the lines of a quote back to the text; its frame stays cut. */
static void
keep_quote(GArray *lines, const struct block *block)
{
    for (size_t i = block->from; i < block->to; i++)
        if (line_at(lines, i)->kind == LINE_QUOTE)
            line_at(lines, i)->kind = LINE_NEW;
}

/* Decide which quotes stay: see the table in the header. */
static void
keep_answered(GArray *lines)
{
    g_autoptr(GArray) blocks = blocks_read(lines);
    size_t end = blocks->len, quotes = 0;
    while (end > 0 && block_at(blocks, end - 1)->quote)
        end--; /* what follows the last new word is cut */
    bool trailing = end < blocks->len;
    const struct block *only = NULL;
    for (size_t i = 0; i < end; i++) {
        if (block_at(blocks, i)->quote) {
            quotes++;
            only = block_at(blocks, i);
        }
    }
    if (quotes == 0 || (quotes == 1 && only->framed && !trailing))
        return;
    for (size_t i = 0; i < end; i++)
        if (block_at(blocks, i)->quote)
            keep_quote(lines, block_at(blocks, i));
}

static bool
is_word(const struct line *line)
{
    return line->kind == LINE_NEW && !line_blank(line);
}

/* --- the result --------------------------------------------------------------------- */

static void
append_line(GString *s, struct slice line)
{
    g_string_append_len(s, line.p, (gssize)line.n);
    g_string_append_c(s, '\n');
}

/* Without blank lines at its ends. */
static char *
finish(GString *s)
{
    struct slice all = { s->str, s->len }, rest = all, line;
    size_t from = 0;
    while (slice_next_line(&rest, &line) && slice_trim(line).n == 0)
        from = (size_t)(rest.p - all.p);
    g_string_erase(s, 0, (gssize)MIN(from, s->len));
    while (s->len && g_ascii_isspace(s->str[s->len - 1]))
        g_string_truncate(s, s->len - 1);
    return g_string_free(s, FALSE);
}

static bool
ends_blank(const GString *s)
{
    return s->len > 1 && s->str[s->len - 1] == '\n' && s->str[s->len - 2] == '\n';
}

ReplySplit
lines_collect(const GArray *lines, struct slice rest)
{
    GString *out[] = { g_string_new(NULL), g_string_new(NULL), g_string_new(NULL) };
    static const size_t where[] = {
        [LINE_NEW] = 0, [LINE_QUOTE] = 1, [LINE_FRAME] = 1, [LINE_SIGNATURE] = 2
    };
    bool cut = false;
    for (size_t i = 0; i < lines->len; i++) {
        const struct line *line = line_at(lines, i);
        struct slice whole = line->whole;
        if (line->new_head) {
            struct slice head = slice_trim(slice_sub(whole, 0, line->new_head));
            while (head.n && head.p[head.n - 1] == '-')
                head.n--;
            append_line(out[0], slice_trim(head));
            whole = slice_sub(whole, line->new_head, whole.n);
        }
        size_t to = where[line->kind];
        /* Where something was cut out, the blank lines around it become one. */
        cut = to == 0 ? cut && line_blank(line) : true;
        if (to == 0 && cut && ends_blank(out[0]))
            continue;
        append_line(out[to], whole);
    }
    g_string_append_len(out[1], rest.p, (gssize)rest.n);
    return (ReplySplit){ finish(out[0]), finish(out[1]), finish(out[2]) };
}

bool
lines_any_new(const GArray *lines)
{
    for (size_t i = 0; i < lines->len; i++)
        if (is_word(line_at(lines, i)) || line_at(lines, i)->new_head)
            return true;
    return false;
}

static void
unsign(GArray *lines)
{
    for (size_t i = 0; i < lines->len; i++)
        if (line_at(lines, i)->kind == LINE_SIGNATURE)
            line_at(lines, i)->kind = LINE_NEW;
}

/* The line at which byte `at` of the text begins; the end for one behind it. */
static size_t
line_of(const GArray *lines, struct slice text, size_t at)
{
    for (size_t i = 0; i < lines->len; i++)
        if ((size_t)(line_at(lines, i)->whole.p - text.p) >= at)
            return i;
    return lines->len;
}

static bool
only_blank(const GArray *lines, size_t to)
{
    for (size_t i = 0; i < to; i++)
        if (is_word(line_at(lines, i)))
            return false;
    return true;
}

/* Where a forwarded mail begins that belongs to what the sender wants to say: one that
   isn't itself part of a quote. The end when there is none. */
static size_t
forward_line(GArray *lines, const struct reply_input *in, Forwarded *ret_forwarded)
{
    if (!forward_find(in->text, in->subject, ret_forwarded))
        return lines->len;
    return line_of(lines, in->text, ret_forwarded->begins);
}

struct slice
lines_within_limit(struct slice text)
{
    if (text.n <= LIMIT_TEXT_BYTES)
        return text;
    const char *lf = memrchr(text.p, '\n', LIMIT_TEXT_BYTES);
    return slice_sub(text, 0, lf ? (size_t)(lf - text.p) + 1 : LIMIT_TEXT_BYTES);
}

/* What each line is. False when the mail is nothing but a forwarded one, whose text is
   *ret_forwarded. */
static bool
judge(GArray *lines, const struct reply_input *in, Forwarded *ret_forwarded)
{
    lines_take_regions(lines, in->text, in->regions, in->n_regions);
    lines_take_known(lines, in->known, in->n_known);

    size_t forward = forward_line(lines, in, ret_forwarded);
    lines_take_quotes(lines, forward, false);
    if (forward < lines->len && line_at(lines, forward)->kind == LINE_NEW
        && only_blank(lines, forward) && ret_forwarded->text && *ret_forwarded->text)
        return false;

    lines_take_signatures(lines, forward);
    keep_answered(lines);
    if (!lines_any_new(lines))
        unsign(lines);
    if (!lines_any_new(lines))
        lines_set_kind(lines, 0, lines->len, LINE_NEW);
    return true;
}

ReplySplit
reply_split(const struct reply_input *in)
{
    struct reply_input limited = *in;
    limited.text = lines_within_limit(in->text);
    struct slice rest = slice_sub(in->text, limited.text.n, in->text.n);
    g_autoptr(GArray) lines = lines_read(limited.text);
    g_auto(Forwarded) forwarded = { 0 };
    if (!judge(lines, &limited, &forwarded))
        return (ReplySplit){ g_steal_pointer(&forwarded.text), g_strdup(""),
                             g_strdup("") };
    return lines_collect(lines, rest);
}

/* --- the same as places --------------------------------------------------------------- */

/* Go on with the last region, or begin one. */
static void
add_region(GArray *regions, enum html_mark mark, size_t from, size_t to)
{
    struct html_region *last =
        regions->len ? &g_array_index(regions, struct html_region, regions->len - 1)
                     : NULL;
    const struct html_region region = { mark, from, to };
    if (last && last->mark == mark && last->to == from)
        last->to = to;
    else
        g_array_append_val(regions, region);
}

/* Blank lines go with the region above them, so that one quote is one region. */
static void
add_line(GArray *regions, const struct line *line, size_t from, size_t to, bool *open)
{
    if (line->kind == LINE_NEW && !(*open && line_blank(line))) {
        *open = false;
        return;
    }
    enum html_mark mark =
        line->kind == LINE_SIGNATURE ? HTML_MARK_SIGNATURE : HTML_MARK_QUOTE;
    if (line->kind == LINE_NEW)
        mark = g_array_index(regions, struct html_region, regions->len - 1).mark;
    add_region(regions, mark, from + line->new_head, to);
    *open = true;
}

GArray *
reply_regions(const struct reply_input *in)
{
    struct reply_input limited = *in;
    limited.text = lines_within_limit(in->text);
    g_autoptr(GArray) lines = lines_read(limited.text);
    g_auto(Forwarded) forwarded = { 0 };
    GArray *regions = g_array_new(FALSE, FALSE, sizeof(struct html_region));
    if (!judge(lines, &limited, &forwarded))
        return regions;
    bool open = false;
    for (size_t i = 0; i < lines->len; i++) {
        size_t from = (size_t)(line_at(lines, i)->whole.p - in->text.p);
        size_t to = i + 1 < lines->len
                        ? (size_t)(line_at(lines, i + 1)->whole.p - in->text.p)
                        : limited.text.n;
        add_line(regions, line_at(lines, i), from, to, &open);
    }
    if (limited.text.n < in->text.n)
        add_region(regions, HTML_MARK_QUOTE, limited.text.n, in->text.n);
    return regions;
}

void
reply_split_clear(ReplySplit *split)
{
    g_clear_pointer(&split->reply, g_free);
    g_clear_pointer(&split->quoted, g_free);
    g_clear_pointer(&split->signature, g_free);
}
