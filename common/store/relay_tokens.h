/*
 * relay_tokens: OAuth refresh tokens that took the place of the configured ones. They are
 * the installation's, no tenant's.
 */
#pragma once

#include <stdbool.h>

#include "common/db/db.h"

/* Wait for our turn with this account's token, and load it. *ret_sealed is NULL when there
   is none. Nobody else has it until the transaction ends. */
bool relay_token_take(DbTx *tx, const char *account, GBytes **ret_sealed, GError **error);

bool relay_token_store(DbTx *tx, const char *account, struct slice sealed,
                       GError **error);
