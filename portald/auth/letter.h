/* letter: mails about an account, which belong to no ticket. They go through the outbox
   like all others, with templates of their own (templates/mail). */
#pragma once

#include <jansson.h>

#include "common/db/db.h"
#include "portald/http/request.h"

/* Queue one, in this transaction. `template`: sign_in, sign_up, reset_password,
   verify_address, new_device, account_changed. `person` may be nil: the address is nobody's
   yet. To `detail`, which is taken, the language of the request is added. */
bool letter_send(DbTx *tx, const struct request *request, const char *template,
                 struct uuid person, const char *address, json_t *detail, GError **error);

/* Tell the person of a change of their account, at their main address, with where it came
   from. `change`: password, two_factor_on, two_factor_off, recovery_codes, key, address. */
bool letter_change(DbTx *tx, const struct request *request, struct uuid person,
                   const char *change, GError **error);

/* The address under which the browser knows this portal, for links in a mail: the host that
   was asked where the tenant has it as a domain of its own, else the configured one. (Host
   is what anybody sends: a link to one that we do not know would hand its token away.)
   Owned by the caller; NULL and error. */
char *letter_base_url(DbTx *tx, const struct request *request, GError **error);

/* After the commit: tell the senders that there is something. */
void letter_ring(const struct request *request);
