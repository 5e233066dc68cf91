/* notifications: what a person was told, newest first; the page and the API. */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/api/listing.h"
#include "portald/auth/scope.h"
#include "portald/pages/dress.h"
#include "portald/pages/event_text.h"
#include "portald/pages/locale.h"
#include "portald/pages/page.h"
#include "portald/portal/portal.h"

#define PAGE "/notifications"

static DbRows *
read_list(const struct request *request, bool unread_only, struct uuid before,
          int64_t limit, GError **error)
{
    g_autoptr(DbTx) tx = request_begin(request, true, error);

    return tx ? db_query(tx, SQL_NOTICES_LIST, error, db_uuid(request->caller.person),
                         db_bool(unread_only), db_uuid(before), db_int(limit))
              : NULL;
}

/* --- the page ----------------------------------------------------------------------- */

/* The day of an item, in the person's time. */
static char *
day_of(const struct locale *locale, const json_t *item)
{
    const char *text = json_string_value(json_object_get(item, "created_at"));
    g_autoptr(GDateTime) when = text ? g_date_time_new_from_iso8601(text, NULL) : NULL;
    return when ? locale_date(locale, g_date_time_to_unix(when)) : g_strdup("");
}

/* The items, each with its words, below the days they came on. */
static json_t *
days_of(const struct request *request, json_t *items)
{
    g_autoptr(GTimeZone) zone = locale_zone(request->caller.time_zone);
    const char *language = request->caller.locale ? request->caller.locale : "en";
    const struct locale locale = { .texts = site_texts(request->site),
                                   .language = language,
                                   .zone = zone };
    json_t *days = json_array(), *list = NULL, *item;
    g_autofree char *last = NULL;
    size_t i;

    json_array_foreach(items, i, item)
    {
        g_autofree char *day = day_of(&locale, item);
        const char *event = json_string_value(json_object_get(item, "event"));
        json_object_set_new(item, "text", json_string(event_text(request, event)));
        json_object_set_new(
            item, "is_unread",
            json_boolean(!json_is_string(json_object_get(item, "read_at"))));
        if (!list || strcmp(day, last) != 0) {
            list = json_array();
            json_array_append_new(days,
                                  json_pack("{s:s, s:o}", "day", day, "items", list));
        }
        json_array_append(list, item);
        g_free(last);
        last = g_steal_pointer(&day);
    }
    return days;
}

static json_t *
document_of(const struct request *request, const DbRows *rows, bool unread_only,
            bool is_first)
{
    json_t *items = json_loads(db_get_text(rows, 0, 0), 0, NULL);
    const json_t *newest = json_object_get(json_array_get(items, 0), "id");
    const char *next = db_get_text(rows, 0, 1);
    const char *filter = unread_only ? "unread=1&" : "";
    g_autofree char *older =
        next ? g_strdup_printf(PAGE "?%sbefore=%s", filter, next) : NULL;

    dress(request, items);
    json_t *days = days_of(request, items);
    json_t *document =
        json_pack("{s:b, s:b, s:s, s:s, s:s, s:b, s:o}", "has_notifications",
                  json_array_size(items) > 0, "unread_only", unread_only, "newest",
                  newest ? json_string_value(newest) : "", "older_url",
                  older ? older : "", "newer_url",
                  is_first      ? ""
                  : unread_only ? PAGE "?unread=1"
                                : PAGE,
                  "has_pages", older || !is_first, "days", days);
    json_decref(items);
    return document;
}

static Reply *
list_page(const struct request *request, GError **error)
{
    const char *unread = request_query(request, "unread");
    const char *before = request_query(request, "before");
    bool unread_only = unread && strcmp(unread, "1") == 0;
    struct uuid id = { { 0 } };

    if (before && !uuid_parse(slice_from(before), &id)) {
        error_set(error, ERR_REJECT, "\"before\" is no notification");
        return NULL;
    }
    g_autoptr(DbRows) rows = read_list(request, unread_only, id, LIMIT_PAGE_ROWS, error);
    if (!rows)
        return NULL;
    g_autoptr(json_t) document = document_of(request, rows, unread_only, !before);
    return page_render(request, "notifications", document, error);
}

