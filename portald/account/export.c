/* export: all that the desk has of a person, to be taken along. Asked for here, put
   together by maild's clock, fetched here within a week. Both take a fresh sign-in, since a
   browser that was left open would else give away all at once; both are on record. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/account/account.h"
#include "portald/auth/audit.h"
#include "portald/auth/scope.h"
#include "portald/portal/paper_turn.h"

#define PAGE "/account/export"

/* --- asking for one ------------------------------------------------------------------- */

struct asking {
    const struct request *request;
    struct uuid id;
};

static bool
ask(DbTx *tx, void *data, GError **error)
{
    struct asking *asking = data;
    const struct caller *caller = &asking->request->caller;
    return db_execute(tx, SQL_EXPORT_ADD, NULL, error, db_uuid(asking->id),
                      db_uuid(caller->person),
                      db_text(caller->locale ? caller->locale : "en"))
           && audit_add(tx, asking->request, caller->person, "export", NULL, error);
}

static bool
is_being_made(const json_t *exports)
{
    json_t *export;
    size_t i;

    json_array_foreach(json_object_get(exports, "items"), i, export)
    {
        const char *state = json_string_value(json_object_get(export, "state"));
        if (strcmp(state, "waiting") == 0 || strcmp(state, "building") == 0)
            return true;
    }
    return false;
}

static Reply *
page_get(const struct request *request, GError **error)
{
    json_t *document = account_read(request, SQL_EXPORT_LIST, error);
    if (document)
        json_object_set_new(document, "can_ask", json_boolean(!is_being_made(document)));
    return document ? account_page(request, "account_export", document, NULL, error)
                    : NULL;
}

static Reply *
page_post(const struct request *request, GError **error)
{
    struct asking asking = { .request = request, .id = uuid_make() };
    g_autoptr(GError) problem = NULL;
    Reply *refusal = account_require_fresh(request, PAGE, error);
    if (refusal || (error && *error))
        return refusal;
    /* Asked for twice is the same as once: the page shows the one that is being made. */
    if (!request_transact(request, ask, &asking, &problem)
        && !error_is(problem, ERR_CONFLICT)) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return NULL;
    }
    return reply_see_other(PAGE);
}

static char *
read_one(const struct request *request, struct uuid id, GError **error)
{
    return request_document(request, SQL_EXPORT_READ, error,
                            db_uuid(request->caller.person), db_uuid(id));
}

static Reply *
api_post(const struct request *request, GError **error)
{
    struct asking asking = { .request = request, .id = uuid_make() };
    g_autoptr(GError) problem = NULL;
    Reply *refusal = account_require_fresh(request, PAGE, error);
    if (refusal || (error && *error))
        return refusal;
    if (!request_transact(request, ask, &asking, &problem)) {
        if (error_is(problem, ERR_CONFLICT))
            return reply_problem(409, "one is being made: wait until it is ready");
        g_propagate_error(error, g_steal_pointer(&problem));
        return NULL;
    }
    g_autofree char *text = read_one(request, asking.id, error);
    return text ? reply_json(202, text) : NULL;
}

static Reply *
api_list(const struct request *request, GError **error)
{
    return account_reply(request, SQL_EXPORT_LIST, error);
}

static Reply *
api_get(const struct request *request, GError **error)
{
    struct uuid id;
    g_autofree char *text = uuid_parse(slice_from(request->params[0]), &id)
                                ? read_one(request, id, error)
                                : NULL;
    return text ? reply_json(200, text) : NULL;
}

/* --- fetching it ---------------------------------------------------------------------- */

/* The pieces, one behind the other. *ret_n: how many there were. */
static bool
gather(DbTx *tx, const struct request *request, struct uuid id, FILE *file,
       int64_t *ret_n, GError **error)
{
    for (int64_t n = 0;; n++) {
        g_autoptr(DbRows) rows =
            db_query(tx, SQL_EXPORT_READ_PIECE, error, db_uuid(request->caller.person),
                     db_uuid(id), db_int(n));
        if (!rows)
            return false;
        *ret_n = n;
        if (db_rows_count(rows) == 0)
            return fflush(file) == 0
                   || error_set(error, ERR_RETRY, "an archive: %s", g_strerror(errno));
        struct slice piece = db_get_bytes(rows, 0, 0);
        if (fwrite(piece.p, 1, piece.n, file) != piece.n)
            return error_set(error, ERR_RETRY, "an archive: %s", g_strerror(errno));
    }
}

