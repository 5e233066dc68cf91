/*
 * known: the words that a mail may quote, so that its quotes are found however its client
 * wrapped them and whatever it wrote around them (reply.h): what was said in the
 * conversation, and the mail of ours that this one answers as it was sent, which says more
 * than anybody wrote (an acknowledgement, the frame of a notice).
 */
#pragma once

#include "maild/ingest/reading.h"

typedef struct Known {
    GArray *texts;    /* struct slice, what is nearest first; they point into … */
    DbRows *messages; /* … these */
    GPtrArray *mails; /* … and these, of Mail * */
} Known;

/* What this mail may quote of a conversation. The result is cleared by the caller. */
bool known_read(const Reading *reading, struct uuid conversation, Known *ret_known,
                GError **error);
void known_clear(Known *known);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Known, known_clear)
