/* announcements: GET, POST /admin/announcements: what stands at the top of every page. */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/admin/admin.h"
#include "portald/auth/audit.h"
#include "portald/auth/scope.h"
#include "portald/pages/page.h"

struct announcement {
    const struct request *request;
    const char *kind, *title, *text;
    char *starts_at, *ends_at; /* RFC 3339; NULL: now, until removed */
};

/* "2026-11-27T18:00", as <input type=datetime-local> sends it, in the admin's time zone, as
   RFC 3339. False when it is no time; *ret is NULL for an empty one. */
static bool
read_time(const struct request *request, const char *field, char **ret)
{
    const char *text = request_field(request, field);
    const char *zone = request->caller.time_zone;

    if (!text || !*text)
        return true;
    g_autoptr(GTimeZone) tz = g_time_zone_new_identifier(zone ? zone : "UTC");
    /* A browser leaves whole minutes' seconds away; ISO 8601 as GLib reads it doesn't. */
    g_autofree char *whole = g_strconcat(text, strlen(text) == 16 ? ":00" : "", NULL);
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(whole, tz);
    *ret = time ? g_date_time_format_iso8601(time) : NULL;
    return *ret != NULL;
}

static const char *
judge(struct announcement *a, const char **ret_field)
{
    const struct request *request = a->request;

    *ret_field = "title";
    if (!a->title || !*a->title || g_utf8_strlen(a->title, -1) > LIMIT_NAME_CHARS)
        return "A title is needed, of at most 200 characters.";
    *ret_field = "text";
    if (!a->text || !*a->text || g_utf8_strlen(a->text, -1) > LIMIT_ANNOUNCEMENT_CHARS)
        return "A text is needed, of at most 500 characters.";
    *ret_field = "kind";
    if (!a->kind || (strcmp(a->kind, "news") != 0 && strcmp(a->kind, "maintenance") != 0))
        return "Choose what it is.";
    *ret_field = "starts_at";
    if (!read_time(request, "starts_at", &a->starts_at))
        return "This is no date and time.";
    *ret_field = "ends_at";
    if (!read_time(request, "ends_at", &a->ends_at))
        return "This is no date and time.";
    return NULL;
}

static bool
store(DbTx *tx, void *data, GError **error)
{
    const struct announcement *a = data;
    struct uuid nobody = { { 0 } };

    return db_execute(tx, SQL_ANNOUNCEMENT_ADD, NULL, error, db_uuid(uuid_make()),
                      db_text(a->kind), db_text(a->title), db_text(a->text),
                      db_text(a->starts_at), db_text(a->ends_at),
                      db_uuid(a->request->caller.person))
           && audit_add(tx, a->request, nobody, "announcement", NULL, error);
}

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
show(const struct request *request, const struct announcement *typed, const char *field,
     const char *flaw, GError **error)
{
    json_t *document = admin_read(request, SQL_ANNOUNCEMENTS_LIST, DB_BINDS(), error);
    const char *kind = typed && typed->kind ? typed->kind : "news";

    if (document) {
        json_t *list = json_object_get(document, "announcements");
        say_states(list);
        json_object_set_new(document, "has_announcements",
                            json_boolean(json_array_size(list) > 0));
        json_object_set_new(document, "form",
                            json_pack("{s:s, s:s, s:b}", "title",
                                      typed && typed->title ? typed->title : "", "text",
                                      typed && typed->text ? typed->text : "",
                                      "is_maintenance",
                                      strcmp(kind, "maintenance") == 0));
    }
    return admin_page(request, "admin_announcements", document, field, flaw, error);
}

static Reply *
announcements_get(const struct request *request, GError **error)
{
    return show(request, NULL, NULL, NULL, error);
}

static Reply *
announcements_post(const struct request *request, GError **error)
{
    struct announcement a = { .request = request,
                              .kind = request_field(request, "kind"),
                              .title = request_field(request, "title"),
                              .text = request_field(request, "text") };
    const char *field = NULL;
    const char *flaw = judge(&a, &field);
    g_autoptr(GError) problem = NULL;
    Reply *reply = NULL;

    if (flaw)
        reply = show(request, &a, field, flaw, error);
    else if (request_transact(request, store, &a, &problem))
        reply = reply_see_other("/admin/announcements?done=saved");
    else if (error_is(problem, ERR_CONFLICT)) /* the table's own check */
        reply = show(request, &a, "ends_at", "It must end after it begins.", error);
    else
        g_propagate_error(error, g_steal_pointer(&problem));
    g_free(a.starts_at);
    g_free(a.ends_at);
    return reply;
}

static bool
forget(DbTx *tx, void *data, GError **error)
{
    const struct request *request = data;
    struct uuid id = { { 0 } }, nobody = { { 0 } };

    return uuid_parse(slice_from(request->params[0]), &id)
           && db_execute(tx, SQL_ANNOUNCEMENT_REMOVE, NULL, error, db_uuid(id))
           && audit_add(tx, request, nobody, "announcement_removed", NULL, error);
}

static Reply *
announcement_remove(const struct request *request, GError **error)
{
    if (!request_transact(request, forget, (void *)(uintptr_t)request, error))
        return NULL;
    return reply_see_other("/admin/announcements?done=removed");
}

static const struct route routes[] = {
    { HTTP_GET, "/admin/announcements", WHO_ADMIN, announcements_get, 0, NULL },
    { HTTP_POST, "/admin/announcements", WHO_ADMIN, announcements_post,
      LIMIT_SMALL_FORM_BYTES, NULL },
    { HTTP_POST, "/admin/announcements/{id:uuid}/remove", WHO_ADMIN, announcement_remove,
      LIMIT_SMALL_FORM_BYTES, NULL },
};
const struct route_table admin_announcement_routes = { routes, G_N_ELEMENTS(routes) };
