#include "common/desk/change.h"

#include "common/base/autoptr.h"
#include "common/store/statements.h"

bool
change_record(const struct desk_context *desk, struct uuid conversation,
              const struct change *change, struct uuid *ret_event, GError **error)
{
    struct uuid id = uuid_make();
    g_autofree char *was =
        change->before ? json_dumps(change->before, JSON_ENCODE_ANY) : NULL;
    g_autofree char *is =
        change->after ? json_dumps(change->after, JSON_ENCODE_ANY) : NULL;

    if (!db_execute(desk->tx, SQL_EVENT_ADD, NULL, error, db_uuid(id),
                    db_uuid(conversation), db_text(change->kind), db_uuid(desk->actor),
                    db_text(desk->door), db_uuid(change->message), db_text(was),
                    db_text(is), db_text(change->detail)))
        return false;
    *ret_event = id;
    return true;
}

bool
change_status(const struct desk_context *desk, const Ticket *ticket, const char *status,
              struct uuid message, struct uuid *ret_event, GError **error)
{
    g_autoptr(json_t) before = json_pack("{s:s}", "status", ticket->status);
    g_autoptr(json_t) after = json_pack("{s:s}", "status", status);
    const struct change change = {
        .kind = "status", .message = message, .before = before, .after = after
    };
    return db_execute(desk->tx, SQL_TICKET_SET_STATUS, NULL, error, db_uuid(ticket->id),
                      db_text(status))
           && change_record(desk, ticket->id, &change, ret_event, error);
}

static json_t *
pack_owner(struct uuid owner)
{
    char text[UUID_TEXT_SIZE];
    return uuid_is_nil(owner) ? json_pack("{s:n}", "owner")
                              : json_pack("{s:s}", "owner", uuid_format(owner, text));
}

bool
change_owner(const struct desk_context *desk, const Ticket *ticket, struct uuid owner,
             struct uuid *ret_event, GError **error)
{
    g_autoptr(json_t) before = pack_owner(ticket->owner);
    g_autoptr(json_t) after = pack_owner(owner);
    const struct change change = { .kind = "owner", .before = before, .after = after };

    return db_execute(desk->tx, SQL_TICKET_SET_OWNER, NULL, error, db_uuid(ticket->id),
                      db_uuid(owner))
           && change_record(desk, ticket->id, &change, ret_event, error);
}

struct notify_about
change_about(const Ticket *ticket, enum notify_event event)
{
    return (struct notify_about){
        .event = event,
        .conversation = ticket->id,
        .queue_address = ticket->queue_address,
        .subject = ticket->subject,
    };
}
