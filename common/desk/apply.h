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
#include "common/desk/automatic.h"
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
    char *priority;
    char **tags;
    char *source; /* tickets.source */
    bool autoreply;
    bool takes_part;  /* the person asked for is requester or Cc */
    char *brought_by; /* participants.evidence of that person; "": none */
} Ticket;

void ticket_free(Ticket *ticket);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Ticket, ticket_free)

/* Load and lock; of a merged ticket the one that it was merged into. `person` (or nil) is
   whom takes_part is about. ERR_MISSING. */
Ticket *ticket_get(DbTx *tx, struct uuid id, struct uuid person, GError **error);

struct apply_opening {
    const char *channel; /* conversations.channel */
    const char *source;  /* tickets.source */
    struct uuid queue;
    const Person *requester;
    const char *subject;
    const char *category, *priority;         /* NULL: the queue's */
    const char *custom_fields;               /* JSON object; NULL: {} */
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
    const char *crypto;   /* JSON: messages.crypto; NULL: neither signed nor encrypted */
    int64_t received_at;
    bool quiet;         /* nothing automatic goes out because of it */
    bool internal;      /* customers are never shown it, whoever wrote it */
    bool inert;         /* it does not change the ticket */
    bool machine_reply; /* a machine's answer to mail of ours, as a vacation note is: it
                           is stored, changes nothing, and nobody is told */
};

/* A message of an existing ticket: stored, its event, what it does to the ticket (a reply
   reopens, an answer waits for the customer and makes its agent the owner of an ownerless
   ticket), and who is told. */
bool apply_say(const struct desk_context *desk, const Ticket *ticket,
               const struct apply_message *message, struct uuid *ret_message,
               GError **error);

/* A message that is there already, read anew since it could be decrypted or its signature
   be verified. An event; the agents are told like of a reply where `tells`. */
struct apply_rereading {
    struct uuid message;
    const Mail *mail; /* as it reads now; NULL: its words and parts stay */
    const char *text; /* the new words of that */
    const char *crypto;
    bool tells;
};
bool apply_reread(const struct desk_context *desk, const Ticket *ticket,
                  const struct apply_rereading *rereading, GError **error);

/* Give the ticket another status; tell when it was resolved or closed. Nothing happens
   when it has it already. `message` (or nil) is what did it. */
bool apply_status(const struct desk_context *desk, const Ticket *ticket,
                  const char *status, struct uuid message, GError **error);

/* --- its fields (apply_fields.c). Each is one event; nothing happens where nothing
       changes. -------------------------------------------------------------------- */

/* The agent who answers for it; NULL: nobody. A new owner is told, unless they did it. */
bool apply_assign(const struct desk_context *desk, const Ticket *ticket,
                  const Person *agent, GError **error);

/* "low", "normal", "high" or "urgent"; else ERR_REJECT. */
bool apply_priority(const struct desk_context *desk, const Ticket *ticket,
                    const char *priority, GError **error);

/* Put tags on and take others off: NULL-terminated lists of words, or NULL for none; case
   is kept, but two that differ in it only are one. ERR_REJECT for one that is empty or
   longer than LIMIT_TAG_BYTES, ERR_CONFLICT when there would be more than LIMIT_TAGS. */
bool apply_tags(const struct desk_context *desk, const Ticket *ticket,
                const char *const *add, const char *const *remove, GError **error);

/* --- what a customer says of it (apply_wish.c) ------------------------------------- */

/* How it was solved, 1 to 5, with words or NULL; the owner is told. Rated again, the newer
   one counts. ERR_REJECT for another number, ERR_CONFLICT while the ticket is not resolved
   or closed. */
bool apply_rate(const struct desk_context *desk, const Ticket *ticket, int64_t rating,
                const char *comment, GError **error);

/* They ask that it be looked at soon: its priority goes up a step, it gets the tag
   "escalated", and its agents are told. ERR_REJECT without a reason, ERR_CONFLICT when it
   was asked for already, or the ticket has ended. */
bool apply_escalate(const struct desk_context *desk, const Ticket *ticket,
                    const char *reason, GError **error);

/* Open a resolved or closed ticket again; its agents are told. ERR_CONFLICT when it is too
   long ago for its queue. */
bool apply_reopen(const struct desk_context *desk, const Ticket *ticket, GError **error);

/* --- merging and splitting (apply_move.c) ----------------------------------------- */

/* `from` ends in `into`: what was said in it, its mails, queues, tags and people go there,
   its owner watches where there is another one, and it is closed. From then on its number,
   the reply addresses and the Message-IDs given out for it lead to `into`, which opens
   again if only it had ended. Its people hear nothing; those who work on `into` do.
   ERR_CONFLICT when the two are one ticket. */
bool apply_merge(const struct desk_context *desk, const Ticket *from, const Ticket *into,
                 GError **error);

struct apply_splitting {
    struct uuid message;
    bool alone;          /* only this message, not those after it */
    const char *subject; /* of the new ticket; NULL: the message's own */
};

/* Undo a wrong guess: the message, and unless alone all that was said after it, becomes a
   ticket of its own in the same queue, with the same owner; whoever first wrote in it as a
   customer is its requester. Whoever came in with what goes, goes along and leaves the
   old one; what was sent about it (reply addresses, Message-IDs) leads to the new one.
   ERR_MISSING when the ticket has no such message, ERR_CONFLICT when none would stay. */
bool apply_split(const struct desk_context *desk, const Ticket *ticket,
                 const struct apply_splitting *splitting, struct uuid *ret_conversation,
                 GError **error);

/* The conversation belongs to this queue too; its team is told once. */
bool apply_add_queue(const struct desk_context *desk, const Ticket *ticket,
                     struct uuid queue, GError **error);

/* The later ticket points to the earlier one; `kind` as in ticket_links. ERR_CONFLICT when
   they are one. */
bool apply_link(const struct desk_context *desk, struct uuid from, struct uuid to,
                const char *kind, GError **error);

/* Write down what happened without changing anything. `conversation` may be nil; `detail`
   is a JSON object or NULL. */
bool apply_record(const struct desk_context *desk, struct uuid conversation,
                  const char *kind, const char *detail, struct uuid *ret_event,
                  GError **error);

/* What became of a mail of ours. To a customer: an event, and what the row of its kind says
   (automatic.h); the report, where there is one, is an internal message of the ticket. A
   notice to an agent: where it failed for good an event, and the administrator is told, who
   can mend it; writing to the agents again would go the same way. Nothing follows for mail
   of no ticket (nil). `status` is RFC 3463's. */
struct apply_failure {
    enum automatic_kind kind; /* HARD … COMPLAINT */
    const char *template;     /* of the mail, and its recipient's role: as in outbox */
    const char *role;
    const char *recipient;
    const char *status;
    const char *diagnostic;
    const struct apply_message *report; /* NULL: none came, or it is stored already */
};
bool apply_delivery_failed(const struct desk_context *desk, struct uuid conversation,
                           const struct apply_failure *failure, GError **error);
