/*
 * rate: how often somebody may do something. Buckets of tokens that stand in PostgreSQL,
 * so they hold whichever portald is asked (rate_take, a transaction of its own, so that a
 * refused request has still been counted).
 *
 * What only guards against a flood is taken from there some at a time and counted in this
 * process, so that ordinary requests do not wait for the database; what guards a secret is
 * always asked for there.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "portald/http/reply.h"
#include "portald/http/request.h"

enum rate_limit {
    RATE_MAIL_ADDRESS,     /* mails with a link or a code, to one address */
    RATE_MAIL_PEER,        /* …, asked for from one network address */
    RATE_MAIL_TENANT,      /* …, of one tenant */
    RATE_PASSWORD_ADDRESS, /* passwords tried for one address */
    RATE_PASSWORD_PEER,    /* …, from one network address */
    RATE_CODE_PERSON,      /* codes tried for one person */
    RATE_PAPER,            /* papers and archives made for one person */
    RATE_PEER,             /* requests of nobody, from one network address */
    RATE_READ,             /* reading requests of one person */
    RATE_WRITE,            /* changing requests of one person */
    RATE_TENANT,           /* all requests of one tenant */
};

struct rate_ask {
    enum rate_limit limit;
    const char *whom; /* of this tenant; RATE_…_PEER: the peer as the request has it */
};

/* Take one of each. NULL and no error: go on. Else the answer, 429 with Retry-After; or
   NULL and error when it can't be told. */
Reply *rate_check(const struct request *request, const struct rate_ask *asks, size_t n,
                  GError **error);

/* What every request has to pass, once it is known who asks; the same answers. */
Reply *rate_check_request(const struct request *request, GError **error);

/* The network that a peer stands for: an IPv4 address, the first half of an IPv6 one, of
   which everybody has as many as they like; owned by the caller. */
char *rate_network(const char *peer);
