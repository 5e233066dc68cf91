/* tickets_find: which ticket a path names, and its document. */
#include <string.h>

#include "common/base/error.h"
#include "common/store/statements.h"
#include "portald/auth/scope.h"
#include "portald/portal/tickets.h"

bool
ticket_by_link(const struct request *request)
{
    return g_str_has_prefix(request->path, "/t/");
}

char *
ticket_base(const struct request *request, int64_t number)
{
    return ticket_by_link(request)
               ? g_strdup_printf("/t/%s", request->params[0])
               : g_strdup_printf("/tickets/%" G_GINT64_FORMAT, number);
}

/* The first parameter of the path: a number, an id, or a link's token, whose ticket the
   caller brings along. */
bool
ticket_find(const struct request *request, DbTx *tx, struct ticket_found *ret_found,
            GError **error)
{
    const struct caller *caller = &request->caller;
    struct uuid id = caller->conversation;
    int64_t number = 0;

    if (!ticket_by_link(request) && !uuid_parse(slice_from(request->params[0]), &id))
        number = g_ascii_strtoll(request->params[0], NULL, 10);
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_PORTAL_TICKET_FIND, error, number ? db_int(number) : db_null(),
                 db_uuid(number ? (struct uuid){ { 0 } } : id), db_uuid(caller->person),
                 db_uuid(caller->conversation));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0)
        return error_set(error, ERR_MISSING, "there is no such ticket");
    ret_found->conversation = db_get_uuid(rows, 0, 0);
    ret_found->is_requester = strcmp(db_get_text(rows, 0, 1), "requester") == 0;
    return true;
}

char *
ticket_document(const struct request *request, DbTx *tx, struct uuid conversation,
                GError **error)
{
    g_autofree char *base = ticket_by_link(request) ? ticket_base(request, 0) : NULL;
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_PORTAL_TICKET_READ, error, db_uuid(conversation),
                 db_uuid(request->caller.person), db_text(base), db_null(),
                 db_text(request->caller.locale));

    if (!rows)
        return NULL;
    if (db_rows_count(rows) == 0) {
        error_set(error, ERR_MISSING, "there is no such ticket");
        return NULL;
    }
    return g_strdup(db_get_text(rows, 0, 0));
}

char *
ticket_read(const struct request *request, GError **error)
{
    const struct caller *caller = &request->caller;
    g_autofree char *base = ticket_by_link(request) ? ticket_base(request, 0) : NULL;
    struct uuid id = caller->conversation;
    struct db_bind number = db_null();

    if (!base && !uuid_parse(slice_from(request->params[0]), &id))
        number = db_int(g_ascii_strtoll(request->params[0], NULL, 10));
    return request_document(request, SQL_PORTAL_TICKET_READ, error, db_uuid(id),
                            db_uuid(caller->person), db_text(base), number,
                            db_text(caller->locale));
}
