/*
 * replies: every fixed answer of the LMTP server, in one table (RFC 5321 §4.2 codes with
 * RFC 3463 enhanced status codes), and the one place where an outcome of the database
 * becomes an answer.
 */
#pragma once

#include <glib.h>

enum lmtp_reply {
    LMTP_OK,
    LMTP_SENDER_OK,
    LMTP_RECIPIENT_OK,
    LMTP_STORED,
    LMTP_CHUNK_OK,
    LMTP_CLOSING,
    LMTP_HELP_TEXT,
    LMTP_CANNOT_VERIFY,
    LMTP_START_DATA,

    LMTP_SHUTTING_DOWN,
    LMTP_TOO_MANY_CONNECTIONS,
    LMTP_IDLE_TOO_LONG,
    LMTP_TOO_MANY_ERRORS,
    LMTP_DATABASE_AWAY,
    LMTP_OUTCOME_UNKNOWN,
    LMTP_OUR_MISTAKE,
    LMTP_FULL,
    LMTP_TOO_MANY_RECIPIENTS,

    LMTP_BAD_LINE,
    LMTP_LINE_TOO_LONG,
    LMTP_UNKNOWN_COMMAND,
    LMTP_SAY_LHLO,
    LMTP_BAD_ARGUMENT,
    LMTP_BAD_SENDER,
    LMTP_BAD_RECIPIENT,
    LMTP_NOT_OFFERED,
    LMTP_NO_LHLO,
    LMTP_NO_MAIL,
    LMTP_NO_RECIPIENT,
    LMTP_NESTED_MAIL,
    LMTP_MIXED_BDAT,
    LMTP_NOT_ALLOWED,
    LMTP_UNKNOWN_RECIPIENT,
    LMTP_BARE_LINE_END,
    LMTP_TOO_LARGE,
    LMTP_NEEDS_SMTPUTF8,
    LMTP_CANNOT_STORE,
    LMTP_BAD_PARAMETER,
    LMTP_REPLY_COUNT
};

/* The whole line without its CR LF: "250 2.0.0 ok". Static. */
const char *lmtp_reply_text(enum lmtp_reply reply);

/* '2', '3', '4' or '5'. */
char lmtp_reply_class(enum lmtp_reply reply);

/* The answer for a commit that the database refused, or that could not be tried. `sqlstate`
   may be NULL: the connection, not the statement, was at fault. */
enum lmtp_reply lmtp_reply_of_error(const GError *error, const char *sqlstate);