/* --- the API ------------------------------------------------------------------------ */

static Reply *
list_api(const struct request *request, GError **error)
{
    bool unread_only = json_is_true(json_object_get(request->arguments, "unread"));
    g_auto(Listing) listing = { 0 };
    Reply *wrong = listing_read(request, "newest", &listing);

    if (wrong)
        return wrong;
    g_autoptr(DbRows) rows =
        read_list(request, unread_only, listing.after_id, listing.limit, error);
    return rows ? listing_reply(request, &listing, rows) : NULL;
}

/* --- what was read ------------------------------------------------------------------ */

struct reading {
    const struct request *request;
    struct uuid id; /* one; of all: the newest, nil: whatever there is */
};

static bool
read_one(DbTx *tx, void *data, GError **error)
{
    const struct reading *reading = data;
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_NOTICES_READ, error, db_uuid(reading->request->caller.person),
                 db_uuid(reading->id));
    if (!rows)
        return false;
    return db_rows_count(rows) > 0
           || error_set(error, ERR_MISSING, "there is no such notification");
}

static bool
read_all(DbTx *tx, void *data, GError **error)
{
    const struct reading *reading = data;
    return db_execute(tx, SQL_NOTICES_READ_ALL, NULL, error,
                      db_uuid(reading->request->caller.person), db_uuid(reading->id));
}

/* Back to where the button was. */
static Reply *
done(const struct request *request)
{
    const char *back = request_field(request, "back");
    if (request_is_api(request))
        return reply_no_content();
    return reply_see_other(g_strcmp0(back, "unread") == 0 ? PAGE "?unread=1" : PAGE);
}

static Reply *
one_read(const struct request *request, GError **error)
{
    struct reading reading = { .request = request };

    if (!uuid_parse(slice_from(request->params[0]), &reading.id)) {
        error_set(error, ERR_MISSING, "there is no such notification");
        return NULL;
    }
    return request_transact(request, read_one, &reading, error) ? done(request) : NULL;
}

/* The page says which was the newest it showed: what came since stays unread. */
static Reply *
all_read(const struct request *request, GError **error)
{
    struct reading reading = { .request = request };
    const char *newest = request_field(request, "newest");

    if (newest && !uuid_parse(slice_from(newest), &reading.id)) {
        error_set(error, ERR_REJECT, "\"newest\" is no notification");
        return NULL;
    }
    return request_transact(request, read_all, &reading, error) ? done(request) : NULL;
}

static const struct operation list_operation = {
    .id = "listNotifications",
    .summary = "What I was told, newest first",
    .tag = "Notifications",
    .query = "NotificationQuery",
    .answer = "Notification",
    .is_list = true,
};
static const struct operation read_operation = {
    .id = "readNotification",
    .summary = "Mark one as read",
    .tag = "Notifications",
};
static const struct operation read_all_operation = {
    .id = "readAllNotifications",
    .summary = "Mark all as read",
    .tag = "Notifications",
};

static const struct route routes[] = {
    { HTTP_GET, PAGE, WHO_PERSON, list_page, 0, NULL },
    { HTTP_POST, PAGE "/{id:uuid}/read", WHO_PERSON, one_read, LIMIT_SMALL_FORM_BYTES,
      NULL },
    { HTTP_POST, PAGE "/read-all", WHO_PERSON, all_read, LIMIT_SMALL_FORM_BYTES, NULL },
    { HTTP_GET, "/api/v1/portal/notifications", WHO_PERSON, list_api, 0,
      &list_operation },
    { HTTP_POST, "/api/v1/portal/notifications/{id:uuid}/read", WHO_PERSON, one_read, 0,
      &read_operation },
    { HTTP_POST, "/api/v1/portal/notifications/read-all", WHO_PERSON, all_read, 0,
      &read_all_operation },
};
const struct route_table notifications_routes = { routes, G_N_ELEMENTS(routes) };