/* Through a file without a name, so that a large archive stays out of memory. */
static GBytes *
read_archive(const struct request *request, struct uuid id, GError **error)
{
    int64_t n = 0;
    g_autoptr(DbTx) tx = request_begin(request, true, error);
    g_autoptr(FILE) file = tx ? tmpfile() : NULL;
    if (!file) {
        if (tx)
            error_set(error, ERR_RETRY, "a temporary file: %s", g_strerror(errno));
        return NULL;
    }
    if (!gather(tx, request, id, file, &n, error))
        return NULL;
    if (n == 0) {
        error_set(error, ERR_MISSING, "there is no such archive, or its week is over");
        return NULL;
    }
    g_autoptr(GMappedFile) map = g_mapped_file_new_from_fd(fileno(file), FALSE, NULL);
    if (!map) {
        error_set(error, ERR_RETRY, "an archive can't be mapped");
        return NULL;
    }
    return g_mapped_file_get_bytes(map);
}

static bool
record(DbTx *tx, void *data, GError **error)
{
    const struct asking *asking = data;
    char id[UUID_TEXT_SIZE];
    g_autofree char *detail =
        g_strdup_printf("{\"export\": \"%s\"}", uuid_format(asking->id, id));
    return audit_add(tx, asking->request, asking->request->caller.person,
                     "export_fetched", detail, error);
}

static Reply *
send_archive(const struct request *request, void *data, GError **error)
{
    struct asking *asking = data;
    g_autoptr(GBytes) archive = read_archive(request, asking->id, error);
    if (!archive || !request_transact(request, record, asking, error))
        return NULL;
    Reply *reply = reply_new(200, "application/zip", archive);
    reply_set(reply, "Content-Disposition", "attachment; filename=\"my-data.zip\"");
    return reply;
}

static Reply *
file_get(const struct request *request, GError **error)
{
    struct asking asking = { .request = request };
    if (!uuid_parse(slice_from(request->params[0]), &asking.id)) {
        error_set(error, ERR_MISSING, "there is no such archive");
        return NULL;
    }
    Reply *refusal = account_require_fresh(request, PAGE, error);
    if (refusal || (error && *error))
        return refusal;
    return paper_turn_take(request, send_archive, &asking, error);
}

static const struct operation ask_operation = {
    .id = "requestExport",
    .summary = "Have all of your data put together",
    .tag = "Account",
    .answer = "Export",
    .status = 202,
};
static const struct operation list_operation = {
    .id = "listExports",
    .summary = "Archives of your data",
    .tag = "Account",
    .answer = "Export",
    .is_list = true,
};
static const struct operation get_operation = {
    .id = "getExport",
    .summary = "How far one of them is",
    .tag = "Account",
    .answer = "Export",
};

static const struct route routes[] = {
    { HTTP_GET, PAGE, WHO_PERSON, page_get, 0, NULL },
    { HTTP_POST, PAGE, WHO_PERSON, page_post, LIMIT_SMALL_FORM_BYTES, NULL },
    { HTTP_GET, PAGE "/{id:uuid}/file", WHO_PERSON, file_get, 0, NULL },
    { HTTP_POST, "/api/v1/portal/exports", WHO_PERSON, api_post, 0, &ask_operation },
    { HTTP_GET, "/api/v1/portal/exports", WHO_PERSON, api_list, 0, &list_operation },
    { HTTP_GET, "/api/v1/portal/exports/{id:uuid}", WHO_PERSON, api_get, 0,
      &get_operation },
};

const struct route_table account_export_routes = { routes, G_N_ELEMENTS(routes) };
