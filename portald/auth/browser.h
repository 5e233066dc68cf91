/* browser: what stands at the end of a sign-in in a browser: the session, and the device
   that is known from then on. */
#pragma once

#include "portald/auth/sign_in.h"

/* For sign_in_end.begin: a new session, its cookie, and 303 to where the sign-in wanted to
   go. A device that the person was not seen with before, while others were, is told of by
   mail. */
bool browser_begin(DbTx *tx, struct sign_in_end *end, const char *proof, GError **error);

/* The cookie of a sign-in that has begun, NULL: none. */
const char *browser_token(const struct request *request);
void browser_remember(const struct request *request, Reply *reply, const char *token);
