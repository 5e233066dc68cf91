#include "common/mail/forward.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/mail/reply_lines.h"

static const char colon_wide[] = "：";

/* The value of line i's field, with the lines that it runs on to (up to the next field or
   the block's end) joined by a blank. */
static char *
field_value(const GArray *lines, size_t i, size_t end)
{
    if (i == (size_t)-1)
        return g_strdup("");

    struct slice line = line_at(lines, i)->content;
    const char *colon = memchr(line.p, ':', line.n);
    const char *wide = memmem(line.p, line.n, colon_wide, strlen(colon_wide));
    size_t at = wide && (!colon || wide < colon)
                    ? (size_t)(wide - line.p) + strlen(colon_wide)
                    : (size_t)(colon - line.p) + 1;
    GString *value = g_string_new(NULL);
    struct slice more = slice_trim(slice_sub(line, at, line.n));
    while (more.n && more.p[0] == '*') /* "*From:* Ann" */
        more = slice_trim(slice_sub(more, 1, more.n));
    g_string_append_len(value, more.p, (gssize)more.n);
    for (i++; i < end && line_at(lines, i)->label == WORDS_NO_LABEL; i++) {
        more = line_at(lines, i)->content;
        if (more.n)
            g_string_append_printf(value, " %.*s", (int)more.n, more.p);
    }
    return g_string_free(value, FALSE);
}

/* The text from line i on; where all of it is quoted, without that one mark. */
static char *
text_from(const GArray *lines, size_t i)
{
    bool quoted = true;
    for (size_t k = i; k < lines->len && quoted; k++)
        quoted = line_at(lines, k)->depth > 0 || line_blank(line_at(lines, k));
    GString *text = g_string_new(NULL);
    for (; i < lines->len; i++) {
        struct slice whole = line_at(lines, i)->whole;
        if (quoted && whole.n && whole.p[0] == '>')
            whole = slice_sub(whole, whole.n > 1 && whole.p[1] == ' ' ? 2 : 1, whole.n);
        if (whole.n == 0 && text->len == 0)
            continue;
        g_string_append_len(text, whole.p, (gssize)whole.n);
        g_string_append_c(text, '\n');
    }
    while (text->len && g_ascii_isspace(text->str[text->len - 1]))
        g_string_truncate(text, text->len - 1);
    return g_string_free(text, FALSE);
}

bool
forward_subject(struct slice subject)
{
    subject = slice_trim(subject);
    if (subject.n == 0)
        return false;
    const char *colon = memchr(subject.p, ':', MIN(subject.n, 40u));
    const char *wide =
        memmem(subject.p, MIN(subject.n, 40u), colon_wide, strlen(colon_wide));
    if (wide && (!colon || wide < colon))
        colon = wide;
    if (!colon)
        return false;
    g_autofree char *folded =
        words_fold(slice_sub(subject, 0, (size_t)(colon - subject.p)));
    return words_forward_prefix(folded);
}

/* The header block at or just behind line i: blank lines and one mark may part them. */
static bool
block_behind(const GArray *lines, size_t i, bool sure, struct header_block *ret_block)
{
    for (size_t end = MIN(i + 6, lines->len); i < end; i++)
        if (line_at(lines, i)->label != WORDS_NO_LABEL)
            return frame_header_block(lines, i, sure, ret_block);
    return false;
}

bool
forward_find(struct slice text, struct slice subject, Forwarded *ret_forwarded)
{
    g_autoptr(GArray) lines = lines_read(slice_sub(text, 0, LIMIT_TEXT_BYTES));
    bool by_subject = forward_subject(subject);
    struct frame_search search = { lines, 0,
                                   0 }; /* no budget: attributions aren't wanted */
    struct frame frame;
    for (size_t i = 0; i < lines->len; i++) {
        struct header_block block;
        if (line_blank(line_at(lines, i)) || !frame_find(&search, i, &frame))
            continue;
        if (frame.kind != FRAME_FORWARD && !by_subject)
            return false; /* a reply's frame: what stands below is a quote */
        bool separated = frame.kind == FRAME_FORWARD;
        if (!block_behind(lines, i + separated, separated, &block)) {
            if (frame.kind != FRAME_FORWARD)
                return false;
            continue; /* the words without the block mean nothing */
        }
        ret_forwarded->from = field_value(lines, block.from_line, block.to);
        ret_forwarded->date = field_value(lines, block.date_line, block.to);
        ret_forwarded->subject = field_value(lines, block.subject_line, block.to);
        ret_forwarded->text = text_from(lines, block.to);
        ret_forwarded->begins = (size_t)(line_at(lines, frame.from)->whole.p - text.p);
        return true;
    }
    return false;
}

void
forward_clear(Forwarded *forwarded)
{
    g_clear_pointer(&forwarded->from, g_free);
    g_clear_pointer(&forwarded->date, g_free);
    g_clear_pointer(&forwarded->subject, g_free);
    g_clear_pointer(&forwarded->text, g_free);
}
