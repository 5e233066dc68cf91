/*
 * message: one mail on its way from a session to the database.
 *
 *     MAIL, RCPT … ─► recipients ─► bytes ─► rows, one a tenant ─► replies, one a recipient
 *
 * The bytes are collected in one buffer behind the trace header lines of the first tenant,
 * and go from there to the database without another copy; only a mail to several tenants
 * is copied once for each further one. A message outlives its session when the client goes
 * away while it is committed.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"
#include "common/base/uuid.h"
#include "maild/lmtp/replies.h"

/* What one tenant gets: one row of `inbound`. */
struct lmtp_row {
    struct uuid id;
    struct uuid tenant;
    GByteArray *raw;
    GPtrArray *addresses; /* of char *, borrowed from the recipients, NULL-terminated */
    enum lmtp_reply reply;
    bool answered; /* `reply` is set */
};

struct lmtp_recipient {
    char *path;    /* as the client wrote it */
    char *address; /* normalised */
    struct uuid tenant;
    enum lmtp_reply reply; /* to RCPT */
    bool answered; /* `reply` is set, and `tenant` where it is LMTP_RECIPIENT_OK */
    struct lmtp_row *row;
};

void lmtp_recipient_free(struct lmtp_recipient *recipient);

/* Where the mail came from. */
struct lmtp_origin {
    const char *host; /* our own name */
    const char *name; /* what LHLO said */
    const char *peer; /* an IP address; "unix" */
};

typedef struct LmtpMessage {
    char *from_path;
    char *from; /* normalised; empty for the null path */
    char *peer;
    bool smtputf8;
    int64_t declared;      /* SIZE=, -1 */
    int64_t received_us;   /* clock_ticks_us at the end of its bytes */
    GPtrArray *recipients; /* of struct lmtp_recipient, those that RCPT accepted */
    GPtrArray *rows;   /* of struct lmtp_row, the first holds the bytes while they come */
    size_t header_n;   /* bytes of trace header before the message's own */
    size_t *in_flight; /* the sum over all messages, kept up to date; borrowed */
    void *owner;       /* the connection that waits for it; NULL once it is gone */
} LmtpMessage;

LmtpMessage *lmtp_message_new(struct slice from_path, size_t *in_flight);
void lmtp_message_free(LmtpMessage *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LmtpMessage, lmtp_message_free)

/* The recipients are known, bytes will come: make the rows and the trace header. */
void lmtp_message_open(LmtpMessage *message, const struct lmtp_origin *origin);
bool lmtp_message_is_open(const LmtpMessage *message);

void lmtp_message_append(LmtpMessage *message, struct slice bytes);

/* Bytes of the client's so far. */
size_t lmtp_message_size(const LmtpMessage *message);

/* Let go of the bytes; the envelope stays. */
void lmtp_message_drop(LmtpMessage *message);

/* All bytes are here: give every tenant its own. */
void lmtp_message_close(LmtpMessage *message);

/* True when every row has its reply. */
bool lmtp_message_is_answered(const LmtpMessage *message);
