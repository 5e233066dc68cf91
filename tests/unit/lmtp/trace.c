#include "tests/unit/lmtp/trace.h"

#include <glib.h>
#include <string.h>

#include "maild/lmtp/protocol.h"

static const char *const names[] = {
    [LMTP_LHLO] = "LHLO", [LMTP_MAIL] = "MAIL", [LMTP_RCPT] = "RCPT",
    [LMTP_DATA] = "DATA", [LMTP_BDAT] = "BDAT", [LMTP_RSET] = "RSET",
    [LMTP_NOOP] = "NOOP", [LMTP_VRFY] = "VRFY", [LMTP_HELP] = "HELP",
    [LMTP_QUIT] = "QUIT",
};

static void
append_escaped(GString *text, struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '\r')
            g_string_append(text, "\\r");
        else if (c == '\n')
            g_string_append(text, "\\n");
        else if (c < ' ')
            g_string_append_printf(text, "\\%u", c);
        else
            g_string_append_c(text, (char)c);
    }
}

static void
append_command(GString *text, const struct lmtp_event *event)
{
    g_string_append(text, names[event->type]);
    if (event->type == LMTP_LHLO || event->type == LMTP_MAIL
        || event->type == LMTP_RCPT) {
        g_string_append(text, " <");
        append_escaped(text, event->text);
        g_string_append_c(text, '>');
    }
    if (event->type == LMTP_BDAT || (event->type == LMTP_MAIL && event->size >= 0))
        g_string_append_printf(text, " %" G_GINT64_FORMAT, event->size);
    g_string_append(text, event->smtputf8 ? " utf8" : "");
    g_string_append(text, event->last ? " last\n" : "\n");
}

static void
append_event(GString *text, GString *body, const struct lmtp_event *event)
{
    switch (event->type) {
    case LMTP_BYTES:
        append_escaped(body, event->text);
        return;
    case LMTP_DATA_END:
    case LMTP_CHUNK_END:
        g_string_append_printf(text, "[%s]%s\n", body->str,
                               event->type == LMTP_DATA_END && !event->clean ? " unclean"
                                                                             : "");
        g_string_truncate(body, 0);
        return;
    case LMTP_BAD:
    case LMTP_HANG_UP:
        g_string_append_printf(text, "%s%.3s\n", event->type == LMTP_BAD ? "" : "end ",
                               lmtp_reply_text(event->reply));
        return;
    default:
        append_command(text, event);
    }
}

static void
take_piece(struct lmtp_parser *parser, struct slice piece, GString *text, GString *body)
{
    g_autofree char *exact = g_memdup2(piece.p, piece.n);
    struct slice rest = { exact, piece.n };
    struct lmtp_event event = { 0 };

    for (;;) {
        lmtp_parser_next(parser, &rest, &event);
        if (event.type == LMTP_MORE)
            break;
        append_event(text, body, &event);
        if (event.type == LMTP_DATA)
            lmtp_parser_begin_data(parser);
    }
    g_assert(rest.n == 0);
}

char *
trace_lmtp(struct slice input, size_t (*piece)(void *data), void *data)
{
    g_autofree struct lmtp_parser *parser = g_new0(struct lmtp_parser, 1);
    g_autoptr(GString) body = g_string_new(NULL);
    GString *text = g_string_new(NULL);

    for (size_t at = 0; at < input.n;) {
        size_t n = piece ? piece(data) : 0;
        n = n == 0 || n > input.n - at ? input.n - at : n;
        take_piece(parser, slice_sub(input, at, at + n), text, body);
        at += n;
    }
    if (body->len > 0)
        g_string_append_printf(text, "[%s\n", body->str); /* no end yet */
    return g_string_free(text, FALSE);
}
