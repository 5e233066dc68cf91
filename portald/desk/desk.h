/*
 * desk: what agents' programs do: /api/v1/desk/…, for agents and admins.
 *
 *     desk_read.c     lists, a ticket, who and what there is
 *     desk_change.c   what is done to a ticket, all by common/desk/apply.h and post.h
 *
 * A change answers with the ticket as it then is, the same document that a read gives.
 */
#pragma once

#include "common/db/db.h"
#include "portald/http/routes.h"

extern const struct route_table desk_read_routes;
extern const struct route_table desk_change_routes;

/* The ticket's document, owned by the caller; of a merged one that of where it went.
   ERR_MISSING. */
char *desk_document(DbTx *tx, struct uuid ticket, GError **error);

/* The id that the path names first. */
struct uuid desk_path_id(const struct request *request);
