/*
 * forward: a mail that someone forwarded as text, taken apart.
 *
 * Clients write a line ("---------- Forwarded message ---------", "Begin forwarded
 * message:", "-------- Weitergeleitete Nachricht --------") and the header of the forwarded
 * mail as From: Date: Subject: To: lines, in the user's language. Outlook writes only the
 * block, like for a reply; there the prefix of the subject (Fw:, WG:, TR: …) says which.
 * Mail forwarded as message/rfc822 is the parser's business.
 *
 * Pure; linear time.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"

/* As the block says it, unparsed; "" for what it doesn't say. */
typedef struct forwarded {
    char *from; /* "Ann <ann@example.com>" */
    char *date; /* in the words of the client */
    char *subject;
    char *text;    /* below the block, with one level of ">" taken off if all has it */
    size_t begins; /* where in the text the forward begins */
} Forwarded;

/* Take the first forwarded mail of `text` apart. False when there is none. */
bool forward_find(struct slice text, struct slice subject, Forwarded *ret_forwarded);
void forward_clear(Forwarded *forwarded);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Forwarded, forward_clear)

/* True when a subject begins with a client's prefix of forwarding, in any language. */
bool forward_subject(struct slice subject);
