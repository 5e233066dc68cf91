/*
 * router: whose is this address? And, on the same connection, the bell that tells ingest
 * of new mail.
 *
 * Questions that come while one is under way share the next query. What was found is
 * remembered for a few seconds; what was not found never.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "maild/lmtp/lane.h"

typedef struct LmtpRouter LmtpRouter;

struct lmtp_router_options {
    LmtpLoop *loop;
    struct db_options db;
    /* All recipients of this asker's question are answered. */
    void (*answered)(void *asker);
};

LmtpRouter *lmtp_router_new(const struct lmtp_router_options *options);
void lmtp_router_free(LmtpRouter *router);
bool lmtp_router_is_away(const LmtpRouter *router);

/* Answer the struct lmtp_recipient that are not answered yet. True when that could be done
   at once; else `answered` is called later. They are borrowed until then. */
bool lmtp_router_ask(LmtpRouter *router, GPtrArray *recipients, void *asker);

/* The asker goes away: its recipients are not touched any more. */
void lmtp_router_forget(LmtpRouter *router, const void *asker);

/* Tell ingest that there is mail, soon and at most once in 20 ms. */
void lmtp_router_ring(LmtpRouter *router);

/* Once a turn of the loop: sends what waits. *timeout_us is lowered to when it must be
   called again. */
void lmtp_router_run(LmtpRouter *router, int64_t *timeout_us);

/* Once a second. */
void lmtp_router_tick(LmtpRouter *router);
