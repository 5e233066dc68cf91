/* queues: /admin/queues: where tickets come in, and what holds there. */
#include <math.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/mail/address.h"
#include "common/store/statements.h"
#include "portald/admin/admin.h"
#include "portald/api/change.h"
#include "portald/auth/audit.h"
#include "portald/auth/scope.h"
#include "portald/pages/dress.h"
#include "portald/pages/page.h"

static const char *const priorities[] = { "low", "normal", "high", "urgent", NULL };

struct queue_form {
    const struct request *request;
    struct uuid id, team, other; /* other: its owner, or where its mail goes; nil: none */
    const char *name, *address, *domain, *priority, *hours;
    int64_t days;
    bool autoreply;
    const char *flaw, *field; /* what is wrong, a msgid, and with which field */
};

static const char *
typed(const struct request *request, const char *name)
{
    const char *value = request_field(request, name);
    return value ? value : "";
}

static bool
wrong(struct queue_form *form, const char *field, const char *flaw)
{
    form->field = field;
    form->flaw = flaw;
    return false;
}

/* --- what was handed in ------------------------------------------------------------- */

/* A number of 0 to `most`, whole or not; false for anything else. */
static bool
read_number(const char *text, double most, double *ret_number)
{
    char *end = NULL;
    double number = g_ascii_strtod(text, &end);

    if (end == text || *end || !isfinite(number) || number < 0 || number > most)
        return false;
    *ret_number = number;
    return true;
}

static bool
read_name(struct queue_form *form)
{
    form->name = typed(form->request, "name");
    return (*form->name && g_utf8_strlen(form->name, -1) <= LIMIT_NAME_CHARS)
           || wrong(form, "name", "A name is needed, of at most 200 characters.");
}

static bool
read_team(struct queue_form *form)
{
    return uuid_parse(slice_from(typed(form->request, "team")), &form->team)
           || wrong(form, "team", "There is no such team.");
}

static bool
read_policy(struct queue_form *form)
{
    const char *owner = typed(form->request, "owner");
    double days = 0, hours = 0;

    form->priority = typed(form->request, "priority");
    form->hours = typed(form->request, "hours");
    form->autoreply = request_field(form->request, "autoreply") != NULL;
    if (*owner && !uuid_parse(slice_from(owner), &form->other))
        return wrong(form, "owner", "This can’t be chosen.");
    if (!g_strv_contains(priorities, form->priority))
        return wrong(form, "priority", "This can’t be chosen.");
    if (!read_number(typed(form->request, "reopen_days"), LIMIT_REOPEN_DAYS, &days)
        || days != trunc(days))
        return wrong(form, "reopen_days", "This must be a number of days, at most 3650.");
    if (*form->hours
        && (!read_number(form->hours, LIMIT_PROMISE_HOURS, &hours) || hours == 0))
        return wrong(form, "hours", "This must be a number of hours, at most 8760.");
    form->days = (int64_t)days;
    return true;
}

/* --- pages -------------------------------------------------------------------------- */

static Reply *
show_list(const struct request *request, const struct queue_form *form, GError **error)
{
    json_t *document = admin_read(request, SQL_ADMIN_QUEUES, DB_BINDS(), error);

    if (document) {
        json_object_set_new(
            document, "has_queues",
            json_boolean(json_array_size(json_object_get(document, "items")) > 0));
        json_object_set_new(
            document, "has_retired",
            json_boolean(json_array_size(json_object_get(document, "retired")) > 0));
        json_object_set_new(document, "form",
                            json_pack("{s:s, s:s}", "address", typed(request, "address"),
                                      "name", typed(request, "name")));
    }
    return admin_page(request, "admin_queues", document, form ? form->field : NULL,
                      form ? form->flaw : NULL, error);
}

static Reply *
list_get(const struct request *request, GError **error)
{
    return show_list(request, NULL, error);
}

/* What was typed, over what is stored. */
static void
keep_typed(const struct request *request, json_t *document)
{
    static const char *const names[][2] = { { "name", "name" },
                                            { "hours", "first_response_hours" },
                                            { "reopen_days", "reopen_days" } };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        json_object_set_new(document, names[i][1],
                            json_string(typed(request, names[i][0])));
    json_object_set_new(document, "autoreply",
                        json_boolean(request_field(request, "autoreply") != NULL));
}

