/*
 * session: one LMTP connection without its socket and without the database.
 *
 *     bytes ─► lmtp_session_push ─► replies, in lmtp_session_output
 *                     │
 *                     ├─ LMTP_SESSION_ROUTES: whose are these recipients? ─► …_routed
 *                     └─ LMTP_SESSION_COMMITS: store this message         ─► …_committed
 *
 * A session never waits; it says what it waits for, and keeps what comes meanwhile. So
 * replies leave in the order of their commands however much is pipelined, and all RCPT
 * commands that came together are one question.
 */
#pragma once

#include "maild/lmtp/message.h"

typedef struct LmtpSession LmtpSession;

struct lmtp_session_options {
    const char *host;      /* our own name; borrowed for the session's life */
    const char *peer;      /* copied */
    int64_t message_bytes; /* the largest message taken */
    size_t *in_flight;     /* see message.h */
};

enum lmtp_session_state {
    LMTP_SESSION_READS,   /* push more bytes */
    LMTP_SESSION_ROUTES,  /* answer lmtp_session_asks, then lmtp_session_routed */
    LMTP_SESSION_COMMITS, /* lmtp_session_take, store, then lmtp_session_committed */
    LMTP_SESSION_OVER,    /* send the output, then close */
};

/* A new session; its greeting is in the output. */
LmtpSession *lmtp_session_new(const struct lmtp_session_options *options);
void lmtp_session_free(LmtpSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LmtpSession, lmtp_session_free)

/* Bytes from the client. Taken in any state; kept while the session waits. */
void lmtp_session_push(LmtpSession *session, struct slice bytes);

enum lmtp_session_state lmtp_session_state(const LmtpSession *session);

/* In ROUTES: struct lmtp_recipient whose `answered` is false need `reply` and `tenant`. */
GPtrArray *lmtp_session_asks(LmtpSession *session);
void lmtp_session_routed(LmtpSession *session);

/* In COMMITS, once: the message, whose rows need their `reply`. Owned by the caller. */
LmtpMessage *lmtp_session_take(LmtpSession *session);
void lmtp_session_committed(LmtpSession *session, const LmtpMessage *message);

/* What is to be sent. The caller erases what it sent. */
GString *lmtp_session_output(LmtpSession *session);

/* End it with a 421 reply; what is being committed is not answered any more. */
void lmtp_session_end(LmtpSession *session, enum lmtp_reply reply);

/* True between two mails: nothing is lost by ending the session here. */
bool lmtp_session_is_idle(const LmtpSession *session);

/* True while bytes of a message that is being kept come in. */
bool lmtp_session_collects(const LmtpSession *session);

/* No more room: let go of what was collected, take the rest and answer 452. */
void lmtp_session_give_up_message(LmtpSession *session);
