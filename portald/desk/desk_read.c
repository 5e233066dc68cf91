/* desk_read: tickets as agents see them: lists, search, one whole. */
#include <string.h>

#include "common/base/error.h"
#include "common/store/statements.h"
#include "portald/api/listing.h"
#include "portald/auth/scope.h"
#include "portald/desk/desk.h"
#include "portald/portal/download.h"

#define DESK "/api/v1/desk/"

/* --- lists ------------------------------------------------------------------------ */

/* "-updated_at": from the newest on; without the minus from the oldest. */
static bool
read_tickets(const struct request *request, DbTx *tx, const struct listing *listing,
             DbRows **ret_rows, GError **error)
{
    bool is_down = *listing->sort == '-';
    char *text = json_dumps(request->arguments, JSON_COMPACT);
    g_autoptr(DbRows) plan = db_query(tx, SQL_DESK_PLAN_EACH, error);

    if (plan)
        *ret_rows = db_query(tx, is_down ? SQL_DESK_TICKETS_DOWN : SQL_DESK_TICKETS_UP,
                             error, db_text(text), db_text(listing->sort + is_down),
                             db_text(listing->after_key), db_uuid(listing->after_id),
                             db_int(listing->limit));
    free(text);
    return *ret_rows != NULL;
}

static Reply *
tickets_get(const struct request *request, GError **error)
{
    g_auto(Listing) listing = { 0 };
    g_autoptr(DbRows) rows = NULL;

    Reply *refusal = listing_read(request, "-updated_at", &listing);
    if (refusal)
        return refusal;
    g_autoptr(DbTx) tx = request_begin(request, true, error);
    if (!tx || !read_tickets(request, tx, &listing, &rows, error)
        || !db_tx_commit(&tx, error))
        return NULL;
    return listing_reply(request, &listing, rows);
}

static Reply *
answer(char *text)
{
    g_autofree char *owned = text;
    return owned ? reply_json(200, owned) : NULL;
}

static Reply *
queues_get(const struct request *request, GError **error)
{
    return answer(request_document(request, SQL_DESK_QUEUES_READ, error));
}

static Reply *
agents_get(const struct request *request, GError **error)
{
    return answer(request_document(request, SQL_DESK_AGENTS_READ, error));
}

static Reply *
teams_get(const struct request *request, GError **error)
{
    return answer(request_document(request, SQL_DESK_TEAMS_READ, error));
}

/* --- one -------------------------------------------------------------------------- */

struct uuid
desk_path_id(const struct request *request)
{
    struct uuid id = { { 0 } };
    uuid_parse(slice_from(request->params[0]), &id);
    return id;
}

char *
desk_document(DbTx *tx, struct uuid ticket, GError **error)
{
    g_autoptr(DbRows) rows = db_query(tx, SQL_DESK_TICKET_READ, error, db_uuid(ticket));

    if (!rows)
        return NULL;
    if (db_rows_count(rows) == 0) {
        error_set(error, ERR_MISSING, "there is no such ticket");
        return NULL;
    }
    return g_strdup(db_get_text(rows, 0, 0));
}

static Reply *
ticket_get_one(const struct request *request, GError **error)
{
    return answer(request_document(request, SQL_DESK_TICKET_READ, error,
                                   db_uuid(desk_path_id(request))));
}

/* Part 0 is the message as it came. */
static Reply *
part_get(const struct request *request, GError **error)
{
    int64_t ordinal = g_ascii_strtoll(request->params[1], NULL, 10);
    g_autoptr(DbTx) tx = request_begin(request, true, error);
    g_autoptr(Download) download =
        tx ? download_read(tx, desk_path_id(request), ordinal, error) : NULL;
    return download ? download_reply(download, error) : NULL;
}

/* --- routes ----------------------------------------------------------------------- */

#define TAG "Desk"

static const struct operation list_operation = {
    .id = "listDeskTickets",
    .summary = "Tickets of the desk, filtered and sorted",
    .tag = TAG,
    .query = "DeskTicketQuery",
    .answer = "DeskTicketRow",
    .is_list = true,
};
static const struct operation search_operation = {
    .id = "searchDeskTickets",
    .summary = "Tickets in which these words were said, notes too; or of this number, or "
               "of the requester with this address",
    .tag = TAG,
    .query = "DeskSearchQuery",
    .answer = "DeskTicketRow",
    .is_list = true,
};
static const struct operation get_operation = {
    .id = "getDeskTicket",
    .summary = "A ticket with all that was said and done",
    .tag = TAG,
    .answer = "DeskTicket",
};
static const struct operation part_operation = {
    .id = "getDeskFile",
    .summary = "A file of a message; 0: the whole message as it came",
    .tag = TAG,
    .answer_type = "*/*",
};
static const struct operation queues_operation = { .id = "listQueues",
                                                   .summary = "Queues",
                                                   .tag = TAG,
                                                   .answer = "Queue",
                                                   .is_list = true };
static const struct operation agents_operation = { .id = "listAgents",
                                                   .summary = "Agents and admins",
                                                   .tag = TAG,
                                                   .answer = "Agent",
                                                   .is_list = true };
static const struct operation teams_operation = { .id = "listTeams",
                                                  .summary = "Teams and who is in them",
                                                  .tag = TAG,
                                                  .answer = "Team",
                                                  .is_list = true };

static const struct route routes[] = {
    { HTTP_GET, DESK "tickets", WHO_AGENT, tickets_get, 0, &list_operation },
    { HTTP_GET, DESK "search", WHO_AGENT, tickets_get, 0, &search_operation },
    { HTTP_GET, DESK "tickets/{id:uuid}", WHO_AGENT, ticket_get_one, 0, &get_operation },
    { HTTP_GET, DESK "messages/{id:uuid}/parts/{ordinal:int}", WHO_AGENT, part_get, 0,
      &part_operation },
    { HTTP_GET, DESK "queues", WHO_AGENT, queues_get, 0, &queues_operation },
    { HTTP_GET, DESK "agents", WHO_AGENT, agents_get, 0, &agents_operation },
    { HTTP_GET, DESK "teams", WHO_AGENT, teams_get, 0, &teams_operation },
};
const struct route_table desk_read_routes = { routes, G_N_ELEMENTS(routes) };
