/* profile: name, telephone, language, time zone, theme. */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/account/account.h"
#include "portald/auth/audit.h"
#include "portald/auth/scope.h"
#include "portald/pages/page.h"
#include "portald/pages/texts.h"

struct profile {
    const struct request *request;
    const char *name, *phone, *locale, *time_zone,
        *theme; /* NULL: as the browser has it */
};

/* --- what came -------------------------------------------------------------------- */

/* What was sent, else what is stored. */
static const char *
given(const struct request *request, const json_t *stored, const char *name)
{
    const char *input = account_input(request, name);
    if (!input && request->json && json_object_get(request->json, name))
        return ""; /* null */
    return input ? input : json_string_value(json_object_get(stored, name));
}

static const char *
empty_is_null(const char *text)
{
    return text && *text ? text : NULL;
}

static bool
is_line(const char *text, glong most)
{
    if (g_utf8_strlen(text, -1) > most)
        return false;
    for (const char *c = text; *c; c = g_utf8_next_char(c))
        if (g_unichar_iscntrl(g_utf8_get_char(c)))
            return false;
    return true;
}

static bool
knows_zone(const struct request *request, const char *zone, bool *ret_knows,
           GError **error)
{
    g_autoptr(DbTx) tx = request_begin(request, true, error);
    g_autoptr(DbRows) rows =
        tx ? db_query(tx, SQL_TIME_ZONE_KNOWN, error, db_text(zone)) : NULL;
    if (!rows)
        return false;
    *ret_knows = db_rows_count(rows) > 0;
    return true;
}

static bool
judge(const struct profile *p, struct account_flaws *flaws, GError **error)
{
    static const char *const themes[] = { "system", "light", "dark", NULL };
    bool knows = true;

    if (p->time_zone && !knows_zone(p->request, p->time_zone, &knows, error))
        return false;
    if (!is_line(p->name, LIMIT_NAME_CHARS))
        account_flaw(flaws, "/name", "The name is too long, or has line breaks.");
    if (strspn(p->phone, "0123456789+()-/. ") != strlen(p->phone)
        || strlen(p->phone) > LIMIT_PHONE_CHARS)
        account_flaw(flaws, "/phone", "This is no telephone number.");
    if (p->locale
        && !g_strv_contains(texts_languages(site_texts(p->request->site)), p->locale))
        account_flaw(flaws, "/locale", "We do not speak this language.");
    if (!knows)
        account_flaw(flaws, "/time_zone", "There is no such time zone.");
    if (!p->theme || !g_strv_contains(themes, p->theme))
        account_flaw(flaws, "/theme", "There is no such theme.");
    return true;
}

/* --- the page --------------------------------------------------------------------- */

static json_t *
choices(const char *const *values, const char *const *names, const char *chosen)
{
    json_t *list = json_array();
    for (size_t i = 0; values[i]; i++)
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:b}", "value", values[i], "name",
                                        names ? names[i] : values[i], "is_chosen",
                                        chosen && strcmp(chosen, values[i]) == 0));
    return list;
}

static const char *
language_name(const char *locale)
{
    static const char *const names[][2] = { { "en", "English" },
                                            { "de", "Deutsch" },
                                            { "ar", "العربية" } };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(names[i][0], locale) == 0)
            return names[i][1];
    return locale;
}

static json_t *
language_choices(const struct request *request, const char *chosen)
{
    const char *const *values = texts_languages(site_texts(request->site));
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t i = 0; values[i]; i++)
        g_ptr_array_add(names, (void *)(uintptr_t)language_name(values[i]));
    return choices(values, (const char *const *)names->pdata, chosen);
}

static json_t *
zone_choices(const struct request *request, const char *chosen, GError **error)
{
    g_autofree char *text = request_document(request, SQL_TIME_ZONES, error);
    g_autoptr(json_t) zones = text ? json_loads(text, 0, NULL) : NULL;
    json_t *list = zones ? json_array() : NULL, *zone;
    size_t i;
    json_array_foreach(zones, i, zone)
    {
        const char *name = json_string_value(zone);
        json_array_append_new(list, json_pack("{s:s, s:b}", "value", name, "is_chosen",
                                              chosen && strcmp(chosen, name) == 0));
    }
    return list;
}

static json_t *
theme_choices(const struct request *request, const char *chosen)
{
    static const char *const values[] = { "system", "light", "dark", NULL };
    const char *const names[] = { text_of(request, "As the system has it"),
                                  text_of(request, "Light"), text_of(request, "Dark") };
    return choices(values, names, chosen);
}

