#include "maild/lmtp/protocol.h"

#include <string.h>

#include "maild/lmtp/command.h"

/* --- commands --------------------------------------------------------------------- */

static void
refuse_line(struct lmtp_parser *parser, enum lmtp_reply reply, struct lmtp_event *event)
{
    parser->state = LMTP_IN_BAD_LINE;
    parser->line_n = 0;
    *event = (struct lmtp_event){ .type = LMTP_BAD, .reply = reply };
}

static void
finish_line(struct lmtp_parser *parser, struct lmtp_event *event)
{
    struct slice line = { parser->line, parser->line_n };

    parser->line_n = 0; /* the bytes stay until the next line */
    parser->after_cr = false;
    lmtp_command_parse(line, event);
    if (event->type == LMTP_QUIT || event->type == LMTP_HANG_UP)
        parser->state = LMTP_ENDED;
    if (event->type == LMTP_BDAT) {
        parser->state = LMTP_IN_CHUNK;
        parser->chunk_left = (uint64_t)event->size;
    }
}

/* One byte of a command line. True when *event was set. */
static bool
take_line_byte(struct lmtp_parser *parser, char c, struct lmtp_event *event)
{
    bool after_cr = parser->after_cr;
    parser->after_cr = c == '\r';

    if (after_cr && c == '\n') {
        finish_line(parser, event);
        return true;
    }
    if (after_cr || c == '\n' || c == '\0') {
        refuse_line(parser, LMTP_BAD_LINE, event);
        return true;
    }
    if (c == '\r')
        return false;
    if (parser->line_n == sizeof parser->line) {
        refuse_line(parser, LMTP_LINE_TOO_LONG, event);
        return true;
    }
    parser->line[parser->line_n++] = c;
    return false;
}

static bool
next_of_line(struct lmtp_parser *parser, struct slice *input, struct lmtp_event *event)
{
    while (input->n > 0) {
        char c = *input->p++;
        input->n--;
        if (take_line_byte(parser, c, event))
            return true;
    }
    return false;
}

/* What is left of a refused line is no command, whatever stands in it. */
static void
skip_bad_line(struct lmtp_parser *parser, struct slice *input)
{
    while (input->n > 0 && parser->state == LMTP_IN_BAD_LINE) {
        char c = *input->p++;
        input->n--;
        if (parser->after_cr && c == '\n')
            parser->state = LMTP_IN_LINE;
        parser->after_cr = c == '\r';
    }
}

/* --- DATA ------------------------------------------------------------------------- */

static struct slice
cut(struct slice *input, size_t n)
{
    struct slice head = { input->p, n };
    input->p += n;
    input->n -= n;
    return head;
}

/* The state behind one byte that is text wherever it stands. */
static void
step_text(struct lmtp_parser *parser, char c)
{
    bool after_cr = parser->data == LMTP_AFTER_CR;

    if (after_cr != (c == '\n'))
        parser->unclean = true;
    if (c == '\r')
        parser->data = LMTP_AFTER_CR;
    else
        parser->data = after_cr && c == '\n' ? LMTP_AT_START : LMTP_IN_TEXT;
}

/* How far it is to the next CR or LF, or the end. */
static size_t
span_line(struct slice s)
{
    const char *cr = memchr(s.p, '\r', s.n);
    size_t n = cr ? (size_t)(cr - s.p) : s.n;
    const char *lf = memchr(s.p, '\n', n);
    return lf ? (size_t)(lf - s.p) : n;
}

/* The length of the text at the start of `input` that can be taken as it is: up to a dot
   at the start of a line, or all. Moves the state behind it. */
static size_t
span_text(struct lmtp_parser *parser, struct slice input)
{
    size_t at = 0;
    while (at < input.n) {
        if (parser->data == LMTP_AT_START && input.p[at] == '.')
            break;
        /* The middle of a line is where nearly all bytes are. Not once a bare CR or LF was
           seen: each of many would look for the other kind through all that follows. */
        if (parser->data == LMTP_IN_TEXT && !parser->unclean)
            at += span_line(slice_sub(input, at, input.n));
        if (at < input.n)
            step_text(parser, input.p[at++]);
    }
    return at;
}

/* One byte behind a dot at the start of a line. True when *event was set. */
static bool
take_after_dot(struct lmtp_parser *parser, struct slice *input, struct lmtp_event *event)
{
    char c = *input->p;

    if (parser->data == LMTP_AFTER_DOT) {
        /* A dot before other text was put there by the client (RFC 5321 §4.5.2). */
        parser->data = c == '\r' ? LMTP_AFTER_DOTCR : LMTP_IN_TEXT;
        if (c == '\r')
            cut(input, 1);
        return false;
    }
    if (c == '\n') {
        cut(input, 1);
        parser->state = LMTP_IN_LINE;
        *event = (struct lmtp_event){ .type = LMTP_DATA_END, .clean = !parser->unclean };
        return true;
    }
    parser->unclean = true;
    parser->data = LMTP_AFTER_CR;
    *event = (struct lmtp_event){ .type = LMTP_BYTES, .text = slice_from("\r") };
    return true;
}

static bool
next_of_data(struct lmtp_parser *parser, struct slice *input, struct lmtp_event *event)
{
    while (input->n > 0) {
        if (parser->data == LMTP_AFTER_DOT || parser->data == LMTP_AFTER_DOTCR) {
            if (take_after_dot(parser, input, event))
                return true;
            continue;
        }
        size_t n = span_text(parser, *input);
        if (n > 0) {
            *event = (struct lmtp_event){ .type = LMTP_BYTES, .text = cut(input, n) };
            return true;
        }
        cut(input, 1); /* the dot */
        parser->data = LMTP_AFTER_DOT;
    }
    return false;
}

/* --- BDAT ------------------------------------------------------------------------- */

static bool
next_of_chunk(struct lmtp_parser *parser, struct slice *input, struct lmtp_event *event)
{
    if (parser->chunk_left == 0) {
        parser->state = LMTP_IN_LINE;
        *event = (struct lmtp_event){ .type = LMTP_CHUNK_END };
        return true;
    }
    if (input->n == 0)
        return false;
    size_t n = input->n < parser->chunk_left ? input->n : (size_t)parser->chunk_left;
    parser->chunk_left -= n;
    *event = (struct lmtp_event){ .type = LMTP_BYTES, .text = cut(input, n) };
    return true;
}

/* --- the whole -------------------------------------------------------------------- */

static bool
next_event(struct lmtp_parser *parser, struct slice *input, struct lmtp_event *event)
{
    if (parser->state == LMTP_IN_BAD_LINE)
        skip_bad_line(parser, input);

    switch (parser->state) {
    case LMTP_IN_LINE:
        return next_of_line(parser, input, event);
    case LMTP_IN_DATA:
        return next_of_data(parser, input, event);
    case LMTP_IN_CHUNK:
        return next_of_chunk(parser, input, event);
    case LMTP_IN_BAD_LINE:
        break;
    case LMTP_ENDED:
        cut(input, input->n);
        break;
    }
    return false;
}

void
lmtp_parser_next(struct lmtp_parser *parser, struct slice *input,
                 struct lmtp_event *ret_event)
{
    if (!next_event(parser, input, ret_event))
        *ret_event = (struct lmtp_event){ .type = LMTP_MORE };
}

void
lmtp_parser_begin_data(struct lmtp_parser *parser)
{
    parser->state = LMTP_IN_DATA;
    parser->data = LMTP_AT_START;
    parser->unclean = false;
}
