/* notifications: of what a person wants to be told, how, and when. */
#include <stdlib.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/account/account.h"
#include "portald/auth/audit.h"
#include "portald/auth/scope.h"
#include "portald/pages/event_text.h"
#include "portald/pages/page.h"

#define PAGE "/account/notifications"

/* --- the page ----------------------------------------------------------------------- */

static json_t *
digest_choices(const struct request *request, const char *chosen)
{
    static const struct {
        const char *value, *msgid;
    } digests[] = { { "none", "At once" },
                    { "hourly", "Together, every full hour" },
                    { "daily", "Together, once a day" } };
    json_t *list = json_array();
    for (size_t i = 0; i < G_N_ELEMENTS(digests); i++)
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:b}", "value", digests[i].value, "name",
                            text_of(request, digests[i].msgid), "is_chosen",
                            chosen && strcmp(chosen, digests[i].value) == 0));
    return list;
}

/* `typed` in the place of what is stored; NULL: nothing was. */
static json_t *
form_document(const struct request *request, json_t *typed, GError **error)
{
    json_t *document = account_read(request, SQL_ACCOUNT_NOTIFICATIONS, error);
    json_t *entry;
    size_t i;
    if (!document)
        return NULL;
    if (typed) {
        json_object_del(typed, "version");
        json_object_update(document, typed);
    }
    json_array_foreach(json_object_get(document, "events"), i, entry) json_object_set_new(
        entry, "name",
        json_string(
            event_text(request, json_string_value(json_object_get(entry, "event")))));
    json_object_set_new(
        document, "digests",
        digest_choices(request, json_string_value(json_object_get(document, "digest"))));
    return document;
}

static Reply *
show(const struct request *request, json_t *typed, const struct account_flaws *flaws,
     GError **error)
{
    return account_page(request, "account_notifications",
                        form_document(request, typed, error), flaws, error);
}

static Reply *
page_get(const struct request *request, GError **error)
{
    return show(request, NULL, NULL, error);
}

/* --- what came ---------------------------------------------------------------------- */

/* Boxes "mail.answer", "in_app.answer": those that are not ticked are not sent. */
static json_t *
events_of_form(const struct request *request, const json_t *stored)
{
    json_t *events = json_array(), *entry;
    size_t i;
    json_array_foreach(json_object_get(stored, "events"), i, entry)
    {
        const char *event = json_string_value(json_object_get(entry, "event"));
        g_autofree char *mail = g_strconcat("mail.", event, NULL);
        g_autofree char *in_app = g_strconcat("in_app.", event, NULL);
        json_array_append_new(events,
                              json_pack("{s:s, s:b, s:b}", "event", event, "mail",
                                        request_field(request, mail) != NULL, "in_app",
                                        request_field(request, in_app) != NULL));
    }
    return events;
}

static void
take_text(json_t *wanted, const char *name, const char *text)
{
    json_object_set_new(wanted, name, text && *text ? json_string(text) : json_null());
}

static json_t *
of_form(const struct request *request, const json_t *stored)
{
    json_t *wanted = json_object();
    const char *hour = request_field(request, "digest_hour");
    json_object_set_new(wanted, "events", events_of_form(request, stored));
    take_text(wanted, "digest", request_field(request, "digest"));
    json_object_set_new(wanted, "digest_hour",
                        json_integer(hour ? g_ascii_strtoll(hour, NULL, 10) : 8));
    take_text(wanted, "quiet_from", request_field(request, "quiet_from"));
    take_text(wanted, "quiet_until", request_field(request, "quiet_until"));
    return wanted;
}

/* The stored document with what came in its place. */
static json_t *
of_json(const struct request *request, const json_t *stored)
{
    static const char *const names[] = { "events", "digest", "digest_hour", "quiet_from",
                                         "quiet_until" };
    json_t *wanted = json_copy((json_t *)(uintptr_t)stored);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        json_t *value = json_object_get(request->json, names[i]);
        if (value)
            json_object_set(wanted, names[i], value);
    }
    return wanted;
}

/* "HH:MM", as browsers send it; null is a time too: none. */
static bool
is_time(const json_t *value)
{
    const char *text = json_string_value(value);
    if (!text)
        return !value || json_is_null(value);
    return strlen(text) == 5 && text[2] == ':' && g_ascii_isdigit(text[0])
           && g_ascii_isdigit(text[1]) && g_ascii_isdigit(text[3])
           && g_ascii_isdigit(text[4]) && atoi(text) < 24 && atoi(text + 3) < 60;
}

