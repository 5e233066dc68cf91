#include "maild/lmtp/session.h"

#include <string.h>

#include "common/base/limits.h"
#include "maild/figures.h"
#include "maild/lmtp/address.h"
#include "maild/lmtp/protocol.h"

struct LmtpSession {
    struct lmtp_parser parser;
    struct lmtp_session_options options;
    enum lmtp_session_state state;
    char *name; /* of LHLO; NULL before */
    char *peer;
    LmtpMessage *message;   /* NULL without MAIL, and while it is committed */
    GPtrArray *asks;        /* RCPTs of the message that were not answered yet */
    struct lmtp_event held; /* what came behind them */
    bool has_held;
    bool chunked;    /* BDAT was said in this transaction */
    bool last_chunk; /* … and this is its last chunk */
    bool failed; /* the message will be refused with `failure`; its bytes are let go */
    enum lmtp_reply failure;
    int errors;
    GString *output;
    GByteArray *kept; /* bytes that came while we waited */
};

static void
free_ask(void *recipient)
{
    lmtp_recipient_free(recipient);
}

static void
say(LmtpSession *session, enum lmtp_reply reply)
{
    if (session->state == LMTP_SESSION_OVER)
        return;
    g_string_append(session->output, lmtp_reply_text(reply));
    g_string_append(session->output, "\r\n");
}

LmtpSession *
lmtp_session_new(const struct lmtp_session_options *options)
{
    LmtpSession *session = g_new0(LmtpSession, 1);
    session->options = *options;
    session->peer = g_strdup(options->peer);
    session->asks = g_ptr_array_new_with_free_func(free_ask);
    session->output = g_string_new(NULL);
    session->kept = g_byte_array_new();
    g_string_append_printf(session->output, "220 %s LMTP Postern\r\n", options->host);
    return session;
}

void
lmtp_session_free(LmtpSession *session)
{
    if (!session)
        return;
    lmtp_message_free(session->message);
    g_ptr_array_unref(session->asks);
    g_string_free(session->output, TRUE);
    g_byte_array_unref(session->kept);
    g_free(session->name);
    g_free(session->peer);
    g_free(session);
}

void
lmtp_session_end(LmtpSession *session, enum lmtp_reply reply)
{
    if (session->state == LMTP_SESSION_OVER)
        return;
    say(session, reply);
    session->state = LMTP_SESSION_OVER;
}

static void
refuse(LmtpSession *session, enum lmtp_reply reply)
{
    say(session, reply);
    if (lmtp_reply_class(reply) == '5' && ++session->errors > LIMIT_LMTP_ERRORS)
        lmtp_session_end(session, LMTP_TOO_MANY_ERRORS);
}

/* --- the transaction -------------------------------------------------------------- */

static void
reset(LmtpSession *session)
{
    g_clear_pointer(&session->message, lmtp_message_free);
    g_ptr_array_set_size(session->asks, 0);
    session->chunked = session->failed = false;
}

static void
count_reply(enum lmtp_reply reply)
{
    if (lmtp_reply_class(reply) == '5')
        figure_add(FIGURE_LMTP_REFUSED, 1);
    if (lmtp_reply_class(reply) == '4')
        figure_add(FIGURE_LMTP_DEFERRED, 1);
}

/* The message will not be stored; the rest of its bytes still comes. */
static void
fail_message(LmtpSession *session, enum lmtp_reply failure)
{
    if (session->failed)
        return;
    session->failed = true;
    session->failure = failure;
    if (session->message)
        lmtp_message_drop(session->message);
}

static void
handle_lhlo(LmtpSession *session, const struct lmtp_event *event)
{
    g_free(session->name);
    session->name = slice_dup(event->text);
    reset(session);
    g_string_append_printf(session->output,
                           "250-%s\r\n"
                           "250-PIPELINING\r\n"
                           "250-SIZE %" G_GINT64_FORMAT "\r\n"
                           "250-8BITMIME\r\n"
                           "250-SMTPUTF8\r\n"
                           "250-ENHANCEDSTATUSCODES\r\n"
                           "250 CHUNKING\r\n",
                           session->options.host, session->options.message_bytes);
}

static void
handle_mail(LmtpSession *session, const struct lmtp_event *event)
{
    if (!session->name)
        refuse(session, LMTP_NO_LHLO);
    else if (session->message)
        refuse(session, LMTP_NESTED_MAIL);
    else if (event->size > session->options.message_bytes) {
        refuse(session, LMTP_TOO_LARGE);
        count_reply(LMTP_TOO_LARGE);
    } else {
        session->message = lmtp_message_new(event->text, session->options.in_flight);
        session->message->smtputf8 = event->smtputf8;
        session->message->declared = event->size;
        say(session, LMTP_SENDER_OK);
    }
}