/* What was typed in the place of what is stored. */
static void
put_typed(json_t *document, const struct profile *typed)
{
    json_object_set_new(document, "name", json_string(typed->name));
    json_object_set_new(document, "phone", json_string(typed->phone));
    json_object_set_new(document, "locale", json_string(typed->locale));
    json_object_set_new(document, "time_zone", json_string(typed->time_zone));
    json_object_set_new(document, "theme", json_string(typed->theme));
}

static bool
add_choices(const struct request *request, json_t *document, GError **error)
{
    const char *locale = json_string_value(json_object_get(document, "locale"));
    const char *zone = json_string_value(json_object_get(document, "time_zone"));
    const char *theme = json_string_value(json_object_get(document, "theme"));
    json_t *zones = zone_choices(request, zone, error);

    if (!zones)
        return false;
    json_object_set_new(document, "zones", zones);
    json_object_set_new(document, "languages", language_choices(request, locale));
    json_object_set_new(document, "themes", theme_choices(request, theme));
    return true;
}

static json_t *
form_document(const struct request *request, const struct profile *typed, GError **error)
{
    g_autoptr(json_t) document = account_read(request, SQL_ACCOUNT_PROFILE, error);

    if (!document)
        return NULL;
    if (typed)
        put_typed(document, typed);
    return add_choices(request, document, error) ? g_steal_pointer(&document) : NULL;
}

static Reply *
show(const struct request *request, const struct profile *typed,
     const struct account_flaws *flaws, GError **error)
{
    return account_page(request, "account", form_document(request, typed, error), flaws,
                        error);
}

static Reply *
page_get(const struct request *request, GError **error)
{
    return show(request, NULL, NULL, error);
}

/* --- both doors ------------------------------------------------------------------- */

static bool
store(DbTx *tx, void *data, GError **error)
{
    const struct profile *p = data;
    struct uuid person = p->request->caller.person;
    return account_check(p->request, tx, SQL_ACCOUNT_PROFILE, error)
           && db_execute(tx, SQL_ACCOUNT_SET_PROFILE, NULL, error, db_uuid(person),
                         db_text(p->name), db_text(p->phone), db_text(p->locale),
                         db_text(p->time_zone), db_text(p->theme))
           && audit_add(tx, p->request, person, "profile", NULL, error);
}

static Reply *
put(const struct request *request, struct profile *p, GError **error)
{
    g_autoptr(GError) problem = NULL;

    if (request_transact(request, store, p, &problem))
        return request_is_api(request)
                   ? account_reply(request, SQL_ACCOUNT_PROFILE, error)
                   : reply_see_other("/account?done=saved");
    if (error_is(problem, ERR_OUTDATED) && !request_is_api(request))
        return account_page_outdated(request, "account", form_document(request, p, error),
                                     "/account", error);
    g_propagate_error(error, g_steal_pointer(&problem));
    return NULL;
}

static Reply *
change(const struct request *request, GError **error)
{
    struct account_flaws flaws = { .n = 0 };
    g_autoptr(json_t) stored = account_read(request, SQL_ACCOUNT_PROFILE, error);
    if (!stored)
        return NULL;
    struct profile p = { .request = request,
                         .name = given(request, stored, "name"),
                         .phone = given(request, stored, "phone"),
                         .locale = empty_is_null(given(request, stored, "locale")),
                         .time_zone = empty_is_null(given(request, stored, "time_zone")),
                         .theme = given(request, stored, "theme") };
    if (!judge(&p, &flaws, error))
        return NULL;
    if (flaws.n > 0)
        return request_is_api(request) ? reply_flaws(flaws.flaws, flaws.n)
                                       : show(request, &p, &flaws, error);
    return put(request, &p, error);
}

static Reply *
api_get(const struct request *request, GError **error)
{
    return account_reply(request, SQL_ACCOUNT_PROFILE, error);
}

static const struct operation get_operation = {
    .id = "getProfile",
    .summary = "The profile of who asks",
    .tag = "Account",
    .answer = "Profile",
};
static const struct operation put_operation = {
    .id = "updateProfile",
    .summary = "Change the profile; what is left out stays",
    .tag = "Account",
    .body = "ProfileChange",
    .answer = "Profile",
    .if_match = true,
};

static const struct route routes[] = {
    { HTTP_GET, "/account", WHO_PERSON, page_get, 0, NULL },
    { HTTP_POST, "/account", WHO_PERSON, change, LIMIT_SMALL_FORM_BYTES, NULL },
    { HTTP_GET, "/api/v1/portal/profile", WHO_PERSON, api_get, 0, &get_operation },
    { HTTP_PUT, "/api/v1/portal/profile", WHO_PERSON, change, LIMIT_SMALL_FORM_BYTES,
      &put_operation },
};

const struct route_table account_profile_routes = { routes, G_N_ELEMENTS(routes) };
