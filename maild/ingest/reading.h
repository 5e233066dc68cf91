/*
 * reading: one message on its way from raw bytes to a ticket, and all that was found out
 * about it so far. Lives for one transaction; what the files of this folder hand on.
 */
#pragma once

#include "common/base/limits.h"
#include "common/db/db.h"
#include "common/desk/apply.h"
#include "common/desk/capability.h"
#include "common/mail/mail.h"
#include "common/store/inbound.h"
#include "common/store/people.h"
#include "maild/ingest/ingest.h"
#include "maild/ingest/thread.h"

typedef struct Reading {
    struct desk_context desk; /* its actor is the author, once known */
    Inbound *inbound;
    char **own_addresses; /* every queue address of the tenant */
    Mail *mail;
    char *crypto;   /* what came of signature and encryption, as messages.crypto has it;
                       NULL: the mail has neither */
    bool encrypted; /* all of it came encrypted, opened or not */
    GArray *queues; /* of struct uuid: those it came to, the first is the main one */

    Person *sender;  /* who speaks: whom From names, or the holder; NULL: nobody */
    Person *claimed; /* whom From names where the holder speaks; NULL: it is the same */
    Person *holder;  /* whom the reply address was given to; NULL: it came to none */
    bool has_capability;
    struct capability_found capability; /* of the reply address it came to */

    struct thread_facts facts;
    struct thread_decision decision;
    enum automatic_kind kind; /* of mail on the customers' road */

    const char *reason; /* why it was ignored, for the row */
} Reading;

void reading_clear(Reading *reading);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reading, reading_clear)
