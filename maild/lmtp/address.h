/*
 * address: the paths of MAIL and RCPT (RFC 5321 §4.1.2, RFC 6531 §3.3), and the form in
 * which addresses are compared and kept. Pure.
 */
#pragma once

#include <stdbool.h>

#include "common/base/slice.h"

/* Cut `<path>` off *rest. *ret_address is what stands between the brackets, without a
   source route: empty for <>, else `local@domain`, or a local part alone (<postmaster>).
   False, both untouched, for all else and beyond LIMIT_ADDRESS_BYTES. */
bool lmtp_path_cut(struct slice *rest, struct slice *ret_address);

bool lmtp_address_is_ascii(struct slice address);
bool lmtp_address_has_domain(struct slice address);

/* Lower case, the local part out of its quotes, an internationalised domain as A-labels.
   Of an address that lmtp_path_cut took. Owned by the caller. */
char *lmtp_address_normalise(struct slice address);