static bool
are_events(const json_t *events)
{
    json_t *entry;
    size_t i;
    json_array_foreach(
        events, i,
        entry) if (!json_is_string(json_object_get(entry, "event"))
                   || !json_is_boolean(json_object_get(entry, "mail"))
                   || !json_is_boolean(json_object_get(entry, "in_app"))) return false;
    return json_is_array(events);
}

static void
judge(const json_t *wanted, struct account_flaws *flaws)
{
    static const char *const digests[] = { "none", "hourly", "daily", NULL };
    const char *digest = json_string_value(json_object_get(wanted, "digest"));
    const json_t *hour = json_object_get(wanted, "digest_hour");
    const json_t *from = json_object_get(wanted, "quiet_from");
    const json_t *until = json_object_get(wanted, "quiet_until");

    if (!are_events(json_object_get(wanted, "events")))
        account_flaw(flaws, "/events", "Each event says mail and in_app.");
    if (!digest || !g_strv_contains(digests, digest))
        account_flaw(flaws, "/digest", "Choose when mails come.");
    if (!json_is_integer(hour) || json_integer_value(hour) < 0
        || json_integer_value(hour) > 23)
        account_flaw(flaws, "/digest_hour", "The hour is a number from 0 to 23.");
    if (!is_time(from) || !is_time(until)
        || json_is_string(from) != json_is_string(until))
        account_flaw(flaws, "/quiet_from", "Quiet hours have a beginning and an end.");
}

/* --- both doors --------------------------------------------------------------------- */

struct storing {
    const struct request *request;
    const char *wanted;
};

static bool
store(DbTx *tx, void *data, GError **error)
{
    const struct storing *s = data;
    struct uuid person = s->request->caller.person;
    return account_check(s->request, tx, SQL_ACCOUNT_NOTIFICATIONS, error)
           && db_execute(tx, SQL_ACCOUNT_SET_NOTIFICATIONS, NULL, error, db_uuid(person),
                         db_text(s->wanted))
           && audit_add(tx, s->request, person, "notifications", NULL, error);
}

static Reply *
put(const struct request *request, json_t *wanted, GError **error)
{
    g_autofree char *text = json_dumps(wanted, JSON_COMPACT);
    struct storing storing = { request, text };
    g_autoptr(GError) problem = NULL;

    if (request_transact(request, store, &storing, &problem))
        return request_is_api(request)
                   ? account_reply(request, SQL_ACCOUNT_NOTIFICATIONS, error)
                   : reply_see_other(PAGE "?done=saved");
    if (error_is(problem, ERR_OUTDATED) && !request_is_api(request))
        return account_page_outdated(request, "account_notifications",
                                     form_document(request, wanted, error), PAGE, error);
    g_propagate_error(error, g_steal_pointer(&problem));
    return NULL;
}

static Reply *
change(const struct request *request, GError **error)
{
    struct account_flaws flaws = { .n = 0 };
    g_autoptr(json_t) stored = account_read(request, SQL_ACCOUNT_NOTIFICATIONS, error);
    if (!stored)
        return NULL;
    g_autoptr(json_t) wanted =
        request->json ? of_json(request, stored) : of_form(request, stored);
    judge(wanted, &flaws);
    if (flaws.n > 0)
        return request_is_api(request) ? reply_flaws(flaws.flaws, flaws.n)
                                       : show(request, wanted, &flaws, error);
    return put(request, wanted, error);
}

static Reply *
api_get(const struct request *request, GError **error)
{
    return account_reply(request, SQL_ACCOUNT_NOTIFICATIONS, error);
}

static const struct operation get_operation = {
    .id = "getNotificationSettings",
    .summary = "Of what, how and when who asks is told",
    .tag = "Account",
    .answer = "NotificationSettings",
};
static const struct operation put_operation = {
    .id = "updateNotificationSettings",
    .summary = "Change that; what is left out stays",
    .tag = "Account",
    .body = "NotificationSettingsChange",
    .answer = "NotificationSettings",
    .if_match = true,
};

static const struct route routes[] = {
    { HTTP_GET, PAGE, WHO_PERSON, page_get, 0, NULL },
    { HTTP_POST, PAGE, WHO_PERSON, change, LIMIT_SMALL_FORM_BYTES, NULL },
    { HTTP_GET, "/api/v1/portal/notifications/settings", WHO_PERSON, api_get, 0,
      &get_operation },
    { HTTP_PUT, "/api/v1/portal/notifications/settings", WHO_PERSON, change,
      LIMIT_SMALL_FORM_BYTES, &put_operation },
};

const struct route_table account_notifications_routes = { routes, G_N_ELEMENTS(routes) };
