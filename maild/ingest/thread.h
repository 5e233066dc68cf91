/*
 * thread: which conversation a mail belongs to.
 *
 * Pure: the facts are gathered by facts.c, from what the mail carries and what the database
 * knows of it; here they are weighed. Each candidate is a piece of evidence that points to
 * a ticket; they come in order of strength, and the first that holds decides.
 *
 * What proves what:
 *
 *     token          the mail came back to an address that we gave to one person: it
 *                    belongs there, whoever sends it
 *     sent id        it names a Message-ID of ours, which only those know who got the mail
 *     received id    it names the Message-ID of a mail we have: the sender has seen it
 *     mentioned id   it names one that a mail we have named: holds for those who take part
 *     number         "[#42]" in the subject: a hint, holds for those who take part
 *
 * A token that has expired or was taken back is a hint like a number. A candidate that does
 * not hold is not forgotten: the new ticket is linked to it. Who really sent the mail comes
 * before all this: a mail that its From domain disowns (DMARC) takes part in nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/slice.h"
#include "common/base/uuid.h"

enum thread_proof {
    THREAD_TOKEN,
    THREAD_SENT_ID,
    THREAD_RECEIVED_ID,
    THREAD_MENTIONED_ID,
    THREAD_NUMBER,
};

struct thread_candidate {
    enum thread_proof proof;
    struct uuid conversation;
    bool expired;    /* of a token: past its time, or taken back */
    bool takes_part; /* the sender is requester, Cc, or an agent of the desk */
    bool is_stale;   /* the ticket ended longer ago than its queue reopens */
};

enum thread_outcome {
    THREAD_NEW,       /* nothing points anywhere: a new ticket */
    THREAD_JOIN,      /* it belongs to the candidate's conversation */
    THREAD_FOLLOW_UP, /* it would, but that ticket is too old: a new one, linked */
    THREAD_BESIDE,    /* something points there but does not hold: a new one, linked */
};

struct thread_decision {
    enum thread_outcome outcome;
    size_t candidate; /* the one that decided; not of THREAD_NEW */
    bool newcomer;    /* of THREAD_JOIN: the sender does not take part yet, and may */
};

struct thread_decision thread_decide(const struct thread_candidate *candidates, size_t n);

/* The ticket number of "[#42]" in a subject: the first that is a number we could have
   given. False, *ret_number untouched, when there is none. */
bool thread_subject_number(struct slice subject, int64_t *ret_number);

/* "token", "sent-id", … for the evidence. */
const char *thread_proof_name(enum thread_proof proof);
