/*
 * hub: one thread that looks what happened and tells the pages that are open.
 *
 *     events ──BELL_EVENTS──► hub ──► feeds, one an open page ──► text/event-stream
 *
 * It reads the newest events of all tenants once, whatever the number of pages, and hands
 * each to the feeds whose viewer may know: agents all of their tenant's, a customer those
 * of kinds that concern customers in conversations they take part in, and each person what
 * they are told (table notifications). Only where and of which kind goes out; the page then asks for what it shows, as who it is.
 *
 * Events come in the order of their ids only within seconds (each process makes its own),
 * so the last LIMIT_LIVE_OVERLAP_SECONDS are read again and what was told is not told twice.
 */
#pragma once

#include "common/base/config.h"
#include "common/db/db.h"
#include "portald/http/reply.h"

typedef struct Hub Hub;

/* Start the thread. Config and the table of statements are borrowed until hub_free. */
Hub *hub_new(const Config *config, const struct db_statement_table *table);

/* End all feeds, then the thread. */
void hub_stop(Hub *hub);
void hub_free(Hub *hub);

struct hub_viewer {
    struct uuid tenant;
    enum db_viewer viewer;
    struct uuid person;
    struct uuid conversation; /* DB_VIEWER_LINK */
};

struct hub_event {
    struct uuid id, conversation;
    const char *kind; /* events.kind */
};

/* A feed for this viewer, which ends by itself after LIMIT_LIVE_SECONDS, when the page
   asks again and is looked at again; and at hub_stop. NULL when LIMIT_LIVE_FEEDS are open. */
struct reply_stream *hub_open(Hub *hub, const struct hub_viewer *viewer);

/* Say this first: what was missed. */
void hub_replay(struct reply_stream *feed, const struct hub_event *event);

/* The name under which a kind goes out ("message", "status", "ticket"); NULL when this
   viewer is not to know of it. */
const char *hub_name(enum db_viewer viewer, const char *kind);

/* Feeds that are open, for /metrics. */
size_t hub_count(Hub *hub);
