/*
 * audit: the record of sign-ins and of what was changed in accounts. A line each in the
 * log too, so that it can be watched from outside.
 */
#pragma once

#include <stdbool.h>

#include "common/db/db.h"
#include "portald/http/request.h"

/* Write down, in this transaction, what was done to the account of `person` (nil:
   nobody's). `detail` is a JSON object without secrets, or NULL. */
bool audit_add(DbTx *tx, const struct request *request, struct uuid person,
               const char *kind, const char *detail, GError **error);

/* The same in a transaction of its own, for what failed; a failure of the record itself is
   only logged. */
void audit_failure(const struct request *request, struct uuid person, const char *kind,
                   const char *detail);
