/* announcements: what stands at the top of every page: /admin/announcements, and what the
   API of it needs too. */
#include <stdlib.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/admin/admin.h"
#include "portald/admin/announcements.h"
#include "portald/api/change.h"
#include "portald/auth/audit.h"
#include "portald/auth/scope.h"
#include "portald/pages/page.h"

#define PAGE "/admin/announcements"

void
announcement_clear(struct announcement *a)
{
    g_clear_pointer(&a->starts_at, g_free);
    g_clear_pointer(&a->ends_at, g_free);
}

/* --- what was handed in ------------------------------------------------------------- */

/* As RFC 3339: "2026-11-27T18:00", as <input type=datetime-local> sends it, in this zone, or
   with an offset of its own. False when it is no time; *ret is NULL for none. */
static bool
read_time(const char *text, const char *zone, char **ret)
{
    g_clear_pointer(ret, g_free);
    if (!text || !*text)
        return true;
    g_autoptr(GTimeZone) tz = g_time_zone_new_identifier(zone ? zone : "UTC");
    /* A browser leaves whole minutes' seconds away; ISO 8601 as GLib reads it doesn't. */
    g_autofree char *whole = g_strconcat(text, strlen(text) == 16 ? ":00" : "", NULL);
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(whole, tz);
    *ret = time ? g_date_time_format_iso8601(time) : NULL;
    return *ret != NULL;
}

static bool
is_text(const char *text, glong most)
{
    return text && *text && g_utf8_strlen(text, -1) <= most;
}

const char *
announcement_judge(struct announcement *a, const char *starts_at, const char *ends_at,
                   const char **ret_pointer)
{
    const char *zone = request_is_api(a->request) ? NULL : a->request->caller.time_zone;

    *ret_pointer = "/title";
    if (!is_text(a->title, LIMIT_NAME_CHARS))
        return "A title is needed, of at most 200 characters.";
    *ret_pointer = "/text";
    if (!is_text(a->text, LIMIT_ANNOUNCEMENT_CHARS))
        return "A text is needed, of at most 500 characters.";
    *ret_pointer = "/kind";
    if (!a->kind || (strcmp(a->kind, "news") != 0 && strcmp(a->kind, "maintenance") != 0))
        return "Choose what it is.";
    *ret_pointer = "/starts_at";
    if (!read_time(starts_at, zone, &a->starts_at))
        return "This is no date and time.";
    *ret_pointer = "/ends_at";
    if (!read_time(ends_at, zone, &a->ends_at))
        return "This is no date and time.";
    return NULL;
}

/* --- changes ------------------------------------------------------------------------ */

const char announcement_late[] = "It must end after it begins.";

bool
announcement_store(DbTx *tx, void *data, GError **error)
{
    const struct announcement *a = data;
    struct uuid nobody = { { 0 } };

    return db_execute(tx, SQL_ANNOUNCEMENT_ADD, NULL, error, db_uuid(a->id),
                      db_text(a->kind), db_text(a->title), db_text(a->text),
                      db_text(a->starts_at), db_text(a->ends_at),
                      db_uuid(a->request->caller.person))
           && audit_add(tx, a->request, nobody, "announcement", NULL, error);
}

bool
announcement_replace(DbTx *tx, void *data, GError **error)
{
    const struct announcement *a = data;
    struct uuid nobody = { { 0 } };

    return db_execute(tx, SQL_ANNOUNCEMENT_CHANGE, NULL, error, db_uuid(a->id),
                      db_text(a->kind), db_text(a->title), db_text(a->text),
                      db_text(a->starts_at), db_text(a->ends_at))
           && audit_add(tx, a->request, nobody, "announcement", NULL, error);
}

bool
announcement_forget(DbTx *tx, void *data, GError **error)
{
    const struct announcement *a = data;
    struct uuid nobody = { { 0 } };

    return db_execute(tx, SQL_ANNOUNCEMENT_REMOVE, NULL, error, db_uuid(a->id))
           && audit_add(tx, a->request, nobody, "announcement_removed", NULL, error);
}

char *
announcement_state(const json_t *document)
{
    char *text = json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS);
    char *owned = g_strdup(text); /* of our allocator, as all of the house */

    free(text);
    return owned;
}

