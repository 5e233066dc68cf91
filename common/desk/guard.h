/*
 * guard: the limits that end a loop between our automatic mail and somebody else's.
 *
 * What was sent stands in the outbox, so the limits hold over restarts and over any number
 * of maild: who asks for an address is alone with it until the end of the transaction.
 */
#pragma once

#include <stdbool.h>

#include "common/db/db.h"

/* May another automatic mail go to this address, answering this subject, in this
   conversation? `outside`: it is not an agent's, and the limits per address hold too. */
bool guard_allows(DbTx *tx, const char *address, const char *subject,
                  struct uuid conversation, bool outside, bool *ret_allowed,
                  GError **error);
