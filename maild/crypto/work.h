/*
 * work: one mail of the crypto job, between the database and GnuPG. No transaction is open
 * while GnuPG works.
 */
#pragma once

#include <stdbool.h>

#include "common/base/config.h"
#include "common/db/db.h"
#include "common/store/unsealings.h"

/* Open and verify a claimed mail and write down what was found; or, when that failed for
   the last time, that it could not be done. *ret_done is false where it is to be tried
   again. False when the database did not take it. */
bool work_unseal(Db *db, const Config *config, const char *base,
                 const struct unsealing_claim *claim, bool *ret_done, GError **error);
