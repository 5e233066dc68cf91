/*
 * address: mailboxes of header fields (RFC 5322 §3.4), in the one form that the rest of
 * the house uses: local part and domain lower-cased, an IDN domain in A-label form.
 *
 * Pure and linear; anything may come in. What is not an address that mail could be sent
 * to safely (control characters, angle brackets, white space, two @, too long) is never
 * given out as one.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"
#include "common/mail/mail.h"

void mail_address_free(struct mail_address *address);

/* The normalised form of a bare address ("Ann@Example.ORG", "<ann@example.org>"), owned
   by the caller; NULL when it is none. A local part that only needs its quotes for show
   loses them; one that really needs them is kept quoted. */
char *address_normalise(struct slice text);

/* Read a list of mailboxes and groups from an unfolded, undecoded header value, and append
   to `list` (of struct mail_address *), at most LIMIT_ADDRESSES in all. Group names are
   left out, their members kept. False when there were more than that. */
bool address_read_list(const char *value, GPtrArray *list);

/* False when no automatic answer may go to this address, whatever is said elsewhere:
   daemons, postmasters, no-reply addresses, list managers. */
bool address_may_answer(const char *address);
