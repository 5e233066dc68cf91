/*
 * bounce_text: delivery reports in words, of the servers that don't follow RFC 3464 (qmail,
 * exim, sendmail of old, Exchange, the large providers, and what passes for a report).
 *
 * That it is one at all takes two witnesses: who sent it (null return path, a daemon's
 * address, a field that only such mail has) and what it says (subject or text). What it
 * says is then read: addresses, status codes, and the reply of the server.
 */
#pragma once

#include "common/mail/bounce.h"

/* Append what the words amount to; nothing when this isn't a report. */
void bounce_text_read(const struct bounce_facts *facts, GPtrArray *list);

/* The Message-ID in a returned header block that stands in the text itself; NULL when
   there is none. Owned by the caller. */
char *bounce_text_message_id(const char *text);
