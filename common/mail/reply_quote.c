/* Which lines are quoted, and how the quotes lie between the new words. */
#include "common/mail/reply_lines.h"

#include <string.h>

/* Attributions looked at closely; a mail has a handful, a bomb has a line each. */
enum { CLOSE_LOOKS = 1000 };

/* An answer within an unmarked quote; longer ones are quotes that we don't know. */
enum { ANSWER_LINES = 12 };

/* --- frames ------------------------------------------------------------------------- */

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
    lines_set_kind(lines, frame->from, frame->to, LINE_FRAME);
    line_at(lines, frame->from)->new_head = frame->new_head;
    size_t bars = bar_quote_end(lines, frame->to);
    if (frame->kind == FRAME_ATTRIBUTION && bars > frame->to) {
        lines_set_kind(lines, frame->to, bars, LINE_QUOTE);
        return bars;
    }
    if (frame->kind == FRAME_ATTRIBUTION && quoted_behind(lines, frame->to))
        return frame->to;
    lines_set_kind(lines, frame->to, lines->len, LINE_QUOTE);
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

static void
take_marks_and_frames(GArray *lines, size_t end, bool forwards)
{
    struct frame_search search = { lines, 0, CLOSE_LOOKS };
    struct frame frame;
    bool framed = false;
    for (size_t i = 0; i < end;) {
        struct line *line = line_at(lines, i);
        if (line->kind != LINE_FRAME && !line_blank(line)
            && frame_find(&search, i, &frame)
            && (forwards || frame.kind != FRAME_FORWARD)) {
            i = search.floor = take_frame(lines, &frame);
            framed = true;
            continue;
        }
        if (line->kind == LINE_NEW && !line_quoted(line) && is_outlook_mobile(line)) {
            lines_set_kind(lines, i + 1, lines->len, LINE_QUOTE);
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

/* A line that can be an answer written into a quote that has no marks: words, none of them
   known, and nothing that programs insert. */
static bool
can_answer(const struct line *line)
{
    struct slice s = line->content;
    return line->kind == LINE_QUOTE && !line->depth && !line->marked && !line->some_known
           && line->label == WORDS_NO_LABEL && s.n > 1 && s.n < 500
           && !strchr("[<-_*", s.p[0]) && !memchr(s.p, '@', s.n)
           && !memmem(s.p, s.n, "://", 3);
}

/* Outlook's users write their answers into the unmarked quote. Where the quote is known,
   what stands between two known lines of it and isn't known is such an answer. */
static void
find_answers(GArray *lines)
{
    size_t last_known = lines->len, answer = lines->len; /* none yet */
    for (size_t i = 0; i < lines->len; i++) {
        const struct line *line = line_at(lines, i);
        if (line_blank(line))
            continue;
        if (line->kind == LINE_QUOTE && line->all_known && !line->depth) {
            for (size_t k = answer; k < i && answer < lines->len; k++)
                line_at(lines, k)->kind = LINE_NEW;
            last_known = i;
            answer = lines->len;
        } else if (last_known == lines->len || !can_answer(line)
                   || (answer < lines->len && i - answer > ANSWER_LINES)) {
            last_known = answer = lines->len;
        } else if (answer == lines->len) {
            answer = i;
        }
    }
}

void
lines_take_quotes(GArray *lines, size_t end, bool forwards)
{
    take_marks_and_frames(lines, end, forwards);
    take_rules(lines);
    take_torn(lines);
    if (!forwards)
        find_answers(lines);
}

/* --- blocks ------------------------------------------------------------------------- */

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

GArray *
blocks_read(const GArray *lines)
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
                last->framed |= line->kind == LINE_FRAME || line->marked
                                || (line->known && line->depth == 0);
        }
        if (last)
            last->to = i + 1;
    }
    return blocks;
}
