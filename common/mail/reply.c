#include "common/mail/reply.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/mail/forward.h"
#include "common/mail/reply_lines.h"

/* Attributions looked at closely; a mail has a handful, a bomb has a line each. */
enum { CLOSE_LOOKS = 1000 };

/* --- frames ------------------------------------------------------------------------- */

static void
set_kind(GArray *lines, size_t from, size_t to, enum line_kind kind)
{
    for (size_t i = from; i < to; i++)
        line_at(lines, i)->kind = kind;
}

static bool
quoted_behind(const GArray *lines, size_t i)
{
    while (i < lines->len && line_blank(line_at(lines, i)) && !line_at(lines, i)->depth)
        i++;
    return i < lines->len && line_quoted(line_at(lines, i));
}

/* "| " in front of each line: how some programs quote below an attribution. */
static size_t
bar_quote_end(const GArray *lines, size_t i)
{
    size_t end = i;
    for (; i < lines->len; i++) {
        if (line_blank(line_at(lines, i)))
            continue;
        if (line_at(lines, i)->whole.p[0] != '|')
            break;
        end = i + 1;
    }
    return end;
}

/* Act on a frame. Returns the line to go on with; the end when all below is decided. */
static size_t
take_frame(GArray *lines, const struct frame *frame)
{
    set_kind(lines, frame->from, frame->to, LINE_FRAME);
    line_at(lines, frame->from)->new_head = frame->new_head;
    size_t bars = bar_quote_end(lines, frame->to);
    if (frame->kind == FRAME_ATTRIBUTION && bars > frame->to) {
        set_kind(lines, frame->to, bars, LINE_QUOTE);
        return bars;
    }
    if (frame->kind == FRAME_ATTRIBUTION && quoted_behind(lines, frame->to))
        return frame->to;
    set_kind(lines, frame->to, lines->len, LINE_QUOTE);
    return lines->len;
}

/* Outlook's mobile programs put this line between the answer and what they quote, and
   some mail systems lose the frame behind it: "Get Outlook for iOS<https://aka.ms/x>". */
static bool
is_outlook_mobile(const struct line *line)
{
    struct slice s = line->content;
    if (s.n > 200 || !memmem(s.p, s.n, "aka.ms/", strlen("aka.ms/")))
        return false;
    g_autofree char *folded = words_fold(s);
    return words_sent_from(folded);
}

/* Classify one line that is no frame. `framed`: a frame stands above, with only quotes
   between. */
static void
take_line(struct line *line, bool *framed)
{
    bool by_hand = line->by_hand && !line->marked && !line->known;
    if (line->kind == LINE_FRAME)
        *framed = true;
    else if (line_quoted(line) && (!by_hand || *framed))
        line->kind = LINE_QUOTE;
    else if (!line_blank(line))
        *framed = false;
}

/* Classify by quote marks and frames. Lines from `end` on are a forwarded mail: new. */
static void
take_quotes(GArray *lines, size_t end)
{
    struct frame_search search = { lines, 0, CLOSE_LOOKS };
    struct frame frame;
    bool framed = false;
    for (size_t i = 0; i < end;) {
        struct line *line = line_at(lines, i);
        if (line->kind != LINE_FRAME && !line_blank(line)
            && frame_find(&search, i, &frame) && frame.kind != FRAME_FORWARD) {
            i = search.floor = take_frame(lines, &frame);
            framed = true;
            continue;
        }
        if (line->kind == LINE_NEW && !line_quoted(line) && is_outlook_mobile(line)) {
            set_kind(lines, i + 1, lines->len, LINE_QUOTE);
            return;
        }
        take_line(line, &framed);
        i++;
    }
}

/* A line drawn right above what is quoted belongs to it. */
static void
take_rules(GArray *lines)
{
    bool quote = false;
    for (size_t i = lines->len; i > 0; i--) {
        struct line *line = line_at(lines, i - 1);
        if (line_blank(line))
            continue;
        if (quote && line->kind == LINE_NEW && frame_is_rule(line))
            line->kind = LINE_FRAME;
        quote = line->kind == LINE_FRAME || (line->kind == LINE_QUOTE && !line->depth);
    }
}

/* A link that a client tore out of the quoted line above: "> see\n(http://x)\n> now". */
static bool
is_torn_link(const struct line *line)
{
    struct slice s = line->content;
    return slice_starts_nocase(s, "(http") || slice_starts_nocase(s, "<http")
           || slice_starts_nocase(s, "<mailto:");
}

/* The second half of a long quoted line that was wrapped without regard to its mark:
   "> …tincidunt ornare diam,\neget accumsan est". */
static bool
is_torn_half(const struct line *above, const struct line *line)
{
    if (above->whole.n < 60 || !above->depth || !line->content.n)
        return false;
    char last = above->content.n ? above->content.p[above->content.n - 1] : '.';
    gunichar first = g_utf8_get_char_validated(line->content.p, (gssize)line->content.n);
    return !strchr(".!?:", last) && first < (gunichar)-2 && g_unichar_islower(first);
}

