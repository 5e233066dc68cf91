/*
 * reply: what is new in a mail.
 *
 *     text (+ what the client marked in its HTML) (+ what we sent)
 *         -> lines -> which are quoted, frame, signature -> reply, quoted, signature
 *
 * The evidence, strongest first: the words of this line are words that we sent (`known`,
 * compared without regard to wrapping, quote marks and punctuation); the sender's client
 * marked it (html_text.h's regions); it stands behind a frame that clients put above what
 * they quote (an attribution line, "-----Original Message-----", a block of From: Sent: To:
 * Subject:, in some forty languages) or begins with ">". Then come signatures: what follows
 * "-- ", "Sent from my phone", a list's footer.
 *
 * What is where decides what is cut:
 *
 *     new, quote              the quote is cut: the usual answer on top
 *     frame, quote, new       the quote is cut: an answer below
 *     quote, new, quote, new  an answer between the quotes: they stay, in place, without
 *                             the frame; what follows the last new word is cut
 *     quote, new              without a frame: quoted by hand, so it stays
 *     new, forwarded mail     both stay: what is forwarded is new to us
 *     forwarded mail          its text is the reply
 *
 * Where nothing would be left, less is cut: first the signature stays, then all stays. The
 * whole text is always beside this in the message, so a wrong cut loses nothing.
 *
 * Pure; linear time. Of a text longer than LIMIT_TEXT_BYTES the rest counts as quoted.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/base/slice.h"
#include "common/text/html_text.h"

struct reply_input {
    struct slice text;    /* UTF-8, lines end in LF or CRLF */
    struct slice subject; /* decoded; says "forwarded" in some clients' mail */
    const struct html_region *regions; /* of `text`, when html_text made it; else NULL */
    size_t n_regions;
    const struct slice *known; /* texts of earlier messages of the conversation, and of
                                  mails that we sent in it; also, when `text` is the plain
                                  half of an alternative, the regions of its HTML half that
                                  are marked as quote */
    size_t n_known;
};

/* Each is UTF-8 with LF, without blank lines at its ends, and "" when there is none. */
typedef struct reply_split {
    char *reply;
    char *quoted;
    char *signature;
} ReplySplit;

ReplySplit reply_split(const struct reply_input *in);
void reply_split_clear(ReplySplit *split);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ReplySplit, reply_split_clear)
