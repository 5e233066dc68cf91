/*
 * conversations: what was said, as a list of threads: /messages and the API's
 * conversations. A ticket is a conversation with a workflow, so they are the same ones: what
 * is started here is a ticket too, and writing into one is a reply to it.
 */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/api/change.h"
#include "portald/api/listing.h"
#include "portald/pages/dress.h"
#include "portald/pages/frame.h"
#include "portald/pages/page.h"
#include "portald/portal/tickets.h"
#include "portald/portal/tickets_list.h"

/* --- lists ------------------------------------------------------------------------ */

/* What is wrong with the place that it asks for: NULL, or 422. */
static Reply *
read_place(const struct request *request, struct ticket_cursor *cursor)
{
    static const struct reply_flaw flaw = { "?cursor", "this is no cursor of this list" };
    const char *packed = request_query(request, "cursor");
    g_autofree char *text = packed && *packed ? ticket_cursor_unpack(packed) : NULL;

    if (!packed || !*packed || (text && ticket_cursor_parse(text, cursor)))
        return NULL;
    return reply_flaws(&flaw, 1);
}

/* "archived=true", or "1" as the page has it. */
static bool
wants_archived(const struct request *request)
{
    const char *archived = request_query(request, "archived");
    return archived && (strcmp(archived, "true") == 0 || strcmp(archived, "1") == 0);
}

/* NULL and error, or NULL and *ret_refusal. */
static json_t *
list(const struct request *request, Reply **ret_refusal, GError **error)
{
    struct ticket_cursor cursor = { 0 };
    const char *words = request_query(request, "q");
    const json_t *limit = json_object_get(request->arguments, "limit");

    if (!frame_check_feature(request, "messages", error)
        || (*ret_refusal = read_place(request, &cursor)))
        return NULL;
    bool has_place = cursor.sort != NULL;
    g_free(cursor.sort);
    g_autofree char *text = request_document(
        request, SQL_PORTAL_CONVERSATION_LIST, error, db_uuid(request->caller.person),
        db_bool(wants_archived(request)), db_text(words && *words ? words : NULL),
        has_place ? db_int(cursor.place) : db_null(), db_uuid(cursor.id),
        db_int(limit ? json_integer_value(limit) : LIMIT_PAGE_ROWS));
    json_t *document = text ? json_loads(text, 0, NULL) : NULL;
    const char *next = json_string_value(json_object_get(document, "next"));
    g_autofree char *packed = next ? ticket_cursor_pack(next) : NULL;
    if (packed)
        json_object_set_new(document, "next", json_string(packed));
    return document;
}

static Reply *
list_api(const struct request *request, GError **error)
{
    Reply *refusal = NULL;
    g_autoptr(json_t) document = list(request, &refusal, error);
    return document ? listing_reply_document(request, document) : refusal;
}

static Reply *
messages_page(const struct request *request, GError **error)
{
    Reply *refusal = NULL;
    g_autoptr(json_t) document = list(request, &refusal, error);
    const char *words = request_query(request, "q");

    if (!document)
        return refusal;
    const char *next = json_string_value(json_object_get(document, "next"));
    g_autofree char *escaped = g_uri_escape_string(words ? words : "", NULL, FALSE);
    g_autofree char *url = next ? g_strdup_printf("/messages?cursor=%s&q=%s&archived=%d",
                                                  next, escaped, wants_archived(request))
                                : NULL;
    dress(request, document);
    json_object_set_new(document, "has_pages", json_boolean(next != NULL));
    json_object_set_new(document, "next_url", url ? json_string(url) : json_null());
    json_object_set_new(document, "previous_url", json_null());
    json_object_set_new(document, "q", json_string(words ? words : ""));
    json_object_set_new(document, "archived", json_boolean(wants_archived(request)));
    json_object_set_new(
        document, "has_conversations",
        json_boolean(json_array_size(json_object_get(document, "items")) > 0));
    return page_render(request, "messages", document, error);
}

/* --- one -------------------------------------------------------------------------- */

char *
conversation_document(const char *ticket_text)
{
    static const char *const kept[] = { "id",     "number",       "subject",
                                        "status", "participants", "messages" };
    g_autoptr(json_t) ticket = json_loads(ticket_text, 0, NULL);
    g_autoptr(json_t) document = json_object();

    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++)
        json_object_set(document, kept[i], json_object_get(ticket, kept[i]));
    return json_dumps(document, JSON_COMPACT);
}

static Reply *
get_api(const struct request *request, GError **error)
{
    struct ticket_found found;

    if (!frame_check_feature(request, "messages", error))
        return NULL;
    g_autoptr(DbTx) tx = request_begin(request, true, error);

    if (!tx || !ticket_find(request, tx, &found, error))
        return NULL;
    g_autofree char *ticket = ticket_document(request, tx, found.conversation, error);
    g_autofree char *document = ticket ? conversation_document(ticket) : NULL;
    return document ? reply_json(200, document) : NULL;
}

/* --- read, put away --------------------------------------------------------------- */

static Reply *
archive_work(const struct request *request, DbTx *tx, void *data, GError **error)
{
    struct ticket_found found;

    (void)data;
    return ticket_find(request, tx, &found, error)
                   && ticket_check(request, tx, found.conversation, true, error)
                   && db_execute(tx, SQL_PORTAL_CONVERSATION_ARCHIVE, NULL, error,
                                 db_uuid(found.conversation),
                                 db_uuid(request->caller.person))
               ? reply_no_content()
               : NULL;
}

static Reply *
change(const struct request *request, ChangeWork make, GError **error)
{
    return frame_check_feature(request, "messages", error)
               ? change_run(request, make, NULL, error)
               : NULL;
}

static Reply *
read_api(const struct request *request, GError **error)
{
    return frame_check_feature(request, "messages", error)
               ? ticket_read_api(request, true, error)
               : NULL;
}

static Reply *
archive_api(const struct request *request, GError **error)
{
    return change(request, archive_work, error);
}

static Reply *
archive_page(const struct request *request, GError **error)
{
    g_autoptr(Reply) done = change(request, archive_work, error);
    return done ? reply_see_other("/messages?done=archived") : NULL;
}

static const struct operation list_operation = {
    .id = "listConversations",
    .summary = "List what I write with the team about",
    .tag = "Messages",
    .query = "ConversationQuery",
    .answer = "ConversationSummary",
    .is_list = true,
};
static const struct operation get_operation = {
    .id = "getConversation",
    .summary = "Read what was said",
    .tag = "Messages",
    .answer = "Conversation",
};
static const struct operation read_operation = {
    .id = "markConversationRead",
    .summary = "Note that I have read all of it",
    .tag = "Messages",
    .if_match = true,
};
static const struct operation archive_operation = {
    .id = "archiveConversation",
    .summary = "Put it away until something new is said",
    .tag = "Messages",
    .if_match = true,
};

#define API "/api/v1/portal/conversations"

static const struct route routes[] = {
    { HTTP_GET, "/messages", WHO_PERSON, messages_page, 0, NULL },
    { HTTP_POST, "/messages/{number:int}/archive", WHO_PERSON, archive_page, 4096, NULL },
    { HTTP_GET, API, WHO_PERSON, list_api, 0, &list_operation },
    { HTTP_GET, API "/{id:uuid}", WHO_PERSON, get_api, 0, &get_operation },
    { HTTP_POST, API "/{id:uuid}/read", WHO_PERSON, read_api, 0, &read_operation },
    { HTTP_POST, API "/{id:uuid}/archive", WHO_PERSON, archive_api, 0,
      &archive_operation },
};
const struct route_table conversations_routes = { routes, G_N_ELEMENTS(routes) };