char *
announcement_read(DbTx *tx, struct uuid id, GError **error)
{
    g_autoptr(DbRows) rows = db_query(tx, SQL_ANNOUNCEMENT_READ, error, db_uuid(id));

    if (rows && db_rows_count(rows) == 0)
        error_set(error, ERR_MISSING, "there is no such announcement");
    return rows && db_rows_count(rows) > 0 ? g_strdup(db_get_text(rows, 0, 0)) : NULL;
}

char *
announcement_take(const struct request *request, DbTx *tx, struct announcement *a,
                  GError **error)
{
    a->request = request;
    if (!uuid_parse(slice_from(request->params[0]), &a->id)
        || !db_execute(tx, SQL_ANNOUNCEMENT_LOCK, NULL, error, db_uuid(a->id)))
        return NULL;
    g_autofree char *document = announcement_read(tx, a->id, error);
    g_autoptr(json_t) json = document ? json_loads(document, 0, NULL) : NULL;
    g_autofree char *state = json ? announcement_state(json) : NULL;
    return json
                   && change_check(request, request_is_api(request) ? document : state,
                                   error)
               ? g_steal_pointer(&document)
               : NULL;
}

/* --- the page ----------------------------------------------------------------------- */

static void
say_states(json_t *list)
{
    static const char *const states[] = { "shown", "coming", "past" };
    size_t i;
    json_t *announcement;

    json_array_foreach(list, i, announcement)
    {
        const char *state = json_string_value(json_object_get(announcement, "state"));
        json_t *is = json_object();
        for (size_t k = 0; k < G_N_ELEMENTS(states); k++)
            json_object_set_new(is, states[k],
                                json_boolean(strcmp(states[k], state) == 0));
        json_object_set_new(announcement, "state_is", is);
    }
}

/* "2026-11-21T03:36:15Z" as <input type=datetime-local> wants it, in the admin's zone. */
static json_t *
local_time(const struct request *request, const json_t *stored)
{
    const char *text = json_string_value(stored), *name = request->caller.time_zone;
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(name ? name : "UTC");
    g_autoptr(GDateTime) time = text ? g_date_time_new_from_iso8601(text, NULL) : NULL;
    g_autoptr(GDateTime) local =
        time && zone ? g_date_time_to_timezone(time, zone) : NULL;
    g_autofree char *shown = local ? g_date_time_format(local, "%Y-%m-%dT%H:%M") : NULL;

    return json_string(shown ? shown : "");
}

/* What the form of one shows: what is stored, or was typed. */
static json_t *
form_of(const struct request *request, const json_t *item, bool is_typed)
{
    static const char *const members[] = { "title", "text", "kind", "starts_at",
                                           "ends_at" };
    g_autofree char *state = announcement_state(item);
    g_autofree char *version = reply_etag(state);
    json_t *form = json_pack("{s:s}", "version", version);

    for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
        const char *typed = request_field(request, members[i]);
        json_t *stored = json_object_get(item, members[i]);
        if (is_typed)
            json_object_set_new(form, members[i], json_string(typed ? typed : ""));
        else if (g_str_has_suffix(members[i], "_at"))
            json_object_set_new(form, members[i], local_time(request, stored));
        else
            json_object_set(form, members[i], stored);
    }
    const char *kind = json_string_value(json_object_get(form, "kind"));
    json_object_set_new(form, "is_maintenance",
                        json_boolean(g_strcmp0(kind, "maintenance") == 0));
    return form;
}

/* Each with its form; the one that the path names is open, with what was typed. */
static void
add_forms(const struct request *request, json_t *items)
{
    json_t *item;
    size_t i;

    json_array_foreach(items, i, item)
    {
        const char *id = json_string_value(json_object_get(item, "id"));
        bool is_open = g_strcmp0(request->params[0], id) == 0;
        json_object_set_new(item, "form", form_of(request, item, is_open));
        json_object_set_new(item, "is_open", json_boolean(is_open));
    }
}

