#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/desk/change.h"
#include "common/store/statements.h"

/* An event that names another ticket. */
static bool
record_other(const struct desk_context *desk, struct uuid conversation, const char *kind,
             const char *detail, struct uuid *ret_event, GError **error)
{
    const struct change change = { .kind = kind, .detail = detail };
    return change_record(desk, conversation, &change, ret_event, error);
}

static char *
detail_of(const Ticket *other)
{
    char id[UUID_TEXT_SIZE];
    g_autoptr(json_t) detail =
        json_pack("{s:s, s:I, s:s}", "ticket", uuid_format(other->id, id), "number",
                  (json_int_t)other->number, "subject", other->subject);
    return json_dumps(detail, 0);
}

/* --- merging ---------------------------------------------------------------------- */

static bool
merge_people(const struct desk_context *desk, const Ticket *from, const Ticket *into,
             GError **error)
{
    struct uuid event;
    if (uuid_is_nil(into->owner) && !uuid_is_nil(from->owner)
        && !change_owner(desk, into, from->owner, &event, error))
        return false;
    g_autoptr(DbRows) joined =
        db_query(desk->tx, SQL_MERGE_PEOPLE, error, db_uuid(from->id), db_uuid(into->id));
    if (!joined)
        return false;
    for (size_t i = 0; i < db_rows_count(joined); i++) {
        g_autoptr(json_t) detail =
            json_pack("{s:s, s:s, s:s}", "address", db_get_text(joined, i, 0), "role",
                      db_get_text(joined, i, 1), "evidence", "came by a merge");
        g_autofree char *json = json_dumps(detail, 0);
        if (!apply_record(desk, into->id, "joined", json, &event, error))
            return false;
    }
    return true;
}

/* Who closed a ticket because it was told twice did not answer what was asked in it. */
static bool
merge_states(const struct desk_context *desk, const Ticket *from, const Ticket *into,
             GError **error)
{
    struct uuid event, none = { { 0 } };
    return (strcmp(from->status, "closed") == 0
            || change_status(desk, from, "closed", none, &event, error))
           && (!into->is_ended || from->is_ended
               || change_status(desk, into, "open", none, &event, error));
}

bool
apply_merge(const struct desk_context *desk, const Ticket *from, const Ticket *into,
            GError **error)
{
    struct notify_about about = change_about(into, NOTIFY_MERGED);
    struct uuid event;
    g_autofree char *from_json = detail_of(from);
    g_autofree char *into_json = detail_of(into);

    if (uuid_equal(from->id, into->id))
        return error_set(error, ERR_CONFLICT, "#%" G_GINT64_FORMAT " is this very ticket",
                         into->number);
    about.detail = from_json;
    return merge_states(desk, from, into, error) && merge_people(desk, from, into, error)
           && db_execute(desk->tx, SQL_MERGE_CONTENT, NULL, error, db_uuid(from->id),
                         db_uuid(into->id))
           && db_execute(desk->tx, SQL_TICKET_LINK, NULL, error, db_uuid(from->id),
                         db_uuid(into->id), db_text("merged"))
           && record_other(desk, from->id, "merged_into", into_json, &event, error)
           && record_other(desk, into->id, "merged", from_json, &about.event_row, error)
           && notify(desk, &about, error);
}

/* --- splitting -------------------------------------------------------------------- */

/* Whose the new ticket is: the first customer's who wrote in it; where only agents did, the
   old one's. */
static Person *
requester_of(const struct desk_context *desk, const Ticket *ticket, const DbRows *rows,
             GError **error)
{
    for (size_t i = 0; i < db_rows_count(rows); i++)
        if (db_get_bool(rows, i, 3))
            return person_ensure(desk->tx, db_get_text(rows, i, 1), "", error);
    return person_get(desk->tx, ticket->requester, error);
}

static bool
open_split(const struct desk_context *desk, const Ticket *ticket, const DbRows *rows,
           const char *subject, struct uuid *ret_conversation, GError **error)
{
    const char *own = db_get_text(rows, 0, 2);
    g_autoptr(Person) requester = requester_of(desk, ticket, rows, error);
    if (!requester)
        return false;
    const struct apply_opening opening = {
        .channel = "mail",
        .source = ticket->source,
        .queue = ticket->queue,
        .requester = requester,
        .subject = subject && *subject ? subject
                   : *own              ? own
                                       : ticket->subject,
        .evidence = "came by a split",
    };
    return apply_open(desk, &opening, ret_conversation, error);
}

static bool
move_messages(const struct desk_context *desk, struct uuid to, const DbRows *rows,
              GError **error)
{
    size_t n = db_rows_count(rows);
    g_auto(GStrv) ids = g_new0(char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        ids[i] = g_new(char, UUID_TEXT_SIZE);
        uuid_format(db_get_uuid(rows, i, 0), ids[i]);
    }
    return db_execute(desk->tx, SQL_SPLIT_CONTENT, NULL, error, db_uuid(to),
                      db_text_array((const char *const *)ids));
}

/* Owner, events and notices, once everything lies where it belongs. */
static bool
finish_split(const struct desk_context *desk, const Ticket *old, struct uuid id,
             GError **error)
{
    struct uuid event, none = { { 0 } };
    g_autoptr(Ticket) new = ticket_get(desk->tx, id, none, error);
    if (!new)
        return false;
    if (!uuid_equal(new->owner, old->owner)
        && !change_owner(desk, new, old->owner, &event, error))
        return false;

    struct notify_about about = change_about(new, NOTIFY_SPLIT);
    g_autofree char *old_json = detail_of(old);
    g_autofree char *new_json = detail_of(new);
    about.detail = old_json;
    return record_other(desk, old->id, "split", new_json, &event, error)
           && record_other(desk, id, "split_from", old_json, &about.event_row, error)
           && notify(desk, &about, error);
}

bool
apply_split(const struct desk_context *desk, const Ticket *ticket,
            const struct apply_splitting *splitting, struct uuid *ret_conversation,
            GError **error)
{
    struct uuid id;
    g_autoptr(DbRows) rows =
        db_query(desk->tx, SQL_SPLIT_MESSAGES, error, db_uuid(ticket->id),
                 db_uuid(splitting->message), db_bool(splitting->alone));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0)
        return error_set(error, ERR_MISSING, "the ticket has no such message");
    if (!db_get_bool(rows, 0, 5))
        return error_set(error, ERR_CONFLICT,
                         "nothing would be left: it begins with this message");

    if (!open_split(desk, ticket, rows, splitting->subject, &id, error)
        || !move_messages(desk, id, rows, error)
        || !db_execute(desk->tx, SQL_SPLIT_PEOPLE, NULL, error, db_uuid(ticket->id),
                       db_uuid(id), db_time(db_get_time(rows, 0, 4)),
                       db_bool(splitting->alone))
        || !db_execute(desk->tx, SQL_TICKET_LINK, NULL, error, db_uuid(id),
                       db_uuid(ticket->id), db_text("split"))
        || !finish_split(desk, ticket, id, error))
        return false;
    *ret_conversation = id;
    return true;
}