static void
handle_rcpt(LmtpSession *session, const struct lmtp_event *event)
{
    LmtpMessage *message = session->message;
    if (!message || session->chunked) {
        refuse(session, message ? LMTP_MIXED_BDAT : LMTP_NO_MAIL);
        return;
    }
    struct lmtp_recipient *recipient = g_new0(struct lmtp_recipient, 1);
    recipient->path = slice_dup(event->text);
    recipient->address = lmtp_address_normalise(event->text);
    if (!message->smtputf8 && !lmtp_address_is_ascii(event->text)) {
        recipient->answered = true;
        recipient->reply = LMTP_NEEDS_SMTPUTF8;
    }
    if (message->recipients->len + session->asks->len >= LIMIT_LMTP_RECIPIENTS) {
        recipient->answered = true;
        recipient->reply = LMTP_TOO_MANY_RECIPIENTS;
    }
    g_ptr_array_add(session->asks, recipient);
}

/* Why no message may follow now; LMTP_OK when it may. */
static enum lmtp_reply
message_obstacle(const LmtpSession *session)
{
    if (!session->message)
        return LMTP_NO_MAIL;
    return session->message->recipients->len > 0 ? LMTP_OK : LMTP_NO_RECIPIENT;
}

static void
open_message(LmtpSession *session)
{
    lmtp_message_open(
        session->message,
        &(struct lmtp_origin){ session->options.host, session->name, session->peer });
}

static void
handle_data(LmtpSession *session, const struct lmtp_event *event)
{
    (void)event;
    enum lmtp_reply obstacle =
        session->chunked ? LMTP_MIXED_BDAT : message_obstacle(session);
    if (obstacle != LMTP_OK) {
        refuse(session, obstacle);
        return;
    }
    open_message(session);
    lmtp_parser_begin_data(&session->parser);
    say(session, LMTP_START_DATA);
}

static void
handle_bdat(LmtpSession *session, const struct lmtp_event *event)
{
    enum lmtp_reply obstacle = message_obstacle(session);

    session->last_chunk = event->last;
    if (obstacle != LMTP_OK) {
        fail_message(session, obstacle);
        return;
    }
    if (!session->chunked)
        open_message(session);
    session->chunked = true;
    if (!session->failed
        && event->size > session->options.message_bytes
                             - (int64_t)lmtp_message_size(session->message))
        fail_message(session, LMTP_TOO_LARGE);
}

static void
handle_bytes(LmtpSession *session, const struct lmtp_event *event)
{
    if (session->failed)
        return;
    lmtp_message_append(session->message, event->text);
    if (lmtp_message_size(session->message) > (size_t)session->options.message_bytes)
        fail_message(session, LMTP_TOO_LARGE);
}

/* One reply a recipient that was accepted (RFC 2033 §4.2). */
static void
refuse_message(LmtpSession *session)
{
    for (size_t i = 0; i < session->message->recipients->len; i++) {
        refuse(session, session->failure);
        count_reply(session->failure);
    }
    reset(session);
}

static void
finish_message(LmtpSession *session)
{
    if (session->failed) {
        refuse_message(session);
        return;
    }
    lmtp_message_close(session->message);
    session->state = LMTP_SESSION_COMMITS;
}

static void
handle_data_end(LmtpSession *session, const struct lmtp_event *event)
{
    if (!event->clean)
        fail_message(session, LMTP_BARE_LINE_END);
    finish_message(session);
}

static void
handle_chunk_end(LmtpSession *session, const struct lmtp_event *event)
{
    (void)event;
    if (!session->chunked) { /* it was out of place, and no transaction is touched */
        session->failed = false;
        refuse(session, session->failure);
        return;
    }
    if (session->last_chunk)
        finish_message(session);
    else if (session->failed)
        refuse(session, session->failure);
    else
        say(session, LMTP_CHUNK_OK);
}

/* --- the rest --------------------------------------------------------------------- */

static void
handle_rset(LmtpSession *session, const struct lmtp_event *event)
{
    (void)event;
    reset(session);
    say(session, LMTP_OK);
}

static void
handle_noop(LmtpSession *session, const struct lmtp_event *event)
{
    (void)event;
    say(session, LMTP_OK);
}

static void
handle_vrfy(LmtpSession *session, const struct lmtp_event *event)
{
    (void)event;
    say(session, LMTP_CANNOT_VERIFY);
}

static void
handle_help(LmtpSession *session, const struct lmtp_event *event)
{
    (void)event;
    say(session, LMTP_HELP_TEXT);
}

static void
handle_quit(LmtpSession *session, const struct lmtp_event *event)
{
    (void)event;
    lmtp_session_end(session, LMTP_CLOSING);
}

static void
handle_bad(LmtpSession *session, const struct lmtp_event *event)
{
    refuse(session, event->reply);
}

