/*
 * second: codes of a person's device (totp.h) and those on paper (recovery.h), as they
 * stand in the database. All run in a transaction of that person.
 */
#pragma once

#include "common/db/db.h"
#include "portald/http/request.h"

/* Use up a code of either kind. *ret_right is false for one that is wrong or was used. */
bool second_use(DbTx *tx, const struct request *request, struct uuid person,
                const char *code, bool *ret_right, GError **error);

/* Make a secret that waits for its first code; *ret_secret has TOTP_SECRET_BYTES. */
bool second_propose(DbTx *tx, const struct request *request, struct uuid person,
                    uint8_t *ret_secret, GError **error);

/* The secret that waits. False without error: there is none. */
bool second_proposed(DbTx *tx, const struct request *request, struct uuid person,
                     uint8_t *ret_secret, GError **error);

/* Its first code: from now on codes are asked for. *ret_codes are the recovery codes
   (g_strfreev); NULL, without error, for a wrong code. */
bool second_enable(DbTx *tx, const struct request *request, struct uuid person,
                   const char *code, char ***ret_codes, GError **error);

/* New recovery codes in the place of the old ones. */
bool second_renew_codes(DbTx *tx, const struct request *request, struct uuid person,
                        char ***ret_codes, GError **error);