/* `typed` of a new one, NULL: nothing; of one that is there it is in the request. */
static json_t *
document_of(const struct request *request, const struct announcement *typed,
            GError **error)
{
    json_t *items =
        admin_read(request, SQL_ANNOUNCEMENTS_LIST,
                   DB_BINDS(db_null(), db_null(), db_int(LIMIT_PAGE_ROWS_MAX)), error);
    const char *kind = typed && typed->kind ? typed->kind : "news";

    if (!items)
        return NULL;
    add_forms(request, items);
    say_states(items);
    return json_pack("{s:b, s:s, s:b, s:o, s:{s:s, s:s, s:b}}", "is_outdated", 0,
                     "stored_url", PAGE, "has_announcements", json_array_size(items) > 0,
                     "items", items, "form", "title",
                     typed && typed->title ? typed->title : "", "text",
                     typed && typed->text ? typed->text : "", "is_maintenance",
                     strcmp(kind, "maintenance") == 0);
}

/* With what was wrong: the errors lead to the field, of that one where it is there. */
static Reply *
show(const struct request *request, const struct announcement *typed, const char *pointer,
     const char *flaw, GError **error)
{
    const char *id = request->params[0];
    g_autofree char *field =
        pointer ? g_strconcat(pointer + 1, id ? "-" : "", id, NULL) : NULL;

    return admin_page(request, "admin_announcements",
                      document_of(request, id ? NULL : typed, error), field, flaw, error);
}

static Reply *
show_outdated(const struct request *request, GError **error)
{
    json_t *document = document_of(request, NULL, error);

    if (document)
        json_object_set_new(document, "is_outdated", json_true());
    Reply *reply =
        admin_page(request, "admin_announcements", document, NULL, NULL, error);
    if (reply)
        reply->status = 412;
    return reply;
}

static Reply *
page_get(const struct request *request, GError **error)
{
    return show(request, NULL, NULL, NULL, error);
}

static bool
change(DbTx *tx, void *data, GError **error)
{
    struct announcement *a = data;
    g_autofree char *document = announcement_take(a->request, tx, a, error);
    return document && announcement_replace(tx, a, error);
}

/* Write it and say how that went. */
static Reply *
put(struct announcement *a, DbWork how, GError **error)
{
    const struct request *request = a->request;
    const char *pointer = NULL;
    const char *flaw = announcement_judge(a, request_field(request, "starts_at"),
                                          request_field(request, "ends_at"), &pointer);
    g_autoptr(GError) problem = NULL;

    if (flaw)
        return show(request, a, pointer, flaw, error);
    if (request_transact(request, how, a, &problem))
        return reply_see_other(PAGE "?done=saved");
    if (error_is(problem, ERR_CONFLICT))
        return show(request, a, "/ends_at", announcement_late, error);
    if (error_is(problem, ERR_OUTDATED))
        return show_outdated(request, error);
    g_propagate_error(error, g_steal_pointer(&problem));
    return NULL;
}

/* A path with an id is about that one, else it is a new one. */
static Reply *
page_post(const struct request *request, GError **error)
{
    struct announcement a = { .request = request,
                              .id = uuid_make(),
                              .kind = request_field(request, "kind"),
                              .title = request_field(request, "title"),
                              .text = request_field(request, "text") };
    Reply *reply = put(&a, request->params[0] ? change : announcement_store, error);
    announcement_clear(&a);
    return reply;
}

static Reply *
page_remove(const struct request *request, GError **error)
{
    struct announcement a = { .request = request };

    if (!uuid_parse(slice_from(request->params[0]), &a.id)
        || !request_transact(request, announcement_forget, &a, error))
        return NULL;
    return reply_see_other(PAGE "?done=removed");
}

static const struct route routes[] = {
    { HTTP_GET, PAGE, WHO_ADMIN, page_get, 0, NULL },
    { HTTP_POST, PAGE, WHO_ADMIN, page_post, LIMIT_SMALL_FORM_BYTES, NULL },
    { HTTP_POST, PAGE "/{id:uuid}", WHO_ADMIN, page_post, LIMIT_SMALL_FORM_BYTES, NULL },
    { HTTP_POST, PAGE "/{id:uuid}/remove", WHO_ADMIN, page_remove, LIMIT_SMALL_FORM_BYTES,
      NULL },
};
const struct route_table admin_announcement_routes = { routes, G_N_ELEMENTS(routes) };