static void
handle_hang_up(LmtpSession *session, const struct lmtp_event *event)
{
    lmtp_session_end(session, event->reply);
}

static void (*const handlers[])(LmtpSession *, const struct lmtp_event *) = {
    [LMTP_LHLO] = handle_lhlo,
    [LMTP_MAIL] = handle_mail,
    [LMTP_RCPT] = handle_rcpt,
    [LMTP_DATA] = handle_data,
    [LMTP_BDAT] = handle_bdat,
    [LMTP_RSET] = handle_rset,
    [LMTP_NOOP] = handle_noop,
    [LMTP_VRFY] = handle_vrfy,
    [LMTP_HELP] = handle_help,
    [LMTP_QUIT] = handle_quit,
    [LMTP_BAD] = handle_bad,
    [LMTP_HANG_UP] = handle_hang_up,
    [LMTP_BYTES] = handle_bytes,
    [LMTP_DATA_END] = handle_data_end,
    [LMTP_CHUNK_END] = handle_chunk_end,
};

/* --- the loop --------------------------------------------------------------------- */

static void
next_event(LmtpSession *session, struct slice *input, struct lmtp_event *event)
{
    if (session->has_held) {
        session->has_held = false;
        *event = session->held;
        return;
    }
    lmtp_parser_next(&session->parser, input, event);
}

static void
run(LmtpSession *session, struct slice *input)
{
    struct lmtp_event event = { 0 };

    while (session->state == LMTP_SESSION_READS) {
        next_event(session, input, &event);
        /* What follows RCPTs waits until they are answered; its text stands in the parser,
           which is not asked again before. */
        if (session->asks->len > 0 && event.type != LMTP_RCPT) {
            session->state = LMTP_SESSION_ROUTES;
            session->has_held = event.type != LMTP_MORE;
            session->held = event;
            return;
        }
        if (event.type == LMTP_MORE)
            return;
        handlers[event.type](session, &event);
    }
}

void
lmtp_session_push(LmtpSession *session, struct slice bytes)
{
    if (session->state == LMTP_SESSION_READS && session->kept->len == 0)
        run(session, &bytes);
    if (bytes.n > 0 && session->state != LMTP_SESSION_OVER)
        g_byte_array_append(session->kept, (const uint8_t *)bytes.p, (guint)bytes.n);
}

/* Go on with what came while we waited. */
static void
resume(LmtpSession *session)
{
    struct slice rest = { (const char *)session->kept->data, session->kept->len };

    session->state = LMTP_SESSION_READS;
    run(session, &rest);
    g_byte_array_remove_range(session->kept, 0, session->kept->len - (guint)rest.n);
}

enum lmtp_session_state
lmtp_session_state(const LmtpSession *session)
{
    return session->state;
}

GPtrArray *
lmtp_session_asks(LmtpSession *session)
{
    return session->asks;
}

void
lmtp_session_routed(LmtpSession *session)
{
    g_assert(session->state == LMTP_SESSION_ROUTES);
    session->state = LMTP_SESSION_READS;
    for (size_t i = 0; i < session->asks->len; i++) {
        struct lmtp_recipient *recipient = g_ptr_array_index(session->asks, i);
        g_assert(recipient->answered);
        refuse(session, recipient->reply); /* says it; counts it where it is a refusal */
        count_reply(recipient->reply);
        if (recipient->reply == LMTP_RECIPIENT_OK) {
            g_ptr_array_add(session->message->recipients, recipient);
            session->asks->pdata[i] = NULL;
        }
    }
    g_ptr_array_set_size(session->asks, 0);
    if (session->state == LMTP_SESSION_READS)
        resume(session);
}

LmtpMessage *
lmtp_session_take(LmtpSession *session)
{
    g_assert(session->state == LMTP_SESSION_COMMITS && session->message);
    return g_steal_pointer(&session->message);
}

void
lmtp_session_committed(LmtpSession *session, const LmtpMessage *message)
{
    if (session->state != LMTP_SESSION_COMMITS)
        return; /* ended meanwhile */
    session->state = LMTP_SESSION_READS;
    for (size_t i = 0; i < message->recipients->len; i++) {
        const struct lmtp_recipient *recipient =
            g_ptr_array_index(message->recipients, i);
        say(session, recipient->row->reply);
        count_reply(recipient->row->reply);
    }
    reset(session);
    resume(session);
}

GString *
lmtp_session_output(LmtpSession *session)
{
    return session->output;
}

bool
lmtp_session_is_idle(const LmtpSession *session)
{
    return session->state == LMTP_SESSION_READS && !session->message;
}

bool
lmtp_session_collects(const LmtpSession *session)
{
    return session->state == LMTP_SESSION_READS && session->message
           && lmtp_message_is_open(session->message);
}

void
lmtp_session_give_up_message(LmtpSession *session)
{
    fail_message(session, LMTP_FULL);
}
