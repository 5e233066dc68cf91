/*
 * lane: a connection to PostgreSQL in the event loop, with one batch at a time on it.
 *
 *     away ──(a thread connects)──► free ──lmtp_lane_begin, …_send──► busy ──► done()
 *       ▲                             │                                │
 *       └─────────────────────────────┴────────── lost ────────────────┘
 *
 * libpq can connect without blocking, but not resolve a name or prepare our statements so;
 * a thread does all of it, and hands the connection over when it is usable. No thread lives
 * while the lane is up.
 */
#pragma once

#include "common/db/batch.h"
#include "maild/lmtp/loop.h"

typedef struct LmtpLane LmtpLane;

struct lmtp_lane_options {
    LmtpLoop *loop;
    struct db_options db; /* what it points to outlives the lane */
    /* The batch that was sent has come to its end; `batch` and `error` are borrowed. The
       lane is free again (or away) and may be begun on. */
    void (*done)(enum db_batch_outcome outcome, const DbBatch *batch, const GError *error,
                 void *data);
    void (*up)(void *data); /* connected, maybe not for the first time; may be NULL */
    void *data;
};

/* Begins to connect. */
LmtpLane *lmtp_lane_new(const struct lmtp_lane_options *options);

/* A connection attempt that is still under way is left to end with the process. */
void lmtp_lane_free(LmtpLane *lane);

bool lmtp_lane_is_away(const LmtpLane *lane);
bool lmtp_lane_is_free(const LmtpLane *lane);

/* Once a second: tries again, gives up what takes too long. */
void lmtp_lane_tick(LmtpLane *lane);

/* On a free lane: a batch to add to. NULL when it can't be begun; the lane is away then. */
DbBatch *lmtp_lane_begin(LmtpLane *lane, GError **error);

/* Commit it; done() follows, never before this returns true. On false it won't. */
bool lmtp_lane_send(LmtpLane *lane, GError **error);

/* Adding to the batch failed: nothing of it was written; the connection is given up. */
void lmtp_lane_cancel(LmtpLane *lane);
