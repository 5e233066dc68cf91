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

/* Note in ret_carries which lines carry the marker, or a part of it where it was wrapped.
   Returns the first of them; the end when there is none. */
static size_t
find_marker(const GArray *lines, struct slice marker, bool *ret_carries)
{
    g_autofree char *want = bare(marker);
    g_autofree char *above = g_strdup("");
    size_t first = lines->len;
    for (size_t i = 0; *want && i < lines->len; i++) {
        g_autofree char *line = bare(line_at(lines, i)->content);
        g_autofree char *both = g_strconcat(above, line, NULL);
        bool whole = strstr(line, want), wrapped = !whole && strstr(both, want);
        if (wrapped && !ret_carries[i - 1])
            ret_carries[i - 1] = ret_carries[i] = true;
        ret_carries[i] |= whole;
        if (first == lines->len && ret_carries[i])
            first = wrapped ? i - 1 : i;
        g_free(g_steal_pointer(&above));
        above = g_steal_pointer(&line);
    }
    return first;
}

/* Cut from the marker on. Returns whether lines were cut that may be the agent's. */
static bool
cut_below(GArray *lines, size_t marker, const bool *ours)
{
    bool marked = line_at(lines, marker)->depth > 0 || line_at(lines, marker)->marked;
    bool doubt = false;
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

/* "Label: value" in a language that reply_tables doesn't speak. */
static bool
looks_labelled(struct slice s)
{
    const char *colon = s.n ? memchr(s.p, ':', MIN(s.n, 40u)) : NULL;
    return colon && colon > s.p;
}

/* The paragraph right above the first line that is ours is the client's frame, if each of
   its lines is labelled and there are several, or an address is among them. */
static void
cut_frame_above(GArray *lines, size_t first)
{
    while (first > 0 && line_blank(line_at(lines, first - 1)))
        first--;
    size_t from = first;
    bool labelled = true, address = false;
    for (; from > 0 && !line_blank(line_at(lines, from - 1)); from--) {
        struct slice s = line_at(lines, from - 1)->content;
        labelled = labelled && looks_labelled(s);
        address = address || memchr(s.p, '@', s.n);
    }
    if (labelled && first > from && (first - from > 1 || address))
        lines_set_kind(lines, from, first, LINE_FRAME);
}

static size_t
first_ours(const GArray *lines, const bool *ours)
{
    for (size_t i = 0; i < lines->len; i++)
        if (ours[i] && line_at(lines, i)->kind != LINE_NEW)
            return i;
    return lines->len;
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
    lines_mark_known(lines, mail->known, mail->n_known, ours, NULL);
    if (in->n_customer)
        lines_mark_known(lines, in->customer, in->n_customer, customer, NULL);

    g_autofree bool *carries = g_new0(bool, lines->len + 1);
    size_t marker = find_marker(lines, in->marker, carries);
    for (size_t i = 0; i < lines->len; i++) { /* also of older notices in the notice */
        ours[i] |= carries[i];
        customer[i] &= !carries[i];
    }
    if (marker == lines->len)
        forget_customer(lines, customer);
    lines_take_quotes(lines, lines->len, true);
    cut_torn(lines, ours);
    *ret_left_out = false;
    if (marker < lines->len)
        *ret_left_out = cut_below(lines, marker, ours);
    size_t first = first_ours(lines, ours);
    if (first < lines->len)
        cut_frame_above(lines, first);
    lines_take_signatures(lines, lines->len);
    keep_answered(lines, customer);
    return lines_collect(lines, slice_sub(mail->text, text.n, mail->text.n));
}
