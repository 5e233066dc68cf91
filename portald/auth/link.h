/*
 * link: who comes with the signed link that a mail to a requester or Cc carries,
 * /t/{token}: they see that one ticket and may answer, as the recipient of that mail.
 *
 * A route under /t/{token} whose `who` is WHO_LINK gets a caller of CALLER_LINK, with
 * person and conversation; or, when the same person or an agent is signed in, theirs, with
 * the conversation set.
 */
#pragma once

#include "portald/http/routes.h"

/* Look at the token of such a route; other routes are left as they are. A link that is no
   longer good (its time is over, it was taken back, its person left the ticket) sets
   caller.link_is_over. */
bool link_find(struct request *request, GError **error);

/* POST /t/{token}/revoke: the links to this ticket that this person was sent are no longer
   good. */
extern const struct route_table link_routes;