static Reply *
show_queue(const struct request *request, const struct queue_form *form, bool is_outdated,
           GError **error)
{
    struct uuid id = { { 0 } };

    uuid_parse(slice_from(request->params[0]), &id);
    g_autofree char *text =
        request_document(request, SQL_ADMIN_QUEUE, error, db_uuid(id));
    json_t *document = text ? json_loads(text, 0, NULL) : NULL;
    if (!document)
        return NULL;
    g_autofree char *version = reply_etag(text);
    if (form && form->name)
        keep_typed(request, document);
    dress(request, document);
    json_object_set_new(document, "version", json_string(version));
    json_object_set_new(document, "is_outdated", json_boolean(is_outdated));
    json_object_set_new(document, "stored_url", json_string(request->path));
    json_object_set_new(
        document, "has_aliases",
        json_boolean(json_array_size(json_object_get(document, "aliases")) > 0));
    json_object_set_new(
        document, "has_others",
        json_boolean(json_array_size(json_object_get(document, "others")) > 0));
    Reply *reply = admin_page(request, "admin_queue", document, form ? form->field : NULL,
                              form ? form->flaw : NULL, error);
    if (reply && is_outdated)
        reply->status = 412;
    return reply;
}

static Reply *
queue_get(const struct request *request, GError **error)
{
    return show_queue(request, NULL, false, error);
}

/* --- changes ------------------------------------------------------------------------ */

static bool
note(DbTx *tx, const struct queue_form *form, const char *kind, const char *name,
     GError **error)
{
    char id[UUID_TEXT_SIZE];
    struct uuid nobody = { { 0 } };
    g_autoptr(json_t) detail =
        json_pack("{s:s, s:s}", "queue", uuid_format(form->id, id), "name", name);
    g_autofree char *json = json_dumps(detail, JSON_COMPACT);
    return audit_add(tx, form->request, nobody, kind, json, error);
}

/* As the form saw it; who asks first keeps the others waiting. */
static bool
check_state(DbTx *tx, const struct queue_form *form, GError **error)
{
    if (!db_execute(tx, SQL_ADMIN_QUEUE_LOCK, NULL, error, db_uuid(form->id)))
        return false;
    g_autoptr(DbRows) rows = db_query(tx, SQL_ADMIN_QUEUE, error, db_uuid(form->id));
    if (rows && db_rows_count(rows) == 0)
        return error_set(error, ERR_MISSING, "there is no such queue");
    return rows && change_check(form->request, db_get_text(rows, 0, 0), error);
}

static bool
store(DbTx *tx, void *data, GError **error)
{
    struct queue_form *form = data;

    if (!check_state(tx, form, error))
        return false;
    g_autoptr(DbRows) rows = db_query(
        tx, SQL_ADMIN_QUEUE_SET, error, db_uuid(form->id), db_text(form->name),
        db_uuid(form->team), uuid_is_nil(form->other) ? db_null() : db_uuid(form->other),
        db_text(form->priority), db_bool(form->autoreply), db_int(form->days),
        *form->hours ? db_text(form->hours) : db_null());
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0) {
        wrong(form, "owner", "Team or owner are no longer there.");
        return error_set(error, ERR_CONFLICT, "team or owner are no longer there");
    }
    return note(tx, form, "queue", form->name, error);
}

/* The form again where something is wrong with it; else the error goes on. */
static Reply *
refused(const struct queue_form *form, GError *problem, GError **error)
{
    bool is_outdated = error_is(problem, ERR_OUTDATED);

    if (is_outdated || form->flaw) {
        g_error_free(problem);
        return form->request->params[0]
                   ? show_queue(form->request, form, is_outdated, error)
                   : show_list(form->request, form, error);
    }
    g_propagate_error(error, problem);
    return NULL;
}

static Reply *
queue_post(const struct request *request, GError **error)
{
    struct queue_form form = { .request = request };
    g_autoptr(GError) problem = NULL;

    uuid_parse(slice_from(request->params[0]), &form.id);
    if (!read_name(&form) || !read_team(&form) || !read_policy(&form))
        return show_queue(request, &form, false, error);
    if (request_transact(request, store, &form, &problem))
        return reply_see_other("/admin/queues?done=saved");
    return refused(&form, g_steal_pointer(&problem), error);
}

