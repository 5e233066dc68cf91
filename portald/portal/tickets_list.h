/*
 * tickets_list: what a list of tickets is asked for: ?q= &status= &category= &priority=
 * &from= &to= &sort= &cursor= &limit=, the same for the page and the API.
 *
 * A cursor is a place in an order, "after.updated.1764266400000000.<id>", in base64: it
 * bounds the rows of a statement that asks who looks, so it opens nothing.
 */
#pragma once

#include "portald/http/request.h"

struct ticket_cursor {
    bool is_before; /* the page before that place, else the one after it */
    char *sort;
    int64_t place;
    struct uuid id;
};

/* Read one as the documents have it ("after.updated.12.<id>"). False for anything else. */
bool ticket_cursor_parse(const char *text, struct ticket_cursor *ret_cursor);

/* A cursor of a document as it stands in a query, owned by the caller; and back, NULL for
   what is none. */
char *ticket_cursor_pack(const char *text);
char *ticket_cursor_unpack(const char *packed);

/* A day ("2026-11-27") or an instant (RFC 3339) of a query as an instant, `days` later for
   a day; owned by the caller. NULL for anything else. */
char *ticket_day(const char *text, int days);

/* The document of the list, owned by the caller: items, and cursors as they stand in a
   query. ERR_REJECT for a query that can't be; then *ret_parameter, where it is not NULL,
   is what of it ("?from"). */
json_t *ticket_list(const struct request *request, const char **ret_parameter,
                    GError **error);
