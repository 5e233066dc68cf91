/*
 * listing: lists that are read page by page, by key and not by number, so that what comes
 * meanwhile shifts nothing and the thousandth page costs what the first does.
 *
 *     ?sort=…&limit=…&cursor=… ─► struct listing ─► statement ─► rows ─► { items, next }, Link
 *
 * A statement gives one row: the items (a JSON array), and of the last of them, where more
 * follow, the key it is sorted by (as text) and its id. A cursor is that, sealed: who sends
 * one was given it, for this sort.
 */
#pragma once

#include "common/db/db.h"
#include "portald/http/reply.h"
#include "portald/http/request.h"

struct listing {
    const char *sort; /* as asked for, borrowed */
    int64_t limit;
    char *after_key;      /* NULL: from the beginning */
    struct uuid after_id; /* nil: likewise */
};
typedef struct listing Listing; /* for g_auto */
void listing_clear(Listing *listing);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Listing, listing_clear)

/* Of the operation's query: `sort` (else this one), `limit` (else LIMIT_LISTING), `cursor`.
   NULL: go on; else 422 for a cursor that is not ours or belongs to another sort. */
Reply *listing_read(const struct request *request, const char *sort,
                    struct listing *ret_listing);

/* The page: {"items": […], "next": "…" or null}. Columns of the row: items, key, id. */
Reply *listing_reply(const struct request *request, const struct listing *listing,
                     const DbRows *rows);

/* The same of a document that has both already, and maybe what only a page shows. */
Reply *listing_reply_document(const struct request *request, const json_t *document);
