#include "maild/lmtp/replies.h"

#include <string.h>

#include "common/base/error.h"

static const char *const texts[LMTP_REPLY_COUNT] = {
    [LMTP_OK] = "250 2.0.0 ok",
    [LMTP_SENDER_OK] = "250 2.1.0 sender ok",
    [LMTP_RECIPIENT_OK] = "250 2.1.5 recipient ok",
    [LMTP_STORED] = "250 2.0.0 stored",
    [LMTP_CHUNK_OK] = "250 2.0.0 chunk received",
    [LMTP_CLOSING] = "221 2.0.0 closing",
    [LMTP_HELP_TEXT] = "214 2.0.0 LHLO MAIL RCPT DATA BDAT RSET NOOP VRFY QUIT",
    [LMTP_CANNOT_VERIFY] = "252 2.5.0 not told here; RCPT will say",
    [LMTP_START_DATA] = "354 end with a dot on a line by itself",

    [LMTP_SHUTTING_DOWN] = "421 4.3.2 shutting down, try again",
    [LMTP_TOO_MANY_CONNECTIONS] = "421 4.3.2 too many connections, try again",
    [LMTP_IDLE_TOO_LONG] = "421 4.4.2 idle too long",
    [LMTP_TOO_MANY_ERRORS] = "421 4.7.0 too many errors",
    [LMTP_DATABASE_AWAY] = "451 4.3.0 the database is away, try again",
    [LMTP_OUTCOME_UNKNOWN] = "451 4.3.0 not known whether it was stored, send it again",
    [LMTP_OUR_MISTAKE] = "451 4.3.5 an error of this server, try again",
    [LMTP_FULL] = "452 4.3.1 no room now, try again",
    [LMTP_TOO_MANY_RECIPIENTS] = "452 4.5.3 too many recipients, send the rest again",

    [LMTP_BAD_LINE] = "500 5.5.2 bare CR, bare LF or NUL in a command",
    [LMTP_LINE_TOO_LONG] = "500 5.5.2 line too long",
    [LMTP_UNKNOWN_COMMAND] = "500 5.5.1 unknown command",
    [LMTP_SAY_LHLO] = "500 5.5.1 this is LMTP, say LHLO",
    [LMTP_BAD_ARGUMENT] = "501 5.5.4 wrong argument",
    [LMTP_BAD_SENDER] = "501 5.1.7 wrong syntax of the sender's address",
    [LMTP_BAD_RECIPIENT] = "501 5.1.3 wrong syntax of the recipient's address",
    [LMTP_NOT_OFFERED] = "502 5.5.1 not offered",
    [LMTP_NO_LHLO] = "503 5.5.1 LHLO first",
    [LMTP_NO_MAIL] = "503 5.5.1 MAIL first",
    [LMTP_NO_RECIPIENT] = "503 5.5.1 no recipient was accepted",
    [LMTP_NESTED_MAIL] = "503 5.5.1 MAIL was already said",
    [LMTP_MIXED_BDAT] = "503 5.5.1 not after BDAT",
    [LMTP_NOT_ALLOWED] = "554 5.7.1 this address may not connect",
    [LMTP_UNKNOWN_RECIPIENT] = "550 5.1.1 no such address here",
    [LMTP_BARE_LINE_END] = "550 5.6.0 bare CR or LF in the message",
    [LMTP_TOO_LARGE] = "552 5.3.4 larger than this server takes",
    [LMTP_NEEDS_SMTPUTF8] = "553 5.6.7 such an address needs SMTPUTF8",
    [LMTP_CANNOT_STORE] = "554 5.6.0 the message can't be stored",
    [LMTP_BAD_PARAMETER] = "555 5.5.4 unknown or wrong parameter",
};

const char *
lmtp_reply_text(enum lmtp_reply reply)
{
    return texts[reply];
}

char
lmtp_reply_class(enum lmtp_reply reply)
{
    return texts[reply][0];
}

enum lmtp_reply
lmtp_reply_of_error(const GError *error, const char *sqlstate)
{
    if (sqlstate && strcmp(sqlstate, "53100") == 0) /* disk_full */
        return LMTP_FULL;
    if (!error || error->domain != POSTERN_ERROR)
        return LMTP_OUR_MISTAKE;
    switch ((enum error_code)error->code) {
    case ERR_RETRY:
        return LMTP_DATABASE_AWAY;
    case ERR_REJECT:
        return LMTP_CANNOT_STORE;
    case ERR_MISSING: /* the queue went away between RCPT and the commit; when the mail */
    case ERR_CONFLICT: /* comes again RCPT will know */
    case ERR_OUTDATED:
    case ERR_DENIED:
    case ERR_BUG:
        break;
    }
    return LMTP_OUR_MISTAKE;
}
