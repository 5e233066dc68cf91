#include "common/mail/reply.h"

#include <string.h>

#include "common/mail/reply_lines.h"

/* Letters and digits only, folded: what is left of a line however a client dressed it. */
static char *
bare(struct slice text)
{
    g_autofree char *folded = words_fold(text);
    GString *s = g_string_new(NULL);
    for (const char *p = folded; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (g_unichar_isalnum(c))
            g_string_append_unichar(s, c);
    }
    return g_string_free(s, FALSE);
}

/* The line that carries the marker, or, where it was wrapped, its first half; the end when
   there is none. */
static size_t
find_marker(const GArray *lines, struct slice marker)
{
    g_autofree char *want = bare(marker);
    g_autofree char *above = g_strdup("");
    for (size_t i = 0; *want && i < lines->len; i++) {
        g_autofree char *line = bare(line_at(lines, i)->content);
        g_autofree char *both = g_strconcat(above, line, NULL);
        if (strstr(line, want))
            return i;
        if (i > 0 && strstr(both, want))
            return i - 1;
        g_free(g_steal_pointer(&above));
        above = g_steal_pointer(&line);
    }
    return lines->len;
}

/* Cut from the marker on. Returns whether lines were cut that may be the agent's. */
static bool
cut_below(GArray *lines, size_t marker, const bool *ours)
{
    bool marked = false, doubt = false;
    for (size_t i = marker; i < lines->len; i++)
        marked |= line_at(lines, i)->depth > 0 || line_at(lines, i)->marked;
    for (size_t i = marker; i < lines->len; i++) {
        struct line *line = line_at(lines, i);
        if (marked && i > marker && line->kind == LINE_NEW && !ours[i])
            continue;
        doubt |= !marked && i > marker && !line_blank(line) && !ours[i]
                 && line->label == WORDS_NO_LABEL;
        line->kind = LINE_QUOTE;
        line->new_head = 0;
    }
    return doubt;
}

/* Below the first quote, what is ours is a piece of it that lost its mark, however short. */
static void
cut_torn(GArray *lines, const bool *ours)
{
    bool below = false;
    for (size_t i = 0; i < lines->len; i++) {
        struct line *line = line_at(lines, i);
        if (below && ours[i] && line->kind == LINE_NEW)
            line->kind = LINE_QUOTE;
        below |= line->kind != LINE_NEW;
    }
}

/* The frame directly above the marker goes with it, though clients put anything there. */
static void
cut_frame_above(GArray *lines, size_t marker)
{
    while (marker > 0
           && (line_blank(line_at(lines, marker - 1))
               || line_quoted(line_at(lines, marker - 1))))
        marker--;
    if (marker > 0 && line_at(lines, marker - 1)->label != WORDS_NO_LABEL)
        while (marker > 0 && line_at(lines, marker - 1)->label != WORDS_NO_LABEL)
            line_at(lines, --marker)->kind = LINE_FRAME;
}

/* Between answers, give back what the customer said; never a frame. */
static void
keep_customer(GArray *lines, const struct block *block, const bool *customer)
{
    for (size_t i = block->from; i < block->to; i++)
        if (line_at(lines, i)->kind == LINE_QUOTE && customer[i])
            line_at(lines, i)->kind = LINE_NEW;
}

static void
keep_answered(GArray *lines, const bool *customer)
{
    g_autoptr(GArray) blocks = blocks_read(lines);
    size_t last = blocks->len, quotes = 0;
    for (size_t i = 0; i < blocks->len; i++) {
        quotes += block_at(blocks, i)->quote;
        last = block_at(blocks, i)->quote ? last : i;
    }
    if (quotes < 2 || last == blocks->len)
        return;
    for (size_t i = 0; i < last; i++)
        if (block_at(blocks, i)->quote)
            keep_customer(lines, block_at(blocks, i), customer);
}

/* A sentence of the customer's that the agent repeats without a quote mark, above all
   quotes, is no internal text, though the notice has it too. */
static void
forget_customer(GArray *lines, const bool *customer)
{
    for (size_t i = 0; i < lines->len; i++) {
        struct line *line = line_at(lines, i);
        if (line->depth || line->marked)
            return;
        if (customer[i])
            line->known = false;
    }
}

ReplySplit
reply_split_agent(const struct reply_agent_input *in, bool *ret_left_out)
{
    const struct reply_input *mail = &in->mail;
    struct slice text = lines_within_limit(mail->text);
    g_autoptr(GArray) lines = lines_read(text);
    lines_take_regions(lines, text, mail->regions, mail->n_regions);
    lines_take_known(lines, mail->known, mail->n_known);
    g_autofree bool *ours = g_new0(bool, lines->len + 1);
    g_autofree bool *customer = g_new0(bool, lines->len + 1);
    lines_mark_known(lines, mail->known, mail->n_known, ours);
    if (in->n_customer)
        lines_mark_known(lines, in->customer, in->n_customer, customer);

    size_t marker = find_marker(lines, in->marker);
    if (marker == lines->len)
        forget_customer(lines, customer);
    lines_take_quotes(lines, lines->len, true);
    cut_torn(lines, ours);
    *ret_left_out = false;
    if (marker < lines->len) {
        *ret_left_out = cut_below(lines, marker, ours);
        cut_frame_above(lines, marker);
    }
    lines_take_signatures(lines);
    keep_answered(lines, customer);
    return lines_collect(lines, slice_sub(mail->text, text.n, mail->text.n));
}
