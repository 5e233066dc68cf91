/*
 * exchange: one request, from its fields to its answer; knows nothing of the HTTP library.
 *
 *     fields ─► exchange_look ─► ASKED ═► ADMITTED ─► body ═► ANSWERED ─► sent
 *               route, limits       caller,            handler,
 *                                   who may            last touches
 *
 * What the double arrows stand for may wait for the database: exchange_work, which runs in
 * a worker. All else is quick, and runs in the thread that reads and writes the sockets. One
 * exchange is in one thread at a time.
 */
#pragma once

#include "portald/http/routes.h"
#include "portald/server/body.h"
#include "portald/server/guard.h"

struct exchange {
    struct request request;
    const struct route *route; /* NULL: refused before one was found */
    struct body body;
    Reply *reply; /* as soon as it is known */
    int64_t began_us, handed_us;
    bool has_body; /* one is announced */
    enum exchange_step {
        EXCHANGE_ASKED,    /* its fields are read */
        EXCHANGE_ADMITTED, /* its body may come, or is here */
        EXCHANGE_ANSWERED, /* the reply is to be sent */
    } step;
};

struct exchange *exchange_new(Site *site);
void exchange_free(struct exchange *exchange);

/* The request's fields are filled in; `text` says whether all of them could be. Finds its
   route, or a reply that refuses it. `version` as in the request line. */
void exchange_look(struct exchange *exchange, struct route_table table, bool text,
                   const struct guard *guard, const char *version);

/* Keep a piece of the body; where there is no room, the reply says so. */
void exchange_take_body(struct exchange *exchange, const char *data, size_t n);

/* Whether exchange_work may have to wait, and so belongs into a worker. */
bool exchange_waits(const struct exchange *exchange);

/* One step further, to ADMITTED or ANSWERED. One that was handed over longer ago than
   LIMIT_HTTP_WAIT_SECONDS is answered 503: whoever asked has given up, and the next ones
   come to their turn. */
void exchange_work(struct exchange *exchange);

/* Answer that there is too much to do, without anything that could wait. */
void exchange_turn_away(struct exchange *exchange);

/* One line in the log, with the pattern of its route: a path may hold a secret; and the
   site's figures. Of an exchange with a reply. */
void exchange_log(const struct exchange *exchange);
