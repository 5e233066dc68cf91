/*
 * notify: who is told of what.
 *
 * One table (notify.c) says which role hears of which event with which template. Each
 * recipient gets a row in the outbox of their own, with a reply address and a Message-ID
 * that are theirs alone, in the transaction that made the change. Nobody is told of what
 * they did themselves. Automatic mail goes through the guard (guard.h) first.
 */
#pragma once

#include <stdbool.h>

#include "common/base/config.h"
#include "common/db/db.h"

/* Where a change comes from; every function that changes the desk takes one. */
struct desk_context {
    DbTx *tx;
    const Config *config;
    const char *door;  /* as in events.door */
    struct uuid actor; /* a person; nil: the desk itself */
};

enum notify_event {
    NOTIFY_OPENED,          /* a new ticket */
    NOTIFY_QUEUE_ADDED,     /* the same mail came to another queue too */
    NOTIFY_CUSTOMER_REPLY,  /* a customer or Cc wrote */
    NOTIFY_ANSWER,          /* an agent answered the customer */
    NOTIFY_NOTE,            /* an agent wrote a note */
    NOTIFY_RESOLVED,        /* resolved or closed */
    NOTIFY_REOPENED,        /* a customer opened it again, without words */
    NOTIFY_RATED,           /* a customer said how it was solved */
    NOTIFY_ESCALATED,       /* a customer asked that it be looked at soon */
    NOTIFY_ASSIGNED,        /* it has another owner */
    NOTIFY_MERGED,          /* another ticket was merged into it */
    NOTIFY_SPLIT,           /* it was split off another one */
    NOTIFY_DELIVERY_FAILED, /* a mail of ours could not be delivered */
};

struct notify_about {
    enum notify_event event;
    struct uuid conversation;
    struct uuid message;       /* messages.id that it carries; nil: none */
    struct uuid event_row;     /* events.id */
    const char *queue_address; /* of the conversation's queue */
    const char *subject;       /* of the conversation */
    const char *detail;        /* JSON object for the template; NULL: {} */
    bool quiet_outside;        /* nothing automatic to requester and Cc: the mail was a
                                  machine's, failed DMARC, or its queue doesn't answer */
    bool from_machine;         /* the guard also watches what agents are told */
};

/* Put a row in the outbox for each who is to be told, and one in notifications (notices.h). */
bool notify(const struct desk_context *desk, const struct notify_about *about,
            GError **error);

/* Whether a mail to this role (outbox.role) leaves the desk: requester and Cc. */
bool notify_is_outside(const char *role);

/* Tell one person, outside the table: refused, transcript. `template` is its name. */
bool notify_person(const struct desk_context *desk, const struct notify_about *about,
                   const char *template, struct uuid person, const char *address,
                   GError **error);

/* Tell the administrator something that needs a person; does nothing where none is
   configured, or where they had LIMIT_ALARMS_PER_HOUR with this subject. */
bool notify_alarm(const struct desk_context *desk, const char *subject, const char *text,
                  GError **error);
