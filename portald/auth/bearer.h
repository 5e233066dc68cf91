/* bearer: who stands behind an Authorization field (RFC 6750). */
#pragma once

#include "portald/http/request.h"

/* Fill person, role, proof, … of request->caller, whose tenant is known, from the field's
   value. A token that is not good leaves the caller nobody. */
bool bearer_find(struct request *request, const char *authorization, GError **error);
