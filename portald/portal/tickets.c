/* tickets: GET of lists and of single tickets. */
#include "portald/portal/tickets.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "common/text/markdown.h"
#include "portald/api/change.h"
#include "portald/api/listing.h"
#include "portald/pages/dress.h"
#include "portald/pages/page.h"
#include "portald/portal/tickets_list.h"

/* --- lists ------------------------------------------------------------------------ */

static Reply *
list_api(const struct request *request, GError **error)
{
    const char *wrong = NULL;
    g_autoptr(GError) problem = NULL;
    g_autoptr(json_t) document = ticket_list(request, &wrong, &problem);

    if (document)
        return listing_reply_document(request, document);
    if (wrong)
        return reply_flaws(&(struct reply_flaw){ wrong, problem->message }, 1);
    g_propagate_error(error, g_steal_pointer(&problem));
    return NULL;
}

/* The same list at another place. */
static char *
url_at(const struct request *request, const char *cursor)
{
    g_autoptr(GArray) values = values_new();

    for (guint i = 0; i < request->query->len; i++) {
        const struct value *value = &g_array_index(request->query, struct value, i);
        if (strcmp(value->name, "cursor") != 0 && strcmp(value->name, "done") != 0
            && *value->value)
            values_add(values, slice_from(value->name), slice_from(value->value));
    }
    values_add(values, slice_from("cursor"), slice_from(cursor));
    g_autofree char *query = values_format_form(values);
    return g_strdup_printf("%s?%s", request->path, query);
}

static void
add_pages(const struct request *request, json_t *document)
{
    static const char *const ways[][2] = { { "next", "next_url" },
                                           { "previous", "previous_url" } };
    bool any = false;

    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        const char *cursor = json_string_value(json_object_get(document, ways[i][0]));
        g_autofree char *url = cursor ? url_at(request, cursor) : NULL;
        json_object_set_new(document, ways[i][1], url ? json_string(url) : json_null());
        any |= url != NULL;
    }
    json_object_set_new(document, "has_pages", json_boolean(any));
}

/* What was asked for, so that the form shows it again. */
static json_t *
filter_of(const struct request *request)
{
    static const char *const choices[] = { "status", "priority", "sort" };
    static const char *const texts[] = { "q", "from", "to" };
    json_t *filter = json_object();
    bool any = false;

    for (size_t i = 0; i < G_N_ELEMENTS(choices); i++) {
        const char *value = request_query(request, choices[i]);
        g_autofree char *name = g_strconcat(choices[i], "_is", NULL);
        json_t *is = json_object();
        if (value && *value && g_utf8_validate(value, -1, NULL))
            json_object_set_new(is, value, json_true());
        any |= value && *value && strcmp(choices[i], "sort") != 0;
        json_object_set_new(filter, name, is);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        const char *value = request_query(request, texts[i]);
        json_object_set_new(filter, texts[i], json_string(value ? value : ""));
        any |= value && *value;
    }
    const char *category = request_query(request, "category");
    any |= category && *category;
    json_object_set_new(filter, "is_set", json_boolean(any));
    return filter;
}

/* The tenant's categories to choose from; one that isn't offered any more stays what was
   asked for. */
static bool
add_categories(const struct request *request, json_t *filter, GError **error)
{
    const char *asked = request_query(request, "category");
    g_autofree char *text = request_document(request, SQL_PORTAL_CHOICES, error,
                                             db_text(request->caller.locale));
    g_autoptr(json_t) choices = text ? json_loads(text, 0, NULL) : NULL;
    json_t *categories = json_object_get(choices, "categories"), *item;
    bool found = !asked || !*asked || !g_utf8_validate(asked, -1, NULL);
    size_t i;

    json_array_foreach(categories, i, item)
    {
        const char *key = json_string_value(json_object_get(item, "key"));
        bool is_chosen = asked && strcmp(key, asked) == 0;
        json_object_set_new(item, "is_chosen", json_boolean(is_chosen));
        found |= is_chosen;
    }
    if (!found)
        json_array_append_new(categories, json_pack("{s:s, s:s, s:b}", "key", asked,
                                                    "label", asked, "is_chosen", 1));
    json_object_set(filter, "categories", categories);
    return choices != NULL;
}

static Reply *
list_page(const struct request *request, GError **error)
{
    g_autoptr(json_t) document = ticket_list(request, NULL, error);

    if (!document)
        return NULL;
    dress(request, document);
    add_pages(request, document);
    json_object_set_new(
        document, "has_tickets",
        json_boolean(json_array_size(json_object_get(document, "items")) > 0));
    json_t *filter = filter_of(request);
    json_object_set_new(document, "filter", filter);
    if (!add_categories(request, filter, error))
        return NULL;
    return page_render(request, "tickets", document, error);
}

/* --- one ticket ------------------------------------------------------------------- */

static Reply *
get_api(const struct request *request, GError **error)
{
    g_autofree char *document = ticket_read(request, error);
    return document ? reply_json(200, document) : NULL;
}

