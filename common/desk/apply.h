/*
 * apply: the one place that changes a conversation or its ticket.
 *
 * Agents' mails, customers' mails, portal handlers and rules all come here, so a rule holds
 * whichever door a change came through. Each function makes the change, its event and what
 * is to be sent of it in the transaction of its desk_context, or fails with nothing done
 * that a rollback does not undo.
 *
 *     apply_open ─► apply_join* ─► apply_say ─► (event, state of the ticket, notify)
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/uuid.h"
#include "common/desk/notify.h"
#include "common/mail/mail.h"
#include "common/store/people.h"

/* What is known of a conversation and its ticket; its row is locked until the end of the
   transaction. */
typedef struct Ticket {
    struct uuid id;
    int64_t number;
    char *status;
    int64_t ended_at; /* when it was closed or resolved; 0: it is not */
    bool is_ended;    /* resolved or closed */
    bool is_stale; /* ended longer ago than its queue reopens: a reply makes a new one */
    struct uuid owner;
    struct uuid requester;
    char *subject;
    struct uuid queue;
    char *queue_address;
    char *queue_name;
    bool autoreply;
    bool takes_part; /* the person asked for is requester or Cc */
} Ticket;

void ticket_free(Ticket *ticket);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Ticket, ticket_free)

/* Load and lock. `person` (or nil) is whom takes_part is about. ERR_MISSING. */
Ticket *ticket_get(DbTx *tx, struct uuid id, struct uuid person, GError **error);

struct apply_opening {
    const char *channel; /* conversations.channel */
    const char *source;  /* tickets.source */
    struct uuid queue;
    const Person *requester;
    const char *subject;
    const char *thread_index, *thread_topic; /* NULL: none */
    const char *evidence;                    /* why this person is its requester */
};

/* Begin a conversation with a ticket. The event "opened" comes with its first message. */
bool apply_open(const struct desk_context *desk, const struct apply_opening *opening,
                struct uuid *ret_conversation, GError **error);

/* Somebody takes part from now on; nothing happens when they did already. `role` is "cc"
   or "watcher". */
bool apply_join(const struct desk_context *desk, struct uuid conversation,
                const Person *person, const char *role, const char *evidence,
                GError **error);

enum apply_voice {
    VOICE_CUSTOMER_OPENS, /* the first message of a ticket */
    VOICE_CUSTOMER,       /* a customer or Cc in an existing one */
    VOICE_AGENT,          /* an agent, to the customer */
    VOICE_NOTE,           /* an agent, to colleagues */
};

struct apply_message {
    enum apply_voice voice;
    struct uuid inbound; /* its raw bytes */
    const Mail *mail;    /* those, parsed */
    const Person *author;
    const char *text;     /* the new words */
    const char *evidence; /* JSON: why it is here and by this author */
    int64_t received_at;
    bool quiet;         /* nothing automatic goes out because of it */
    bool machine_reply; /* a machine's answer to mail of ours, as a vacation note is: it
                           is stored, changes nothing, and nobody is told */
};

/* A message of an existing ticket: stored, its event, what it does to the ticket (a reply
   reopens, an answer waits for the customer and makes its agent the owner of an ownerless
   ticket), and who is told. What a machine says never changes the state. */
bool apply_say(const struct desk_context *desk, const Ticket *ticket,
               const struct apply_message *message, struct uuid *ret_message,
               GError **error);

/* Give the ticket another status; tell when it was resolved or closed. Nothing happens
   when it has it already. `message` (or nil) is what did it. */
bool apply_status(const struct desk_context *desk, const Ticket *ticket,
                  const char *status, struct uuid message, GError **error);

/* The conversation belongs to this queue too; its team is told once. */
bool apply_add_queue(const struct desk_context *desk, const Ticket *ticket,
                     struct uuid queue, GError **error);

/* The later ticket points to the earlier one. */
bool apply_link(const struct desk_context *desk, struct uuid from, struct uuid to,
                const char *kind, GError **error);

/* Write down what happened without changing anything. `conversation` may be nil; `detail`
   is a JSON object or NULL. */
bool apply_record(const struct desk_context *desk, struct uuid conversation,
                  const char *kind, const char *detail, struct uuid *ret_event,
                  GError **error);

/* A mail of ours was not delivered. To a customer: an event, the ticket reopens, the agent
   is told; a dead address hears nothing automatic for 60 days. A notice to an agent: an
   event, and the administrator is told, who can mend it; writing to the agents again would
   go the same way. Nothing follows for mail of no ticket (nil). `status` is RFC 3463's. */
struct apply_failure {
    const char *template; /* of the mail, and its recipient's role: as in outbox */
    const char *role;
    const char *recipient;
    const char *status;
    const char *diagnostic;
    bool permanent;
    bool will_retry;
    bool is_address; /* the failure is of this very address, not of one behind it */
};
bool apply_delivery_failed(const struct desk_context *desk, struct uuid conversation,
                           const struct apply_failure *failure, GError **error);
