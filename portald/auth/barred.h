/*
 * barred: a password is not enough where its person never was, while many wrong ones come.
 *
 * rate.h slows guessing down, for an address and for a network. What is left is who guesses
 * slowly, from many networks, until one is right. So after LIMIT_BARRED_… wrong tries of the
 * last hour, for the address or from the network (/24, /48), passwords count only from
 * networks that the person signed in from before. A mailed link goes on to work everywhere,
 * and makes its network one of those.
 *
 * Right and wrong passwords are refused with the same words, known and unknown addresses
 * alike: tries are counted by a digest of what was typed.
 */
#pragma once

#include <stdbool.h>

#include "portald/http/request.h"

/* What goes on record with a wrong try for this address: a JSON object; owned by the
   caller. */
char *barred_detail(const struct request *request, const char *address);

/* Whether passwords for this address count from where the request comes. `person` is nil
   where it is nobody's. */
bool barred_check(const struct request *request, struct uuid person, const char *address,
                  bool *ret_barred, GError **error);

/* The right password came, and was refused: on record, and a mail to the person, at most
   one an hour. */
bool barred_tell(const struct request *request, struct uuid person, const char *address,
                 GError **error);