static bool
add(DbTx *tx, void *data, GError **error)
{
    struct queue_form *form = data;
    g_autoptr(DbRows) domain =
        db_query(tx, SQL_ADMIN_QUEUE_DOMAIN, error, db_text(form->domain));

    if (!domain)
        return false;
    if (!db_get_bool(domain, 0, 0)) {
        wrong(form, "address",
              "No mail of this domain comes here yet: who runs the installation adds its "
              "first queue, with “maild add queue”.");
        return error_set(error, ERR_CONFLICT, "the domain is not the tenant's");
    }
    form->id = uuid_make();
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_ADMIN_QUEUE_ADD, error, db_uuid(form->id),
                 db_text(form->address), db_text(form->name), db_uuid(form->team));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0) {
        wrong(form, "address", "This address has a queue already, or the team is gone.");
        return error_set(error, ERR_CONFLICT, "the address has a queue");
    }
    return note(tx, form, "queue_added", form->name, error);
}

static Reply *
list_post(const struct request *request, GError **error)
{
    struct queue_form form = { .request = request };
    g_autoptr(GError) problem = NULL;
    g_autofree char *address = address_normalise(slice_from(typed(request, "address")));
    const char *at = address ? strrchr(address, '@') : NULL;

    if (!at || memchr(address, '+', (size_t)(at - address)))
        wrong(&form, "address", "This is no mail address.");
    else if (read_name(&form) && read_team(&form)) {
        form.address = address;
        form.domain = at + 1;
        if (request_transact(request, add, &form, &problem)) {
            char id[UUID_TEXT_SIZE];
            g_autofree char *path =
                g_strdup_printf("/admin/queues/%s?done=saved", uuid_format(form.id, id));
            return reply_see_other(path);
        }
        return refused(&form, g_steal_pointer(&problem), error);
    }
    return show_list(request, &form, error);
}

static bool
retire(DbTx *tx, void *data, GError **error)
{
    struct queue_form *form = data;

    /* Both, in one order: two that are retired into each other would both be gone. */
    bool first = memcmp(&form->id, &form->other, sizeof form->id) < 0;
    struct uuid order[] = { first ? form->id : form->other,
                            first ? form->other : form->id };

    for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
        if (!db_execute(tx, SQL_ADMIN_QUEUE_LOCK, NULL, error, db_uuid(order[i])))
            return false;
    g_autoptr(DbRows) rows = db_query(tx, SQL_ADMIN_QUEUE_RETIRE, error,
                                      db_uuid(form->id), db_uuid(form->other));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0) {
        wrong(form, "heir",
              "It is read out of a mailbox still, or the other queue is gone: take the "
              "mailbox out of the configuration first.");
        return error_set(error, ERR_CONFLICT, "the queue can't be retired");
    }
    return note(tx, form, "queue_retired", db_get_text(rows, 0, 1), error);
}

static Reply *
retire_post(const struct request *request, GError **error)
{
    struct queue_form form = { .request = request };
    g_autoptr(GError) problem = NULL;

    uuid_parse(slice_from(request->params[0]), &form.id);
    if (!uuid_parse(slice_from(typed(request, "heir")), &form.other)) {
        wrong(&form, "heir", "Choose the queue that its mail shall go to.");
        return show_queue(request, &form, false, error);
    }
    if (request_transact(request, retire, &form, &problem))
        return reply_see_other("/admin/queues?done=saved");
    return refused(&form, g_steal_pointer(&problem), error);
}

static const struct route routes[] = {
    { HTTP_GET, "/admin/queues", WHO_ADMIN, list_get, 0, NULL },
    { HTTP_POST, "/admin/queues", WHO_ADMIN, list_post, LIMIT_SMALL_FORM_BYTES, NULL },
    { HTTP_GET, "/admin/queues/{id:uuid}", WHO_ADMIN, queue_get, 0, NULL },
    { HTTP_POST, "/admin/queues/{id:uuid}", WHO_ADMIN, queue_post, LIMIT_SMALL_FORM_BYTES,
      NULL },
    { HTTP_POST, "/admin/queues/{id:uuid}/retire", WHO_ADMIN, retire_post,
      LIMIT_SMALL_FORM_BYTES, NULL },
};
const struct route_table admin_queue_routes = { routes, G_N_ELEMENTS(routes) };
