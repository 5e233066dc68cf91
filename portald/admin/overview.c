/* overview: GET /admin, /api/v1/admin/overview: how the desk does. */
#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/store/statements.h"
#include "portald/admin/admin.h"
#include "portald/auth/scope.h"
#include "portald/pages/page.h"

Reply *
admin_page(const struct request *request, const char *page, json_t *document,
           const char *id, const char *flaw, GError **error)
{
    g_autoptr(json_t) taken = document;
    json_t *errors = json_array();

    if (flaw)
        json_array_append_new(
            errors, json_pack("{s:s, s:s}", "id", id, "text", text_of(request, flaw)));
    if (!taken) {
        json_decref(errors);
        return NULL;
    }
    json_object_set_new(taken, "has_errors", json_boolean(flaw != NULL));
    json_object_set_new(taken, "errors", errors);
    Reply *reply = page_render(request, page, taken, error);
    if (reply && flaw)
        reply->status = 422;
    return reply;
}

json_t *
admin_read(const struct request *request, size_t statement, const struct db_bind *binds,
           size_t n, GError **error)
{
    json_error_t where;
    g_autofree char *text = request_read(request, statement, binds, n, error);
    json_t *document = text ? json_loads(text, 0, &where) : NULL;

    if (text && !document)
        error_set(error, ERR_BUG, "a document is no JSON: %s", where.text);
    return document;
}

/* What is missing yet, as a list of things to do; gone when all is done. */
static bool
add_setup(const struct request *request, json_t *document, GError **error)
{
    static const char *const names[] = { "queue", "mail", "agents", "brand", "domain" };
    json_t *setup = admin_read(request, SQL_ADMIN_SETUP, DB_BINDS(), error);
    bool any = false;

    if (!setup)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        any |= json_is_true(json_object_get(setup, names[i]));
    json_object_set_new(document, "setup", setup);
    json_object_set_new(document, "has_setup", json_boolean(any));
    return true;
}

static Reply *
overview_get(const struct request *request, GError **error)
{
    json_t *document = admin_read(request, SQL_ADMIN_OVERVIEW, DB_BINDS(), error);

    if (document) {
        const char *const lists[] = { "mailboxes", "queues", "domains" };
        const char *const flags[] = { "has_mailboxes", "has_queues", "has_domains" };
        for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
            json_object_set_new(
                document, flags[i],
                json_boolean(json_array_size(json_object_get(document, lists[i])) > 0));
    }
    if (document && !add_setup(request, document, error))
        g_clear_pointer(&document, json_decref);
    return admin_page(request, "admin", document, NULL, NULL, error);
}

static Reply *
api_get(const struct request *request, GError **error)
{
    g_autofree char *text = request_document(request, SQL_ADMIN_OVERVIEW, error);
    return text ? reply_json(200, text) : NULL;
}

static const struct operation overview_operation = {
    .id = "getOverview",
    .summary = "How the desk does: mailboxes, queues, what waits to be read and sent",
    .tag = "Administration",
    .answer = "Overview",
};

static const struct route routes[] = {
    { HTTP_GET, "/admin", WHO_ADMIN, overview_get, 0, NULL },
    { HTTP_GET, "/api/v1/admin/overview", WHO_ADMIN, api_get, 0, &overview_operation },
};
const struct route_table admin_overview_routes = { routes, G_N_ELEMENTS(routes) };