/* What a message needs on a page beyond the document: its words as they are shown. */
static void
prepare_message(json_t *message)
{
    const char *text = json_string_value(json_object_get(message, "text"));
    json_t *attachments = json_object_get(message, "attachments");
    const char *html = json_string_value(json_object_get(message, "html_url"));

    json_object_set_new(message, "has_attachments",
                        json_boolean(json_array_size(attachments) > 0));
    json_object_set_new(message, "has_html", json_boolean(html != NULL));
    if (!json_is_true(json_object_get(message, "is_markdown")) || !text)
        return;
    g_autofree char *markdown = markdown_html(slice_from(text));
    json_object_set_new(message, "words_html", json_string(markdown));
}

/* A field's value as text: a tick for what can be true, numbers as they are. */
static void
prepare_field(const struct request *request, json_t *field)
{
    json_t *value = json_object_get(field, "value");
    g_autofree char *number =
        json_is_number(value) ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    const char *text = number ? number : json_string_value(value);

    if (json_is_boolean(value))
        text = json_is_true(value) ? text_of(request, "Yes") : text_of(request, "No");
    json_object_set_new(field, "value_text", json_string(text ? text : ""));
}

static void
prepare(const struct request *request, json_t *ticket)
{
    json_t *item, *due = json_object_get(ticket, "sla_due_at");
    size_t i;

    json_array_foreach(json_object_get(ticket, "messages"), i, item)
        prepare_message(item);
    json_array_foreach(json_object_get(ticket, "custom_fields"), i, item)
        prepare_field(request, item);
    json_object_set_new(
        ticket, "has_related",
        json_boolean(json_array_size(json_object_get(ticket, "related")) > 0));
    json_t *rating = json_object_get(ticket, "rating");
    if (json_is_integer(rating)) {
        g_autofree char *flag = g_strdup_printf("n%d", (int)json_integer_value(rating));
        json_object_set_new(ticket, "rating_is", json_pack("{s:b}", flag, 1));
    }
    g_autofree char *now = clock_format_rfc3339(clock_now_us());
    json_object_set_new(
        ticket, "is_late",
        json_boolean(json_is_string(due) && strcmp(json_string_value(due), now) < 0));
    dress(request, ticket);
}

/* The customer's own texts, to be put into the answer. */
static bool
add_texts(const struct request *request, json_t *document, GError **error)
{
    g_autofree char *text = request_document(request, SQL_CUSTOMER_TEXT_LIST, error,
                                             db_uuid(request->caller.person));
    g_autoptr(json_t) list = text ? json_loads(text, 0, NULL) : NULL;
    json_t *texts = json_object_get(list, "items");

    json_object_set_new(document, "has_texts", json_boolean(json_array_size(texts) > 0));
    json_object_set(document, "texts", texts);
    return list != NULL;
}

Reply *
ticket_page(const struct request *request, const char *text, const char *typed,
            const char *problem, GError **error)
{
    const struct caller *caller = &request->caller;
    g_autoptr(json_t) document = json_object();
    json_t *ticket = json_loads(text, 0, NULL);

    if (!ticket) {
        error_set(error, ERR_BUG, "the document of a ticket is no JSON");
        return NULL;
    }
    prepare(request, ticket);
    json_object_set_new(document, "ticket", ticket);
    json_object_set_new(document, "by_link", json_boolean(ticket_by_link(request)));
    json_object_set_new(document, "sent_to", json_string(caller->address));
    json_object_set_new(document, "signed_in_as",
                        caller->signed_in_as ? json_string(caller->signed_in_as)
                                             : json_null());
    json_object_set_new(document, "typed", json_string(typed ? typed : ""));
    json_object_set_new(document, "error", problem ? json_string(problem) : json_null());
    json_object_set_new(document, "upload_bytes", json_integer(LIMIT_POST_FILE_BYTES));
    json_object_set_new(document, "upload_count", json_integer(LIMIT_POST_FILES));
    if (!ticket_by_link(request) && !add_texts(request, document, error))
        return NULL;
    return page_render(request, "ticket", document, error);
}

/* An agent opened a link that a customer was sent: what it is, and where to go on. */
static Reply *
others_link(const struct request *request, GError **error)
{
    g_autofree char *text = request_document(request, SQL_CAPABILITY_LINK_TICKET, error,
                                             db_uuid(request->caller.conversation));
    g_autoptr(json_t) ticket = text ? json_loads(text, 0, NULL) : NULL;
    g_autoptr(json_t) document = json_pack("{s:O?, s:s}", "ticket", ticket, "sent_to",
                                           request->caller.link_address);
    Reply *reply = ticket ? page_render(request, "link_of_other", document, error) : NULL;
    if (reply)
        reply->status = 403;
    return reply;
}

/* That they saw it is written after it was read; not for a browser that only looks ahead,
   nor for a mail's "picture" that names the ticket's page. A link is followed by scanners of
   mail too: there the page tells when somebody moves in it (seen.js). */
struct seen {
    const struct request *request;
    struct uuid conversation;
    int64_t at;
};

