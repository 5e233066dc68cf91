/*
 * headers: what stands above the words of a mail: whom it seems to come from, where a
 * reply and a bounce go, which thread it joins, and whether it says that a machine wrote
 * it. Pure.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

#include "common/store/outbox.h"

/* Requester and Cc: who is outside of the desk. */
bool headers_is_outside(const OutboxMail *mail);

/* Whether attachments of the message go along with a mail of this template. */
bool headers_passes_attachments(const char *template);

/* The display name in From. The desk's address always stands behind it, so an agent's name
   does not show where they read their mail. Owned by the caller. */
char *headers_from_name(const OutboxMail *mail, const json_t *document);

/* Value of Auto-Submitted (RFC 3834 §5); NULL for words of a person to a customer. */
const char *headers_auto_submitted(const OutboxMail *mail);

/* The reverse path: "", the null path, for what answers automatically (RFC 3834 §3.3), so
   that nobody answers back; else the mail's own reply address, so that a bounce says which
   mail it is about. `reply_to` may be NULL. */
const char *headers_envelope_from(const OutboxMail *mail, const char *reply_to);

/* Message-IDs that stand in References, the last one in In-Reply-To; NULL-terminated, may
   be empty. `seen` and `answers` are outbox_thread's, for mail to the outside. Inside, all
   notices of a ticket answer one Message-ID that no mail has, so that clients show them as
   one thread. What can't stand in a header is left out. */
char **headers_references(const OutboxMail *mail, const char *const *seen,
                          const char *answers);

/* Text on one line, valid UTF-8 without control characters. Owned by the caller. */
char *headers_one_line(const char *text);

/* The customer's Thread-Index, where it is one; NULL where not. Owned by the caller. */
char *headers_thread_index(const OutboxMail *mail);
