/*
 * bounce_reason: why a mail was not delivered, by the words of servers that give no enhanced
 * status code: as the subject and detail of one (RFC 3463 §3).
 */
#pragma once

#include <glib.h>

/* "5.1.1" for "User unknown" and the like in text[from .. to). `class_` is '4' or '5' when
   an SMTP reply or another field has said which; 0: that of the reason itself. NULL when
   nothing is said, or several things are, as in a list of what may have happened. Owned by
   the caller. */
char *bounce_reason_status(const char *text, gsize from, gsize to, char class_);
