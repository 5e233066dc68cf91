/* audit_page: GET /admin/audit, /admin/audit.csv: who signed in, who changed what. */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/admin/admin.h"
#include "portald/auth/scope.h"
#include "portald/pages/dress.h"
#include "portald/pages/page.h"

/* What can be asked for; audit_kind.html.mustache has a text for each. */
static const char *const kinds[] = { "sign_in",
                                     "sign_out",
                                     "password_wrong",
                                     "password_barred",
                                     "code_wrong",
                                     "password",
                                     "two_factor_on",
                                     "two_factor_off",
                                     "recovery_codes",
                                     "key",
                                     "key_revoked",
                                     "address",
                                     "address_removed",
                                     "profile",
                                     "notifications",
                                     "session_ended",
                                     "refresh_reused",
                                     "links_revoked",
                                     "export",
                                     "export_fetched",
                                     "account_closing",
                                     "account_kept",
                                     "role",
                                     "brand",
                                     "announcement",
                                     "announcement_removed",
                                     "test_mail",
                                     "queue_added",
                                     "queue",
                                     "queue_retired",
                                     "category",
                                     "field" };

static const char *
asked(const struct request *request, const char *name)
{
    const char *value = request_query(request, name);
    return value ? value : "";
}

static json_t *
read_record(const struct request *request, int64_t most, GError **error)
{
    struct uuid after = { { 0 } };

    uuid_parse(slice_from(asked(request, "cursor")), &after);
    return admin_read(
        request, SQL_ADMIN_AUDIT,
        DB_BINDS(db_text(asked(request, "q")), db_text(asked(request, "kind")),
                 uuid_is_nil(after) ? db_null() : db_uuid(after), db_int(most)),
        error);
}

static json_t *
choices(const char *chosen)
{
    json_t *list = json_array();

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        json_array_append_new(list, json_pack("{s:s, s:b}", "kind", kinds[i], "is_chosen",
                                              strcmp(kinds[i], chosen) == 0));
    return list;
}

/* This search at another place, or as a file. */
static json_t *
url(const struct request *request, const char *path, const char *cursor)
{
    g_autoptr(GArray) values = values_new();

    values_add(values, slice_from("q"), slice_from(asked(request, "q")));
    values_add(values, slice_from("kind"), slice_from(asked(request, "kind")));
    if (cursor)
        values_add(values, slice_from("cursor"), slice_from(cursor));
    g_autofree char *query = values_format_form(values);
    g_autofree char *text = g_strconcat(path, "?", query, NULL);
    return json_string(text);
}

static Reply *
page_get(const struct request *request, GError **error)
{
    json_t *document = read_record(request, LIMIT_PAGE_ROWS, error);
    const char *next = json_string_value(json_object_get(document, "next"));
    bool is_later = *asked(request, "cursor") != '\0';

    if (!document)
        return NULL;
    json_t *more =
        json_pack("{s:b, s:b, s:o, s:o, s:o, s:s, s:o}", "has_items",
                  json_array_size(json_object_get(document, "items")) > 0, "has_pages",
                  next || is_later, "next_url",
                  next ? url(request, "/admin/audit", next) : json_null(), "previous_url",
                  is_later ? url(request, "/admin/audit", NULL) : json_null(), "csv_url",
                  url(request, "/admin/audit.csv", NULL), "q", asked(request, "q"),
                  "kinds", choices(asked(request, "kind")));
    json_object_update_new(document, more);
    dress(request, document);
    return admin_page(request, "admin_audit", document, NULL, NULL, error);
}

/* A field of RFC 4180, that no spreadsheet takes for a formula. */
static void
add_field(GString *csv, const char *text, const char *end)
{
    g_string_append_c(csv, '"');
    if (text && *text && strchr("=+-@\t\r", *text))
        g_string_append_c(csv, '\'');
    for (const char *c = text ? text : ""; *c; c++) {
        if (*c == '"')
            g_string_append_c(csv, '"');
        g_string_append_c(csv, *c);
    }
    g_string_append_c(csv, '"');
    g_string_append(csv, end);
}

static Reply *
csv_get(const struct request *request, GError **error)
{
    static const char *const columns[] = { "at",    "actor",  "actor_address",  "kind",
                                           "about", "person", "person_address", "peer",
                                           "device" };
    g_autoptr(json_t) document = read_record(request, LIMIT_AUDIT_CSV_ROWS, error);
    g_autoptr(GString) csv = g_string_new(NULL);
    const size_t n = G_N_ELEMENTS(columns);
    json_t *item;
    size_t i;

    if (!document)
        return NULL;
    for (size_t c = 0; c < n; c++)
        add_field(csv, columns[c], c + 1 < n ? "," : "\r\n");
    json_array_foreach(json_object_get(document, "items"), i, item) for (size_t c = 0;
                                                                         c < n; c++)
        add_field(csv, json_string_value(json_object_get(item, columns[c])),
                  c + 1 < n ? "," : "\r\n");
    Reply *reply = reply_text(200, "text/csv; charset=utf-8", csv->str);
    reply_set(reply, "Content-Disposition", "attachment; filename=\"record.csv\"");
    return reply;
}

static const struct route routes[] = {
    { HTTP_GET, "/admin/audit", WHO_ADMIN, page_get, 0, NULL },
    { HTTP_GET, "/admin/audit.csv", WHO_ADMIN, csv_get, 0, NULL },
};
const struct route_table admin_audit_routes = { routes, G_N_ELEMENTS(routes) };
