/*
 * connection: a socket with its session. Bytes in, replies out, and what the session asks
 * for handed to the router and the committer.
 */
#pragma once

#include "maild/lmtp/committer.h"
#include "maild/lmtp/loop.h"
#include "maild/lmtp/router.h"
#include "maild/lmtp/session.h"

typedef struct LmtpConnection LmtpConnection;

/* What all connections of a server share. */
struct lmtp_house {
    LmtpLoop *loop;
    LmtpRouter *router;
    LmtpCommitter *committer;
    const char *host;
    int64_t message_bytes;
    size_t in_flight;      /* bytes received and not committed */
    size_t in_flight_most; /* where reading stops */
    bool stopping;
    GPtrArray
        *connections; /* of LmtpConnection; those that ended leave in lmtp_house_tidy */
    char *buffer;     /* of LMTP_READ_BYTES, for one read at a time */
};

#define LMTP_READ_BYTES (128u << 10)

/* Serve a socket, which is taken, and non-blocking. Added to the house. */
void lmtp_connection_open(struct lmtp_house *house, int take_fd, const char *peer);

/* The router's and the committer's callbacks. */
void lmtp_connection_answered(void *connection);
void lmtp_connection_committed(LmtpMessage *take, void *house);

/* Once a second: ends those that were silent for too long. */
void lmtp_house_tick(struct lmtp_house *house);

/* Once a turn of the loop: frees what ended, reads again where there is room now. */
void lmtp_house_tidy(struct lmtp_house *house);

/* Shutdown: 421 to all between two mails; with `all`, to those within one as well. What is
   being committed is left to end. */
void lmtp_house_end(struct lmtp_house *house, bool all);
