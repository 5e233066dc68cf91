/*
 * authres: Authentication-Results (RFC 8601), as far as we act on it.
 *
 * Anyone can write such a field. Only the topmost one of a message counts, and only when
 * its authserv-id is one that the installation trusts: a relay of ours put it there, and
 * what stands below may have come with the mail.
 */
#pragma once

#include "common/mail/header.h"
#include "common/mail/mail.h"

/* Fill `ret_auth` (which is empty). authserv_id stays NULL when nothing is trusted. */
void authres_read(const struct header_block *header, const char *const *trusted,
                  struct mail_authentication *ret_auth);
void authres_clear(struct mail_authentication *auth);
