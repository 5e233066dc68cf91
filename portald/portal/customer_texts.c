/* customer_texts: what a customer writes again and again: their own texts, kept on the page
   /account/texts and put into an answer with one click. */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/api/change.h"
#include "portald/pages/page.h"
#include "portald/portal/tickets.h"

static struct uuid
id_of(const struct request *request)
{
    struct uuid id = { { 0 } };
    if (request->params[0])
        uuid_parse(slice_from(request->params[0]), &id);
    return id;
}

char *
customer_text_find(const struct request *request, DbTx *tx, const char *id)
{
    struct uuid uuid;

    if (!id || !uuid_parse(slice_from(id), &uuid))
        return NULL;
    g_autoptr(DbRows) rows = db_query(tx, SQL_CUSTOMER_TEXT_EXISTS, NULL, db_uuid(uuid),
                                      db_uuid(request->caller.person));
    return rows && db_rows_count(rows) > 0 ? g_strdup(db_get_text(rows, 0, 0)) : NULL;
}

/* --- changes ---------------------------------------------------------------------- */

struct put {
    const struct request *request;
    const char *wrong; /* the member that can't be kept so */
    char *title, *document;
};

/* The text of the path as it is now, kept from being changed by others until the end of
   `tx`: whether it is theirs, and as the request wants it. */
static bool
check_state(const struct request *request, DbTx *tx, GError **error)
{
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_CUSTOMER_TEXT_LOCK, error, db_uuid(id_of(request)),
                 db_uuid(request->caller.person));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0)
        return error_set(error, ERR_MISSING, "there is no such text");
    return change_check(request, db_get_text(rows, 0, 0), error);
}

/* What was typed, tidied. ERR_REJECT when it can't be kept. */
static bool
check(struct put *put, GError **error)
{
    const char *title = handed_text(put->request, "title");
    const char *text = handed_text(put->request, "text");

    g_free(put->title);
    put->title = g_strstrip(g_strdup(title ? title : ""));
    put->wrong = "/title";
    if (!*put->title || g_utf8_strlen(put->title, -1) > LIMIT_TEXT_TITLE_CHARS)
        return error_set(error, ERR_REJECT, "a title of 1 to %d characters is needed",
                         LIMIT_TEXT_TITLE_CHARS);
    put->wrong = "/text";
    return (text && *text && g_utf8_strlen(text, -1) <= LIMIT_CUSTOMER_TEXT_CHARS)
           || error_set(error, ERR_REJECT, "a text of 1 to %d characters is needed",
                        LIMIT_CUSTOMER_TEXT_CHARS);
}

/* A path with an id changes that text, which must be there and theirs. */
static bool
put_work(DbTx *tx, void *data, GError **error)
{
    struct put *put = data;
    struct uuid id = id_of(put->request), person = put->request->caller.person;

    g_clear_pointer(&put->document, g_free);
    if (!check(put, error))
        return false;
    if (!put->request->params[0])
        id = uuid_make();
    else if (!check_state(put->request, tx, error))
        return false;
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_CUSTOMER_TEXT_PUT, error, db_uuid(id), db_uuid(person),
                 db_text(put->title), db_text(handed_text(put->request, "text")),
                 db_int(LIMIT_CUSTOMER_TEXTS));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0)
        return error_set(error, ERR_CONFLICT, "there are %d texts already",
                         LIMIT_CUSTOMER_TEXTS);
    put->document = g_strdup(db_get_text(rows, 0, 0));
    return true;
}

static Reply *
answer_put(const struct request *request, const struct put *put)
{
    Reply *reply = reply_json(request->method == HTTP_POST ? 201 : 200, put->document);

    if (request->method == HTTP_POST) {
        g_autoptr(json_t) text = json_loads(put->document, 0, NULL);
        g_autofree char *path = g_strdup_printf(
            "%s/%s", request->path, json_string_value(json_object_get(text, "id")));
        reply_set(reply, "Location", path);
    }
    return reply;
}

static Reply *
put_api(const struct request *request, GError **error)
{
    struct put put = { .request = request };
    g_autoptr(GError) failure = NULL;
    Reply *reply = NULL;

    if (request_transact(request, put_work, &put, &failure))
        reply = answer_put(request, &put);
    else if (error_is(failure, ERR_REJECT))
        reply = reply_flaws(&(struct reply_flaw){ put.wrong, failure->message }, 1);
    else
        g_propagate_error(error, g_steal_pointer(&failure));
    g_free(put.title);
    g_free(put.document);
    return reply;
}

static bool
remove_work(DbTx *tx, void *data, GError **error)
{
    const struct request *request = data;

    return check_state(request, tx, error)
           && db_execute(tx, SQL_CUSTOMER_TEXT_REMOVE, NULL, error,
                         db_uuid(id_of(request)), db_uuid(request->caller.person));
}

static Reply *
remove_api(const struct request *request, GError **error)
{
    return request_transact(request, remove_work, (void *)(uintptr_t)request, error)
               ? reply_no_content()
               : NULL;
}

static Reply *
get_api(const struct request *request, GError **error)
{
    g_autofree char *text =
        request_document(request, SQL_CUSTOMER_TEXT_READ, error, db_uuid(id_of(request)),
                         db_uuid(request->caller.person));
    return text ? reply_json(200, text) : NULL;
}

static Reply *
list_api(const struct request *request, GError **error)
{
    g_autofree char *text = request_document(request, SQL_CUSTOMER_TEXT_LIST, error,
                                             db_uuid(request->caller.person));
    return text ? reply_json(200, text) : NULL;
}

/* --- the page --------------------------------------------------------------------- */

