#include "common/mail/reply_lines.h"

#include <string.h>

/* The faces that begin with '>': ">:(", ">_<". */
static bool
is_face(struct slice rest)
{
    return rest.n > 1 && strchr(":;_", rest.p[1]) && rest.n <= 4;
}

/* Count the quote marks of a line and cut them off. */
static void
read_depth(struct line *line)
{
    struct slice rest = line->whole;
    for (;;) {
        size_t blanks = 0;
        while (blanks < rest.n && (rest.p[blanks] == ' ' || rest.p[blanks] == '\t'))
            blanks++;
        struct slice mark = slice_sub(rest, blanks, rest.n);
        if (blanks > 3 || mark.n == 0 || mark.p[0] != '>' || is_face(mark))
            break;
        line->depth++;
        rest = slice_sub(mark, 1, mark.n);
    }
    line->content = slice_trim(rest);
}

/* Invisible at an end of a line: blanks of every kind that clients fill empty lines with. */
static const char *const blanks[] = {
    " ",        "\t",           "\r",           "\f",           "\v",
    "\302\240", "\342\200\213", "\342\200\214", "\357\273\277",
};

static bool
trim_once(struct slice *s)
{
    for (size_t i = 0; i < G_N_ELEMENTS(blanks); i++) {
        size_t n = strlen(blanks[i]);
        if (s->n >= n && memcmp(s->p, blanks[i], n) == 0) {
            *s = slice_sub(*s, n, s->n);
            return true;
        }
        if (s->n >= n && memcmp(s->p + s->n - n, blanks[i], n) == 0) {
            *s = slice_sub(*s, 0, s->n - n);
            return true;
        }
    }
    return false;
}

static void
trim_invisible(struct slice *s)
{
    while (trim_once(s))
        ;
}

static enum words_label
read_label(struct slice s)
{
    if (s.n < 3
        || (!memchr(s.p, ':', MIN(s.n, 64u))
            && !memmem(s.p, MIN(s.n, 64u), "：", strlen("："))))
        return WORDS_NO_LABEL;
    g_autofree char *folded = words_fold(slice_sub(s, 0, 100));
    return words_label(folded);
}

GArray *
lines_read(struct slice text)
{
    GArray *lines = g_array_new(FALSE, FALSE, sizeof(struct line));
    struct slice rest = text, whole;
    while (slice_next_line(&rest, &whole)) {
        struct line line = { .whole = whole };
        read_depth(&line);
        trim_invisible(&line.content);
        line.label = read_label(line.content);
        g_array_append_val(lines, line);
    }
    return lines;
}

static void
take_region(struct line *line, const struct html_region *region)
{
    switch (region->mark) {
    case HTML_MARK_QUOTE:
    case HTML_MARK_FORWARD:
        line->marked = true;
        break;
    case HTML_MARK_SIGNATURE:
        line->signed_ = true;
        break;
    case HTML_MARK_ATTRIBUTION:
        if (line->content.n)
            line->kind = LINE_FRAME;
        break;
    case HTML_MARK_BLOCKQUOTE:
        line->by_hand = true;
        break;
    }
}

/* Where each mark is, as how many regions of it cover a line: regions lie in each other,
   so visiting every line of every region would be quadratic. */
static void
take_mark(GArray *lines, struct slice text, const struct html_region *regions, size_t n,
          enum html_mark mark)
{
    size_t end = 0, next = 0; /* regions come in the order of their beginnings */
    for (size_t i = 0; i < lines->len; i++) {
        struct line *line = line_at(lines, i);
        size_t at = (size_t)(line->whole.p - text.p);
        /* A line belongs to a region when it begins in it: a region begins at the end of
           the line before. */
        for (; next < n && regions[next].from <= at; next++)
            if (regions[next].mark == mark)
                end = MAX(end, regions[next].to);
        if (at < end)
            take_region(line, &(struct html_region){ .mark = mark });
    }
}

void
lines_take_regions(GArray *lines, struct slice text, const struct html_region *regions,
                   size_t n_regions)
{
    static const enum html_mark marks[] = { HTML_MARK_QUOTE, HTML_MARK_FORWARD,
                                            HTML_MARK_ATTRIBUTION, HTML_MARK_SIGNATURE,
                                            HTML_MARK_BLOCKQUOTE };
    for (size_t i = 0; n_regions && i < G_N_ELEMENTS(marks); i++)
        take_mark(lines, text, regions, n_regions, marks[i]);
}