static void
take_torn(GArray *lines)
{
    for (size_t i = 1; i + 1 < lines->len; i++) {
        struct line *line = line_at(lines, i);
        const struct line *above = line_at(lines, i - 1);
        if (line->kind == LINE_NEW && above->kind == LINE_QUOTE
            && line_quoted(line_at(lines, i + 1))
            && (is_torn_link(line) || is_torn_half(above, line)))
            line->kind = LINE_QUOTE;
    }
}

/* --- blocks ------------------------------------------------------------------------- */

struct block {
    bool quote, framed; /* framed: a frame stands above it, or the client marked it */
    size_t from, to;
};

static bool
is_quote(const struct line *line)
{
    return line->kind == LINE_QUOTE || line->kind == LINE_FRAME;
}

static bool
is_word(const struct line *line)
{
    return line->kind == LINE_NEW && !line_blank(line);
}

/* Quotes and new words in turn; blank lines and signatures belong to what they follow. */
static GArray *
read_blocks(const GArray *lines)
{
    GArray *blocks = g_array_new(FALSE, FALSE, sizeof(struct block));
    struct block *last = NULL;
    for (size_t i = 0; i < lines->len; i++) {
        const struct line *line = line_at(lines, i);
        bool quote = is_quote(line) && (line->new_head == 0);
        if (is_word(line) || is_quote(line)) {
            if (!last || last->quote != quote) {
                struct block block = { .quote = quote, .from = i };
                g_array_append_val(blocks, block);
                last = &g_array_index(blocks, struct block, blocks->len - 1);
            }
            if (quote)
                last->framed |= line->kind == LINE_FRAME || line->marked;
        }
        if (last)
            last->to = i + 1;
    }
    return blocks;
}

static struct block *
block_at(const GArray *blocks, size_t i)
{
    return &g_array_index(blocks, struct block, i);
}

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
    g_autoptr(GArray) blocks = read_blocks(lines);
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

/* --- the result --------------------------------------------------------------------- */

static void
append_line(GString *s, struct slice line)
{
    g_string_append_len(s, line.p, (gssize)line.n);
    g_string_append_c(s, '\n');
}

/* Without blank lines at its ends, and not more than one blank line where something was
   cut out. */
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

static ReplySplit
collect(const GArray *lines, struct slice rest)
{
    GString *out[] = { g_string_new(NULL), g_string_new(NULL), g_string_new(NULL) };
    static const size_t where[] = {
        [LINE_NEW] = 0, [LINE_QUOTE] = 1, [LINE_FRAME] = 1, [LINE_SIGNATURE] = 2
    };
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
        append_line(out[where[line->kind]], whole);
    }
    g_string_append_len(out[1], rest.p, (gssize)rest.n);
    return (ReplySplit){ finish(out[0]), finish(out[1]), finish(out[2]) };
}

static bool
any_word(const GArray *lines)
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

/* The text up to the limit, cut at a line; the rest is never looked at. */
static struct slice
within_limit(struct slice text)
{
    if (text.n <= LIMIT_TEXT_BYTES)
        return text;
    const char *lf = memrchr(text.p, '\n', LIMIT_TEXT_BYTES);
    return slice_sub(text, 0, lf ? (size_t)(lf - text.p) + 1 : LIMIT_TEXT_BYTES);
}

ReplySplit
reply_split(const struct reply_input *in)
{
    struct reply_input limited = *in;
    limited.text = within_limit(in->text);
    struct slice rest = slice_sub(in->text, limited.text.n, in->text.n);
    g_autoptr(GArray) lines = lines_read(limited.text);
    lines_take_regions(lines, limited.text, in->regions, in->n_regions);
    lines_take_known(lines, in->known, in->n_known);

    g_auto(Forwarded) forwarded = { 0 };
    size_t forward = forward_line(lines, &limited, &forwarded);
    take_quotes(lines, forward);
    if (forward < lines->len && line_at(lines, forward)->kind == LINE_NEW
        && only_blank(lines, forward) && forwarded.text && *forwarded.text)
        return (ReplySplit){ g_steal_pointer(&forwarded.text), g_strdup(""),
                             g_strdup("") };

    take_rules(lines);
    take_torn(lines);
    lines_take_signatures(lines);
    keep_answered(lines);
    if (!any_word(lines))
        unsign(lines);
    if (!any_word(lines))
        set_kind(lines, 0, lines->len, LINE_NEW);
    return collect(lines, rest);
}

void
reply_split_clear(ReplySplit *split)
{
    g_clear_pointer(&split->reply, g_free);
    g_clear_pointer(&split->quoted, g_free);
    g_clear_pointer(&split->signature, g_free);
}
