/*
 * meaning: what a parsed mail says that is new, what it passes on, and what it invites to:
 * reply.h, forward.h and calendar.h over all that the mail itself tells (the marks in its
 * HTML, a mail within it, its language).
 */
#pragma once

#include "common/mail/calendar.h"
#include "common/mail/forward.h"
#include "common/mail/mail.h"
#include "common/mail/reply.h"

/* The new words, the quoted ones and the signature. `known` are texts of the conversation
   so far (reply.h); none is fine. Files written into the text (embedded.h) are left out: they
   are parts of the mail. Cleared by the caller with reply_split_clear. */
ReplySplit mail_split(const Mail *mail, const struct slice *known, size_t n_known);

/* The language it is in: as Content-Language says, else as its new words (`reply` of
   mail_split) do when they are sure (language.h); NULL when neither. To be freed with
   g_free. */
char *mail_language(const Mail *mail, const char *words);

/* The mail that this one forwards: a message/rfc822 part first, then a block in the text.
   False when it forwards none; a delivery report never does. `raw` is what mail_parse got;
   *ret_forwarded is cleared by the caller with forward_clear. */
bool mail_forwarded(const Mail *mail, struct slice raw, Forwarded *ret_forwarded);

/* The event that this mail is about: of its first part that is a calendar and has one (as
   an alternative of the text or as a file). False when there is none. `raw` is what
   mail_parse got; *ret_calendar is cleared by the caller with calendar_clear. */
bool mail_calendar(const Mail *mail, struct slice raw, Calendar *ret_calendar);