static const char *
typed(const struct request *request, const char *name)
{
    const char *text = request_field(request, name);
    return text ? text : "";
}

/* Each with the version that its form names; the one that the path names is open, with
   what was typed. */
static void
prepare(const struct request *request, json_t *texts)
{
    json_t *item;
    size_t i;

    json_array_foreach(texts, i, item)
    {
        const char *id = json_string_value(json_object_get(item, "id"));
        g_autofree char *version =
            reply_etag(json_string_value(json_object_get(item, "state")));
        bool is_open = g_strcmp0(request->params[0], id) == 0;
        json_object_set_new(item, "version", json_string(version));
        json_object_set_new(item, "is_open", json_boolean(is_open));
        if (!is_open)
            continue;
        json_object_set_new(item, "title", json_string(typed(request, "title")));
        json_object_set_new(item, "text", json_string(typed(request, "text")));
    }
}

static Reply *
show(const struct request *request, const char *problem, bool is_outdated, GError **error)
{
    g_autofree char *text = request_document(request, SQL_CUSTOMER_TEXT_VERSIONS, error,
                                             db_uuid(request->caller.person));
    g_autoptr(json_t) document = text ? json_loads(text, 0, NULL) : NULL;
    const char *chosen = request->params[0];

    if (!document)
        return NULL;
    json_t *texts = json_object_get(document, "items");
    prepare(request, texts);
    json_object_set_new(document, "has_texts", json_boolean(json_array_size(texts) > 0));
    json_object_set_new(document, "title",
                        json_string(chosen ? "" : typed(request, "title")));
    json_object_set_new(document, "typed",
                        json_string(chosen ? "" : typed(request, "text")));
    json_object_set_new(document, "error", problem ? json_string(problem) : json_null());
    json_object_set_new(document, "is_outdated", json_boolean(is_outdated));
    json_object_set_new(document, "stored_url", json_string("/account/texts"));
    return page_render(request, "customer_texts", document, error);
}

static Reply *
texts_page(const struct request *request, GError **error)
{
    return show(request, NULL, false, error);
}

/* Once more, with what was typed: it can't be kept, or was meant for another state. */
static Reply *
show_again(const struct request *request, const GError *failure, GError **error)
{
    bool is_outdated = error_is(failure, ERR_OUTDATED);
    Reply *reply = show(
        request,
        is_outdated ? NULL
                    : text_of(request, "Please write a title and a text, not too long."),
        is_outdated, error);
    if (reply)
        reply->status = is_outdated ? 412 : 422;
    return reply;
}

static Reply *
put_page(const struct request *request, GError **error)
{
    struct put put = { .request = request };
    g_autoptr(GError) failure = NULL;
    bool done = request_transact(request, put_work, &put, &failure);

    g_free(put.title);
    g_free(put.document);
    if (done)
        return reply_see_other("/account/texts?done=saved");
    if (error_is(failure, ERR_REJECT) || error_is(failure, ERR_CONFLICT)
        || error_is(failure, ERR_OUTDATED))
        return show_again(request, failure, error);
    g_propagate_error(error, g_steal_pointer(&failure));
    return NULL;
}

static Reply *
remove_page(const struct request *request, GError **error)
{
    return request_transact(request, remove_work, (void *)(uintptr_t)request, error)
               ? reply_see_other("/account/texts?done=removed")
               : NULL;
}

static const struct operation list_operation = {
    .id = "listTexts",
    .summary = "List my own texts",
    .tag = "Account",
    .answer = "CustomerText",
    .is_list = true,
};
static const struct operation get_operation = {
    .id = "getText",
    .summary = "Read a text of my own",
    .tag = "Account",
    .answer = "CustomerText",
};
static const struct operation add_operation = {
    .id = "addText",
    .summary = "Keep a text of my own",
    .tag = "Account",
    .body = "NewCustomerText",
    .answer = "CustomerText",
    .status = 201,
};
static const struct operation change_operation = {
    .id = "changeText",
    .summary = "Change a text of my own",
    .tag = "Account",
    .body = "NewCustomerText",
    .answer = "CustomerText",
    .if_match = true,
};
static const struct operation remove_operation = {
    .id = "removeText",
    .summary = "Remove a text of my own",
    .tag = "Account",
    .if_match = true,
};

#define API "/api/v1/portal/texts"
#define PAGE "/account/texts"

static const struct route routes[] = {
    { HTTP_GET, PAGE, WHO_PERSON, texts_page, 0, NULL },
    { HTTP_POST, PAGE, WHO_PERSON, put_page, LIMIT_HTTP_FORM_BYTES, NULL },
    { HTTP_POST, PAGE "/{id:uuid}", WHO_PERSON, put_page, LIMIT_HTTP_FORM_BYTES, NULL },
    { HTTP_POST, PAGE "/{id:uuid}/remove", WHO_PERSON, remove_page, 4096, NULL },
    { HTTP_GET, API, WHO_PERSON, list_api, 0, &list_operation },
    { HTTP_POST, API, WHO_PERSON, put_api, LIMIT_HTTP_FORM_BYTES, &add_operation },
    { HTTP_GET, API "/{id:uuid}", WHO_PERSON, get_api, 0, &get_operation },
    { HTTP_PUT, API "/{id:uuid}", WHO_PERSON, put_api, LIMIT_HTTP_FORM_BYTES,
      &change_operation },
    { HTTP_DELETE, API "/{id:uuid}", WHO_PERSON, remove_api, 0, &remove_operation },
};
const struct route_table customer_texts_routes = { routes, G_N_ELEMENTS(routes) };
