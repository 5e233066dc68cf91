/*
 * automatic: what a machine's mail leads to in the desk.
 *
 * Pure: a parsed mail in, its kind and the row of the one table out. What a machine says is
 * never answered; what else follows stands in the row, which ingest and apply obey.
 */
#pragma once

#include <stdbool.h>

#include "common/mail/mail.h"
enum automatic_kind {
    AUTOMATIC_PERSON,    /* no machine wrote it */
    AUTOMATIC_LOOP,      /* our own mail, or one that answers it with our mark */
    AUTOMATIC_HARD,      /* delivery report: a mail of ours will never arrive */
    AUTOMATIC_SOFT,      /* … was given up, but the mailbox may be there */
    AUTOMATIC_DELAYED,   /* … is still tried */
    AUTOMATIC_DELIVERED, /* … arrived, was relayed or expanded */
    AUTOMATIC_COMPLAINT, /* feedback report (RFC 5965) about a mail of ours */
    AUTOMATIC_RECEIPT,   /* read receipt (RFC 8098) */
    AUTOMATIC_CHALLENGE, /* "confirm that you are a person, then it is delivered" */
    AUTOMATIC_VACATION,  /* out of office, and whatever else answers by itself */
    AUTOMATIC_CALENDAR,  /* somebody's calendar accepts or declines */
    AUTOMATIC_ANSWER,    /* another machine's answer to a mail of ours */
    AUTOMATIC_LIST,      /* a person, through a mailing list */
    AUTOMATIC_BULK,      /* newsletters, Precedence: bulk and junk */
    AUTOMATIC_NOTICE,    /* monitoring, reports, shops: any other machine */
};

struct automatic_rule {
    const char *name;
    bool opens;    /* where it points to no ticket it makes one, and agents are told;
                        else it is ignored, and `maild ignored` lists it */
    bool internal; /* a message of its ticket that customers are never shown */
    bool reopens;  /* an ended ticket opens again; one that waits for the customer too */
    bool told;     /* agents are told of it in an existing ticket */
    bool brings;   /* who sent it, and whom it names, takes part from then on */
    int paused_days; /* nothing automatic goes to the address for so long */
};

/* What was learnt of a mail of ours, by a report or while it was sent: `action` as in RFC
   3464 ("failed", "delayed", …), `status` as in RFC 3463. A hard failure is of the address
   itself: `is_address` false makes it soft, because a forwarder's is not the customer's. */
enum automatic_kind automatic_kind_of_failure(const char *action, const char *status,
                                              bool is_address);

/* Any other mail. `answers_ours`: it came to a reply address of ours or names a Message-ID
   of ours; `method` is its calendar's, NULL where it has none. */
enum automatic_kind automatic_kind_of(const Mail *mail, bool answers_ours,
                                      const char *method);

const struct automatic_rule *automatic_rule_of(enum automatic_kind kind);
