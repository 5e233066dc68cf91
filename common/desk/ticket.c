#include <string.h>

#include "common/base/error.h"
#include "common/desk/apply.h"
#include "common/store/statements.h"

void
ticket_free(Ticket *ticket)
{
    if (!ticket)
        return;
    g_free(ticket->status);
    g_free(ticket->subject);
    g_free(ticket->queue_address);
    g_free(ticket->queue_name);
    g_free(ticket->priority);
    g_free(ticket->source);
    g_free(ticket->brought_by);
    g_strfreev(ticket->tags);
    g_free(ticket);
}

static Ticket *
ticket_of_row(const DbRows *rows, struct uuid id)
{
    Ticket *ticket = g_new0(Ticket, 1);
    ticket->id = id;
    ticket->number = db_get_int(rows, 0, 0);
    ticket->status = g_strdup(db_get_text(rows, 0, 1));
    ticket->ended_at = db_get_time(rows, 0, 2);
    ticket->is_stale = db_get_bool(rows, 0, 4);
    ticket->owner = db_get_uuid(rows, 0, 5);
    ticket->requester = db_get_uuid(rows, 0, 6);
    ticket->subject = g_strdup(db_get_text(rows, 0, 7));
    ticket->queue = db_get_uuid(rows, 0, 8);
    ticket->queue_address = g_strdup(db_get_text(rows, 0, 9));
    ticket->queue_name = g_strdup(db_get_text(rows, 0, 10));
    ticket->takes_part = db_get_bool(rows, 0, 11);
    ticket->autoreply = db_get_bool(rows, 0, 12);
    ticket->priority = g_strdup(db_get_text(rows, 0, 13));
    ticket->tags = db_get_text_array(rows, 0, 14);
    ticket->source = g_strdup(db_get_text(rows, 0, 15));
    ticket->brought_by = g_strdup(db_get_text(rows, 0, 17));
    ticket->is_ended =
        strcmp(ticket->status, "resolved") == 0 || strcmp(ticket->status, "closed") == 0;
    return ticket;
}

Ticket *
ticket_get(DbTx *tx, struct uuid id, struct uuid person, GError **error)
{
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_CONVERSATION_FACTS, error, db_uuid(id), db_uuid(person));
    if (!rows)
        return NULL;
    if (db_rows_count(rows) == 0) {
        error_set(error, ERR_MISSING, "no such ticket");
        return NULL;
    }
    /* Whoever merges keeps the ways short: where it was merged into is not merged itself,
       or was while we waited, and is then followed once more. */
    return db_is_null(rows, 0, 16)
               ? ticket_of_row(rows, id)
               : ticket_get(tx, db_get_uuid(rows, 0, 16), person, error);
}
