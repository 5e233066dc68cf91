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

/* The same as places: the byte ranges of in->text that reply_split puts into `quoted`
   (HTML_MARK_QUOTE, frames included) and into `signature` (HTML_MARK_SIGNATURE), in order
   and apart; of struct html_region. Empty where all is new. */
GArray *reply_regions(const struct reply_input *in);

void reply_split_clear(ReplySplit *split);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ReplySplit, reply_split_clear)

/*
 * What of an agent's answer to a notification may go to the customer.
 *
 * Like reply_split, but wrong in the other direction: what might be internal goes.
 *
 * - `marker` is the line that our notices carry ("write your answer above this line").
 *   It and all below it is cut. Only where the agent's client marks that line as quoted (">"
 *   or a region of HTML) are unmarked lines below it the agent's, and stay; else nobody can
 *   tell them from the notice's own, so they are cut, and left_out says so.
 * - A line that is quoted, or stands in a run of words of `known` (the notice, internal
 *   notes, the agent's earlier mails with their signature), is cut wherever it stands.
 * - Except between answers: there quoted lines whose words all stand in `customer` (what
 *   the customer wrote to us) stay in place, as they are what is answered. Of an answer
 *   above or below one quote, the whole quote goes.
 * - A forwarded mail is quoted text like any other. Signatures are cut.
 *
 * The reply is "" when the agent wrote nothing of their own: then nothing may be sent.
 */
struct reply_agent_input {
    struct reply_input mail; /* known: the notice as sent, internal notes, … */
    struct slice marker;     /* empty: none */
    const struct slice *customer;
    size_t n_customer;
};

/* *ret_left_out: lines were cut that may be the agent's own; tell them. */
ReplySplit reply_split_agent(const struct reply_agent_input *in, bool *ret_left_out);
