#include "common/desk/apply.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/desk/change.h"
#include "common/desk/message.h"
#include "common/store/statements.h"

bool
apply_record(const struct desk_context *desk, struct uuid conversation, const char *kind,
             const char *detail, struct uuid *ret_event, GError **error)
{
    const struct change change = { .kind = kind, .detail = detail };
    return change_record(desk, conversation, &change, ret_event, error);
}

bool
apply_join(const struct desk_context *desk, struct uuid conversation,
           const Person *person, const char *role, const char *evidence, GError **error)
{
    g_autoptr(DbRows) rows = db_query(
        desk->tx, SQL_PARTICIPANT_ADD, error, db_uuid(conversation), db_uuid(person->id),
        db_uuid(person->address_id), db_text(role), db_text(evidence));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0 || strcmp(role, "requester") == 0)
        return true;

    struct uuid event;
    g_autoptr(json_t) detail = json_pack("{s:s, s:s, s:s}", "address", person->address,
                                         "role", role, "evidence", evidence);
    g_autofree char *json = json_dumps(detail, 0);
    return apply_record(desk, conversation, "joined", json, &event, error);
}

bool
apply_open(const struct desk_context *desk, const struct apply_opening *opening,
           struct uuid *ret_conversation, GError **error)
{
    struct uuid id = uuid_make();
    if (!db_execute(desk->tx, SQL_CONVERSATION_ADD, NULL, error, db_uuid(id),
                    db_uuid(opening->queue), db_text(opening->channel),
                    db_text(opening->subject), db_text(opening->thread_index),
                    db_text(opening->thread_topic))
        || !db_execute(desk->tx, SQL_TICKET_ADD, NULL, error, db_uuid(id),
                       db_text(opening->source), db_uuid(opening->requester->id),
                       db_uuid(opening->queue), db_text(opening->category),
                       db_text(opening->priority), db_text(opening->custom_fields))
        || !db_execute(desk->tx, SQL_CONVERSATION_ADD_QUEUE, NULL, error, db_uuid(id),
                       db_uuid(opening->queue))
        || !apply_join(desk, id, opening->requester, "requester", opening->evidence,
                       error))
        return false;
    *ret_conversation = id;
    return true;
}

bool
apply_link(const struct desk_context *desk, struct uuid from, struct uuid to,
           const char *kind, GError **error)
{
    struct uuid event;
    char other[UUID_TEXT_SIZE];
    g_autoptr(json_t) detail =
        json_pack("{s:s, s:s}", "kind", kind, "to", uuid_format(to, other));
    g_autofree char *json = json_dumps(detail, 0);

    if (uuid_equal(from, to))
        return error_set(error, ERR_CONFLICT, "a ticket is not linked to itself");
    return db_execute(desk->tx, SQL_TICKET_LINK, NULL, error, db_uuid(from), db_uuid(to),
                      db_text(kind))
           && apply_record(desk, from, "linked", json, &event, error);
}

/* --- state ------------------------------------------------------------------------ */

bool
apply_status(const struct desk_context *desk, const Ticket *ticket, const char *status,
             struct uuid message, GError **error)
{
    struct notify_about about = change_about(ticket, NOTIFY_RESOLVED);
    if (strcmp(ticket->status, status) == 0)
        return true;
    if (!change_status(desk, ticket, status, message, &about.event_row, error))
        return false;
    if (strcmp(status, "resolved") != 0 && strcmp(status, "closed") != 0)
        return true;

    g_autoptr(json_t) detail =
        json_pack("{s:s, s:s}", "from", ticket->status, "to", status);
    g_autofree char *json = json_dumps(detail, 0);
    about.detail = json;
    about.message = message;
    return notify(desk, &about, error);
}

static bool
take_ownership(const struct desk_context *desk, const Ticket *ticket, const Person *agent,
               GError **error)
{
    struct uuid event;
    return !uuid_is_nil(ticket->owner)
           || change_owner(desk, ticket, agent->id, &event, error);
}

/* --- what is said ----------------------------------------------------------------- */

/* What a message means for the ticket it is said in. */
static const struct {
    const char *event;
    enum notify_event notify;
    const char *status; /* the ticket's from now on; NULL: as it is */
} voices[] = {
    [VOICE_CUSTOMER_OPENS] = { "opened", NOTIFY_OPENED, NULL },
    [VOICE_CUSTOMER] = { "customer_reply", NOTIFY_CUSTOMER_REPLY, "open" },
    [VOICE_AGENT] = { "answer", NOTIFY_ANSWER, "waiting_customer" },
    [VOICE_NOTE] = { "note", NOTIFY_NOTE, NULL },
};

static bool
change_ticket(const struct desk_context *desk, const Ticket *ticket,
              const struct apply_message *message, struct uuid id, GError **error)
{
    const char *status = voices[message->voice].status;
    struct uuid event;

    if (message->voice == VOICE_AGENT
        && (!take_ownership(desk, ticket, message->author, error)
            || !db_execute(desk->tx, SQL_TICKET_NOTE_ANSWER, NULL, error,
                           db_uuid(ticket->id))))
        return false;
    return !status || strcmp(ticket->status, status) == 0
           || change_status(desk, ticket, status, id, &event, error);
}

bool
apply_say(const struct desk_context *desk, const Ticket *ticket,
          const struct apply_message *message, struct uuid *ret_message, GError **error)
{
    struct notify_about about = change_about(ticket, voices[message->voice].notify);
    bool machine = message->mail->automatic != MAIL_AUTO_NONE;
    const char *event =
        message->machine_reply ? "auto_reply" : voices[message->voice].event;

    if (!message_store(desk, ticket->id, message, &about.message, error)
        || !change_record(desk, ticket->id,
                          &(struct change){ .kind = event, .message = about.message },
                          &about.event_row, error))
        return false;
    *ret_message = about.message;
    if (message->machine_reply)
        return true;

    about.from_machine = machine;
    about.quiet_outside = message->quiet || machine || !ticket->autoreply;
    if (!message->inert && !change_ticket(desk, ticket, message, about.message, error))
        return false;
    return notify(desk, &about, error);
}

bool
apply_reread(const struct desk_context *desk, const Ticket *ticket,
             const struct apply_rereading *r, GError **error)
{
    struct notify_about about = change_about(ticket, NOTIFY_CUSTOMER_REPLY);
    about.message = r->message;
    about.quiet_outside = true;
    return message_rewrite(desk, r, error)
           && change_record(desk, ticket->id,
                            &(struct change){ .kind = "reread",
                                              .message = r->message,
                                              .detail = r->crypto },
                            &about.event_row, error)
           && (!r->tells || notify(desk, &about, error));
}

bool
apply_add_queue(const struct desk_context *desk, const Ticket *ticket, struct uuid queue,
                GError **error)
{
    struct notify_about about = change_about(ticket, NOTIFY_QUEUE_ADDED);
    char text[UUID_TEXT_SIZE];
    g_autoptr(DbRows) added = db_query(desk->tx, SQL_CONVERSATION_ADD_QUEUE, error,
                                       db_uuid(ticket->id), db_uuid(queue));
    if (!added)
        return false;
    if (db_rows_count(added) == 0)
        return true;

    g_autoptr(json_t) detail = json_pack("{s:s}", "queue", uuid_format(queue, text));
    g_autofree char *json = json_dumps(detail, 0);
    return apply_record(desk, ticket->id, "queue_added", json, &about.event_row, error)
           && notify(desk, &about, error);
}
