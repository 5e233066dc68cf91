/*
 * thread: which conversation a mail belongs to.
 *
 * Pure: the facts are gathered by facts.c, from what the mail carries and what the database
 * knows of it; here they are weighed, all in one function. Each candidate is a piece of
 * evidence that points to a ticket; they come in order of strength, and the first that
 * holds decides.
 *
 * What proves what:
 *
 *     token          the mail came back to an address that we gave to one person: it
 *                    belongs there, whoever sends it
 *     sent id        it names a Message-ID of ours, which only those know who got the mail
 *     received id    it names the Message-ID of a mail we have: the sender has seen it
 *     mentioned id   it names one that a mail we have named: holds for those who take part
 *     number         "[#42]" in the subject: a hint, holds for those who take part
 *     likeness       the same subject, the same person, lately: never holds, is only told
 *
 * A token that has expired or was taken back is a hint like a number. A candidate that does
 * not hold is not forgotten: the new ticket is linked to it.
 *
 * Who speaks is a question of its own. From may say anything; a token proves whose mailbox
 * the mail answers from, and a DMARC pass that From is true. So nobody speaks as another
 * person whom we know, and least of all as an agent, by writing their address into From.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/limits.h"
#include "common/base/slice.h"
#include "common/base/uuid.h"

enum thread_proof {
    THREAD_TOKEN,
    THREAD_SENT_ID,
    THREAD_RECEIVED_ID,
    THREAD_MENTIONED_ID,
    THREAD_NUMBER,
    THREAD_LIKENESS,
};

struct thread_candidate {
    enum thread_proof proof;
    struct uuid conversation;
    int64_t number;
    bool expired;    /* of a token: past its time, or taken back */
    bool takes_part; /* whom From names is requester, Cc, or an agent of the desk */
    bool is_stale;   /* the ticket ended longer ago than its queue reopens */
};

/* Who may have sent it. */
struct thread_sender {
    bool is_missing;  /* From names nobody */
    bool is_known;    /* … a person whom we knew before this mail */
    bool is_agent;    /* … an agent of the desk */
    bool is_vouched;  /* a trusted relay says that From is true (DMARC pass) */
    bool is_disowned; /* … that it is not (DMARC fail) */
    bool
        was_passed_on; /* they came into the token's ticket by a token passed on to them */

    bool has_token; /* a reply address of ours that is in force */
    bool is_holder; /* it was given to whom From names */
    bool of_agent;  /* it was given to an agent */
};

struct thread_facts {
    struct thread_candidate candidates[LIMIT_THREAD_CANDIDATES];
    size_t n;
    struct thread_sender sender;
};

enum thread_outcome {
    THREAD_NEW,       /* nothing points anywhere: a new ticket */
    THREAD_JOIN,      /* it belongs to the candidate's conversation */
    THREAD_FOLLOW_UP, /* it would, but that ticket is too old: a new one, linked */
    THREAD_BESIDE,    /* something points there but does not hold: a new one, linked */
    THREAD_SUGGEST, /* it looks like the candidate's: a new one, linked, and that is said */
};

enum thread_speaker {
    SPEAKER_SENDER,   /* whom From names, as a customer does */
    SPEAKER_HOLDER,   /* whom the token was given to; From says otherwise */
    SPEAKER_AGENT,    /* an agent: the token's where it is one's, else From's */
    SPEAKER_UNPROVEN, /* From names an agent, and nothing proves it */
};

struct thread_decision {
    enum thread_outcome outcome;
    size_t candidate; /* the one that decided; not of THREAD_NEW */
    bool newcomer;    /* of THREAD_JOIN: who speaks does not take part yet, and may */
    enum thread_speaker speaker;
};

struct thread_decision thread_decide(const struct thread_facts *facts);

/* The ticket number of "[#42]" in a subject: the first that is a number we could have
   given. False, *ret_number untouched, when there is none. */
bool thread_subject_number(struct slice subject, int64_t *ret_number);

/* "token", "sent-id", … for the evidence. */
const char *thread_proof_name(enum thread_proof proof);

/* "from", "holder", "agent", "unproven". */
const char *thread_speaker_name(enum thread_speaker speaker);
