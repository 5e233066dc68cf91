/* announcements_api: /api/v1/admin/announcements. */
#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/admin/admin.h"
#include "portald/admin/announcements.h"
#include "portald/api/change.h"
#include "portald/api/listing.h"
#include "portald/auth/scope.h"

static Reply *
refuse(const char *pointer, const char *detail)
{
    return reply_flaws(&(struct reply_flaw){ pointer, detail }, 1);
}

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
    const char *flaw = announcement_judge(a, given(request, stored, "starts_at"),
                                          given(request, stored, "ends_at"), &pointer);
    if (flaw)
        return refuse(pointer, flaw);
    if (!how(tx, a, &problem)) {
        if (error_is(problem, ERR_CONFLICT))
            return refuse("/ends_at", announcement_late);
        g_propagate_error(error, g_steal_pointer(&problem));
        return NULL;
    }
    g_autofree char *document = announcement_read(tx, a->id, error);
    return document ? reply_json(stored ? 200 : 201, document) : NULL;
}

static Reply *
add_work(const struct request *request, DbTx *tx, void *data, GError **error)
{
    struct announcement *a = data;
    char id[UUID_TEXT_SIZE];
    Reply *reply = write_it(tx, a, NULL, announcement_store, error);

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
    g_autofree char *text = announcement_take(request, tx, data, error);
    g_autoptr(json_t) stored = text ? json_loads(text, 0, NULL) : NULL;

    return stored ? write_it(tx, data, stored, announcement_replace, error) : NULL;
}

static Reply *
remove_work(const struct request *request, DbTx *tx, void *data, GError **error)
{
    g_autofree char *document = announcement_take(request, tx, data, error);
    return document && announcement_forget(tx, data, error) ? reply_no_content() : NULL;
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

#define API "/api/v1/admin/announcements"

static const struct route routes[] = {
    { HTTP_GET, API, WHO_ADMIN, api_list, 0, &list_operation },
    { HTTP_POST, API, WHO_ADMIN, api_post, LIMIT_SMALL_FORM_BYTES, &post_operation },
    { HTTP_GET, API "/{id:uuid}", WHO_ADMIN, api_get, 0, &get_operation },
    { HTTP_PUT, API "/{id:uuid}", WHO_ADMIN, api_put, LIMIT_SMALL_FORM_BYTES,
      &put_operation },
    { HTTP_DELETE, API "/{id:uuid}", WHO_ADMIN, api_delete, 0, &delete_operation },
};
const struct route_table admin_announcement_api_routes = { routes, G_N_ELEMENTS(routes) };