bool
ticket_mark_read(const struct request *request, DbTx *tx, struct uuid conversation,
                 int64_t at, GError **error)
{
    const struct caller *caller = &request->caller;
    return db_execute(tx, SQL_PORTAL_TICKET_MARK_READ, NULL, error, db_uuid(conversation),
                      db_uuid(caller->person), db_time(at))
           && (caller->role != CALLER_LINK
               || db_execute(tx, SQL_PORTAL_LINK_READ, NULL, error, db_time(at)));
}

static bool
mark_read(DbTx *tx, void *data, GError **error)
{
    const struct seen *seen = data;
    return ticket_mark_read(seen->request, tx, seen->conversation, seen->at, error);
}

static bool
is_looked_at(const struct request *request)
{
    const char *purpose = request_header(request, "Sec-Purpose");
    const char *target = request_header(request, "Sec-Fetch-Dest");
    return request->caller.role != CALLER_LINK
           && !(purpose && g_str_has_prefix(purpose, "prefetch"))
           && !(target && strcmp(target, "image") == 0);
}

/* Only where something is new: most views of a page change nothing. */
static bool
note_seen(const struct request *request, const char *text, GError **error)
{
    struct seen seen = { .request = request, .at = clock_now_us() };
    g_autoptr(json_t) document = json_loads(text, 0, NULL);
    const char *id = json_string_value(json_object_get(document, "id"));

    if (!json_is_true(json_object_get(document, "is_unread")) || !is_looked_at(request)
        || request->caller.read_only)
        return true;
    return id && uuid_parse(slice_from(id), &seen.conversation)
           && request_transact(request, mark_read, &seen, error);
}

/* The text of one's own that was chosen to be put into the answer; NULL: none. */
static bool
find_inserted(const struct request *request, char **ret_text, GError **error)
{
    const char *asked = request_query(request, "insert");
    g_autoptr(DbTx) tx = asked ? request_begin(request, true, error) : NULL;

    *ret_text = tx ? customer_text_find(request, tx, asked) : NULL;
    return !asked || tx;
}

static Reply *
get_page(const struct request *request, GError **error)
{
    if (request->caller.link_address)
        return others_link(request, error);
    g_autofree char *document = ticket_read(request, error);
    g_autofree char *inserted = NULL;

    if (!document || !note_seen(request, document, error)
        || !find_inserted(request, &inserted, error))
        return NULL;
    return ticket_page(request, document, inserted, NULL, error);
}

/* --- what was read ------------------------------------------------------------------ */

static Reply *
read_work(const struct request *request, DbTx *tx, void *data, GError **error)
{
    const bool *is_conversation = data;
    struct ticket_found found;

    return ticket_find(request, tx, &found, error)
                   && ticket_check(request, tx, found.conversation, *is_conversation,
                                   error)
                   && ticket_mark_read(request, tx, found.conversation, clock_now_us(),
                                       error)
               ? reply_no_content()
               : NULL;
}

Reply *
ticket_read_api(const struct request *request, bool is_conversation, GError **error)
{
    return change_run(request, read_work, &is_conversation, error);
}

/* Of a page by a link too, when somebody moves in it (seen.js). */
static Reply *
read_api(const struct request *request, GError **error)
{
    return ticket_read_api(request, false, error);
}

static Reply *
categories_api(const struct request *request, GError **error)
{
    g_autofree char *text = request_document(request, SQL_PORTAL_CHOICES, error,
                                             db_text(request->caller.locale));
    return text ? reply_json(200, text) : NULL;
}

static const struct operation list_operation = {
    .id = "listTickets",
    .summary = "List my tickets",
    .tag = "Tickets",
    .query = "TicketQuery",
    .answer = "TicketSummary",
    .is_list = true,
};
static const struct operation get_operation = {
    .id = "getTicket",
    .summary = "Read a ticket with what was said in it",
    .tag = "Tickets",
    .answer = "Ticket",
};
static const struct operation read_operation = {
    .id = "markTicketRead",
    .summary = "Note that I have read all of it, and what I was told of it",
    .tag = "Tickets",
    .if_match = true,
};
static const struct operation categories_operation = {
    .id = "listTicketChoices",
    .summary = "What a new ticket may be about, and the fields that it has",
    .tag = "Tickets",
    .answer = "TicketChoices",
};

static const struct route routes[] = {
    { HTTP_GET, "/tickets", WHO_PERSON, list_page, 0, NULL },
    { HTTP_GET, "/tickets/{number:int}", WHO_PERSON, get_page, 0, NULL },
    { HTTP_GET, "/t/{token}", WHO_LINK, get_page, 0, NULL },
    { HTTP_POST, "/t/{token}/seen", WHO_LINK, read_api, 4096, NULL },
    { HTTP_GET, "/api/v1/portal/tickets", WHO_PERSON, list_api, 0, &list_operation },
    { HTTP_GET, "/api/v1/portal/tickets/categories", WHO_PERSON, categories_api, 0,
      &categories_operation },
    { HTTP_GET, "/api/v1/portal/tickets/{id:uuid}", WHO_PERSON, get_api, 0,
      &get_operation },
    { HTTP_POST, "/api/v1/portal/tickets/{id:uuid}/read", WHO_PERSON, read_api, 0,
      &read_operation },
};
const struct route_table tickets_routes = { routes, G_N_ELEMENTS(routes) };
