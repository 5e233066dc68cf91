/* announcements: what stands at the top of every page: /admin/announcements and the API's
   /api/v1/admin/announcements. */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/admin/admin.h"
#include "portald/api/change.h"
#include "portald/api/listing.h"
#include "portald/auth/audit.h"
#include "portald/auth/scope.h"
#include "portald/pages/page.h"

struct announcement {
    const struct request *request;
    struct uuid id;
    const char *kind, *title, *text;
    char *starts_at, *ends_at; /* RFC 3339; NULL: now, until removed */
};

static void
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

/* What is wrong, a msgid, and with what. */
static const char *
judge(struct announcement *a, const char *starts_at, const char *ends_at,
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

static Reply *
refuse(const char *pointer, const char *detail)
{
    return reply_flaws(&(struct reply_flaw){ pointer, detail }, 1);
}

/* --- changes ------------------------------------------------------------------------ */

static const char late[] = "It must end after it begins."; /* the table's own check */

static bool
store(DbTx *tx, void *data, GError **error)
{
    const struct announcement *a = data;
    struct uuid nobody = { { 0 } };

    return db_execute(tx, SQL_ANNOUNCEMENT_ADD, NULL, error, db_uuid(a->id),
                      db_text(a->kind), db_text(a->title), db_text(a->text),
                      db_text(a->starts_at), db_text(a->ends_at),
                      db_uuid(a->request->caller.person))
           && audit_add(tx, a->request, nobody, "announcement", NULL, error);
}

static bool
replace(DbTx *tx, void *data, GError **error)
{
    const struct announcement *a = data;
    struct uuid nobody = { { 0 } };

    return db_execute(tx, SQL_ANNOUNCEMENT_CHANGE, NULL, error, db_uuid(a->id),
                      db_text(a->kind), db_text(a->title), db_text(a->text),
                      db_text(a->starts_at), db_text(a->ends_at))
           && audit_add(tx, a->request, nobody, "announcement", NULL, error);
}

static bool
forget(DbTx *tx, void *data, GError **error)
{
    const struct announcement *a = data;
    struct uuid nobody = { { 0 } };

    return db_execute(tx, SQL_ANNOUNCEMENT_REMOVE, NULL, error, db_uuid(a->id))
           && audit_add(tx, a->request, nobody, "announcement_removed", NULL, error);
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

static Reply *
show(const struct request *request, const struct announcement *typed, const char *pointer,
     const char *flaw, GError **error)
{
    json_t *items =
        admin_read(request, SQL_ANNOUNCEMENTS_LIST,
                   DB_BINDS(db_null(), db_null(), db_int(LIMIT_PAGE_ROWS_MAX)), error);
    const char *kind = typed && typed->kind ? typed->kind : "news";

    if (!items)
        return NULL;
    say_states(items);
    json_t *document = json_pack("{s:b, s:o, s:{s:s, s:s, s:b}}", "has_announcements",
                                 json_array_size(items) > 0, "items", items, "form",
                                 "title", typed && typed->title ? typed->title : "",
                                 "text", typed && typed->text ? typed->text : "",
                                 "is_maintenance", strcmp(kind, "maintenance") == 0);
    return admin_page(request, "admin_announcements", document,
                      pointer ? pointer + 1 : NULL, flaw, error);
}

static Reply *
page_get(const struct request *request, GError **error)
{
    return show(request, NULL, NULL, NULL, error);
}

static Reply *
page_post(const struct request *request, GError **error)
{
    struct announcement a = { .request = request,
                              .id = uuid_make(),
                              .kind = request_field(request, "kind"),
                              .title = request_field(request, "title"),
                              .text = request_field(request, "text") };
    const char *pointer = NULL;
    const char *flaw = judge(&a, request_field(request, "starts_at"),
                             request_field(request, "ends_at"), &pointer);
    g_autoptr(GError) problem = NULL;
    Reply *reply = NULL;

    if (flaw)
        reply = show(request, &a, pointer, flaw, error);
    else if (request_transact(request, store, &a, &problem))
        reply = reply_see_other("/admin/announcements?done=saved");
    else if (error_is(problem, ERR_CONFLICT))
        reply = show(request, &a, "/ends_at", late, error);
    else
        g_propagate_error(error, g_steal_pointer(&problem));
    announcement_clear(&a);
    return reply;
}

static Reply *
page_remove(const struct request *request, GError **error)
{
    struct announcement a = { .request = request };

    if (!uuid_parse(slice_from(request->params[0]), &a.id)
        || !request_transact(request, forget, &a, error))
        return NULL;
    return reply_see_other("/admin/announcements?done=removed");
}

/* --- the API ------------------------------------------------------------------------ */

static Reply *
api_list(const struct request *request, GError **error)
{
    g_auto(Listing) listing = { 0 };
    Reply *wrong = listing_read(request, "newest", &listing);

    if (wrong)
        return wrong;
    g_autoptr(DbTx) tx = request_begin(request, true, error);
    g_autoptr(DbRows) rows =
        tx ? db_query(tx, SQL_ANNOUNCEMENTS_LIST, error, db_text(listing.after_key),
                      db_uuid(listing.after_id), db_int(listing.limit))
           : NULL;
    return rows ? listing_reply(request, &listing, rows) : NULL;
}

static Reply *
api_get(const struct request *request, GError **error)
{
    struct uuid id = { { 0 } };
    uuid_parse(slice_from(request->params[0]), &id);
    g_autofree char *text =
        request_document(request, SQL_ANNOUNCEMENT_READ, error, db_uuid(id));
    return text ? reply_json(200, text) : NULL;
}

static char *
read_one(DbTx *tx, struct uuid id, GError **error)
{
    g_autoptr(DbRows) rows = db_query(tx, SQL_ANNOUNCEMENT_READ, error, db_uuid(id));

    if (rows && db_rows_count(rows) == 0)
        error_set(error, ERR_MISSING, "there is no such announcement");
    return rows && db_rows_count(rows) > 0 ? g_strdup(db_get_text(rows, 0, 0)) : NULL;
}

/* The one that the path names, locked, as the request wants it: its document, owned by the
   caller. NULL and error when it is not there, or not so. */
static char *
take(const struct request *request, DbTx *tx, struct announcement *a, GError **error)
{
    a->request = request;
    if (!uuid_parse(slice_from(request->params[0]), &a->id)
        || !db_execute(tx, SQL_ANNOUNCEMENT_LOCK, NULL, error, db_uuid(a->id)))
        return NULL;
    g_autofree char *document = read_one(tx, a->id, error);
    return document && change_check(request, document, error) ? g_steal_pointer(&document)
                                                              : NULL;
}

/* What was sent, else what is stored. */
static const char *
given(const struct request *request, const json_t *stored, const char *name)
{
    const json_t *sent = json_object_get(request->json, name);
    return json_string_value(sent ? sent : json_object_get(stored, name));
}

/* Look at it, write it, and answer with it. */
static Reply *
write_it(DbTx *tx, struct announcement *a, const json_t *stored, DbWork how,
         GError **error)
{
    const struct request *request = a->request;
    g_autoptr(GError) problem = NULL;
    const char *pointer = NULL;

    a->kind = given(request, stored, "kind");
    a->title = given(request, stored, "title");
    a->text = given(request, stored, "text");
    const char *flaw = judge(a, given(request, stored, "starts_at"),
                             given(request, stored, "ends_at"), &pointer);
    if (flaw)
        return refuse(pointer, flaw);
    if (!how(tx, a, &problem)) {
        if (error_is(problem, ERR_CONFLICT))
            return refuse("/ends_at", late);
        g_propagate_error(error, g_steal_pointer(&problem));
        return NULL;
    }
    g_autofree char *document = read_one(tx, a->id, error);
    return document ? reply_json(stored ? 200 : 201, document) : NULL;
}

static Reply *
add_work(const struct request *request, DbTx *tx, void *data, GError **error)
{
    struct announcement *a = data;
    char id[UUID_TEXT_SIZE];
    Reply *reply = write_it(tx, a, NULL, store, error);

    if (reply && reply->status == 201) {
        g_autofree char *path =
            g_strconcat(request->path, "/", uuid_format(a->id, id), NULL);
        reply_set(reply, "Location", path);
    }
    return reply;
}

static Reply *
change_work(const struct request *request, DbTx *tx, void *data, GError **error)
{
    g_autofree char *text = take(request, tx, data, error);
    g_autoptr(json_t) stored = text ? json_loads(text, 0, NULL) : NULL;

    return stored ? write_it(tx, data, stored, replace, error) : NULL;
}

static Reply *
remove_work(const struct request *request, DbTx *tx, void *data, GError **error)
{
    g_autofree char *document = take(request, tx, data, error);
    return document && forget(tx, data, error) ? reply_no_content() : NULL;
}

static Reply *
run(const struct request *request, ChangeWork work, GError **error)
{
    struct announcement a = { .request = request, .id = uuid_make() };
    Reply *reply = change_run(request, work, &a, error);
    announcement_clear(&a);
    return reply;
}

static Reply *
api_post(const struct request *request, GError **error)
{
    return run(request, add_work, error);
}

static Reply *
api_put(const struct request *request, GError **error)
{
    return run(request, change_work, error);
}

static Reply *
api_delete(const struct request *request, GError **error)
{
    return run(request, remove_work, error);
}

static const struct operation list_operation = {
    .id = "listAnnouncements",
    .summary = "What stands, stood or will stand at the top of every page",
    .tag = "Administration",
    .query = "AnnouncementQuery",
    .answer = "Announcement",
    .is_list = true,
};
static const struct operation get_operation = {
    .id = "getAnnouncement",
    .summary = "One of them",
    .tag = "Administration",
    .answer = "Announcement",
};
static const struct operation post_operation = {
    .id = "addAnnouncement",
    .summary = "Announce something",
    .tag = "Administration",
    .body = "NewAnnouncement",
    .answer = "Announcement",
    .status = 201,
};
static const struct operation put_operation = {
    .id = "changeAnnouncement",
    .summary = "Change an announcement; what is left out stays",
    .tag = "Administration",
    .body = "AnnouncementChange",
    .answer = "Announcement",
    .if_match = true,
};
static const struct operation delete_operation = {
    .id = "removeAnnouncement",
    .summary = "Take an announcement away",
    .tag = "Administration",
    .if_match = true,
};

#define PAGE "/admin/announcements"
#define API "/api/v1/admin/announcements"

static const struct route routes[] = {
    { HTTP_GET, PAGE, WHO_ADMIN, page_get, 0, NULL },
    { HTTP_POST, PAGE, WHO_ADMIN, page_post, LIMIT_SMALL_FORM_BYTES, NULL },
    { HTTP_POST, PAGE "/{id:uuid}/remove", WHO_ADMIN, page_remove, LIMIT_SMALL_FORM_BYTES,
      NULL },
    { HTTP_GET, API, WHO_ADMIN, api_list, 0, &list_operation },
    { HTTP_POST, API, WHO_ADMIN, api_post, LIMIT_SMALL_FORM_BYTES, &post_operation },
    { HTTP_GET, API "/{id:uuid}", WHO_ADMIN, api_get, 0, &get_operation },
    { HTTP_PUT, API "/{id:uuid}", WHO_ADMIN, api_put, LIMIT_SMALL_FORM_BYTES,
      &put_operation },
    { HTTP_DELETE, API "/{id:uuid}", WHO_ADMIN, api_delete, 0, &delete_operation },
};
const struct route_table admin_announcement_routes = { routes, G_N_ELEMENTS(routes) };
