/*
 * csrf: is it our own page that asks? (OWASP: signed token bound to the session, and the
 * browser's own word on where a request comes from.)
 */
#pragma once

#include "portald/http/request.h"

/* The token for the forms of a session; owned by the caller. */
char *csrf_token(struct slice secret, struct uuid session);

/* False, ERR_DENIED, when a request that changes something may come from another site:
   Sec-Fetch-Site or Origin says so; or a cookie vouches for it and the token (field "csrf"
   or header X-CSRF-Token) is not its session's. */
bool csrf_check(const struct request *request, GError **error);
