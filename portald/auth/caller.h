/*
 * caller: find out who asks.
 *
 *     host ─► tenant;  cookie ─► session ─► person;  Authorization ─► bearer.h
 *
 * One statement for tenant and session together. A token that is not known, or ended, is
 * nobody: the routes say where that is not enough.
 */
#pragma once

#include "portald/http/reply.h"
#include "portald/http/request.h"

/* Fill request->caller. False with error when that can't be told now. */
bool caller_find(struct request *request, GError **error);

/* Whether the route may be asked by this caller, and, for what changes something, whether
   their own page asks (csrf.h looks at the form later). NULL: go on; else the answer:
   401 or a redirect to the sign-in page, 403, 421. */
Reply *caller_permit(const struct request *request);

/* --- sessions --------------------------------------------------------------------- */

/* Begin a session for a person: its row, and the cookie on the reply. The token was never
   anybody's before, so none can be planted. `proof` as in sessions.proof. */
bool session_begin(DbTx *tx, const struct request *request, struct uuid person,
                   const char *proof, Reply *reply, GError **error);

/* End the session that the caller's cookie stands for, if it does. */
bool session_end(const struct request *request, GError **error);

/* Take the cookie from the browser. */
void session_forget(const struct request *request, Reply *reply);

/* The name of the cookie: "__Host-session" over TLS, "session" on plain loopback. */
const char *session_cookie(const struct request *request);

/* Set a cookie that only our pages get back: HttpOnly, SameSite=Lax, Secure over TLS.
   max_age in seconds; NULL and 0 take it away. `name` without the prefix. */
void cookie_set(const struct request *request, Reply *reply, const char *name,
                const char *value, int64_t max_age);
/* The value of such a cookie, NULL when there is none. */
const char *cookie_get(const struct request *request, const char *name);
