/*
 * meaning: what a parsed mail says that is new, and what it passes on: reply.h and
 * forward.h over all that the mail itself tells (the marks in its HTML, a mail within it).
 */
#pragma once

#include "common/mail/forward.h"
#include "common/mail/mail.h"
#include "common/mail/reply.h"

/* The new words, the quoted ones and the signature. `known` are texts of the conversation
   so far (reply.h); none is fine. Cleared by the caller with reply_split_clear. */
ReplySplit mail_split(const Mail *mail, const struct slice *known, size_t n_known);

/* The mail that this one forwards: a message/rfc822 part first, then a block in the text.
   False when it forwards none; a delivery report never does. `raw` is what mail_parse got;
   *ret_forwarded is cleared by the caller with forward_clear. */
bool mail_forwarded(const Mail *mail, struct slice raw, Forwarded *ret_forwarded);
