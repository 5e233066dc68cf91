#include "portald/portal/tickets_list.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/auth/scope.h"

static const char *const sorts[] = { "updated", "created", "priority", "due", NULL };
static const char *const statuses[] = { "open",     "in_progress", "waiting_customer",
                                        "resolved", "closed",      NULL };

/* --- cursors ---------------------------------------------------------------------- */

static bool
parse_place(const char *text, int64_t *ret_place)
{
    char *end = NULL;

    if (!g_ascii_isdigit(*text) && *text != '-')
        return false;
    *ret_place = g_ascii_strtoll(text, &end, 10);
    return *end == '\0' && end - text <= 20;
}

bool
ticket_cursor_parse(const char *text, struct ticket_cursor *ret_cursor)
{
    g_auto(GStrv) parts = g_strsplit(text, ".", 5);
    struct ticket_cursor cursor = { 0 };

    if (g_strv_length(parts) != 4 || !g_strv_contains(sorts, parts[1])
        || !parse_place(parts[2], &cursor.place)
        || !uuid_parse(slice_from(parts[3]), &cursor.id))
        return false;
    cursor.is_before = strcmp(parts[0], "before") == 0;
    if (!cursor.is_before && strcmp(parts[0], "after") != 0)
        return false;
    cursor.sort = g_strdup(parts[1]);
    *ret_cursor = cursor;
    return true;
}

char *
ticket_cursor_pack(const char *text)
{
    return crypto_base64url(slice_from(text));
}

char *
ticket_cursor_unpack(const char *packed)
{
    g_autoptr(GBytes) bytes = crypto_base64url_decode(slice_from(packed));
    gsize n = 0;
    const char *text = bytes ? g_bytes_get_data(bytes, &n) : NULL;

    return text && n < 200 && g_utf8_validate(text, (gssize)n, NULL) ? g_strndup(text, n)
                                                                     : NULL;
}

/* --- the query -------------------------------------------------------------------- */

char *
ticket_day(const char *text, int days)
{
    bool is_day = strlen(text) == 10;
    g_autofree char *whole = g_strconcat(text, is_day ? "T00:00:00Z" : "", NULL);
    g_autoptr(GDateTime) given = g_date_time_new_from_iso8601(whole, NULL);
    if (!given)
        return NULL;
    g_autoptr(GDateTime) when = g_date_time_add_days(given, is_day ? days : 0);
    g_autoptr(GDateTime) utc = when ? g_date_time_to_utc(when) : NULL;
    return utc ? g_date_time_format(utc, "%Y-%m-%dT%H:%M:%SZ") : NULL;
}

typedef struct ListQuery {
    char **statuses; /* none: all */
    const char *category, *priority, *words, *sort;
    char *from, *to;
    bool has_cursor;
    struct ticket_cursor cursor;
    int64_t limit;
    const char *wrong; /* the parameter that can't be; NULL: none */
} ListQuery;

static void
list_query_clear(ListQuery *query)
{
    g_strfreev(query->statuses);
    g_free(query->from);
    g_free(query->to);
    g_free(query->cursor.sort);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ListQuery, list_query_clear)

/* A value of the query; an empty one, as forms send for what was not filled in, is none. */
static const char *
asked(const struct request *request, const char *name)
{
    const char *value = request_query(request, name);
    return value && *value ? value : NULL;
}

static bool
refuse(ListQuery *query, const char *parameter, const char *why, GError **error)
{
    query->wrong = parameter;
    return error_set(error, ERR_REJECT, "%s", why);
}

/* "active" and "ended" are several; the rest is a list with commas. */
static bool
read_statuses(const struct request *request, ListQuery *query, GError **error)
{
    const char *text = asked(request, "status");

    if (!text)
        text = "";
    else if (strcmp(text, "active") == 0)
        text = "open,in_progress,waiting_customer";
    else if (strcmp(text, "ended") == 0)
        text = "resolved,closed";
    query->statuses = *text ? g_strsplit(text, ",", 10) : g_new0(char *, 1);
    for (char **status = query->statuses; *status; status++)
        if (!g_strv_contains(statuses, *status))
            return refuse(query, "?status", "there is no such status", error);
    return true;
}

static bool
read_days(const struct request *request, ListQuery *query, GError **error)
{
    const char *from = asked(request, "from"), *to = asked(request, "to");

    if (from && !(query->from = ticket_day(from, 0)))
        return refuse(query, "?from", "this is no day", error);
    if (to && !(query->to = ticket_day(to, 1)))
        return refuse(query, "?to", "this is no day", error);
    return true;
}

static bool
read_place(const struct request *request, ListQuery *query, GError **error)
{
    const char *packed = asked(request, "cursor"), *limit = asked(request, "limit");
    g_autofree char *cursor = packed ? ticket_cursor_unpack(packed) : NULL;

    query->has_cursor = packed != NULL;
    if (packed && (!cursor || !ticket_cursor_parse(cursor, &query->cursor)))
        return refuse(query, "?cursor", "this is no cursor of this list", error);
    query->sort = asked(request, "sort");
    if (query->has_cursor)
        query->sort = query->cursor.sort;
    if (!query->sort)
        query->sort = "updated";
    if (!g_strv_contains(sorts, query->sort))
        return refuse(query, "?sort", "there is no such order", error);
    query->limit = limit ? g_ascii_strtoll(limit, NULL, 10) : LIMIT_PAGE_ROWS;
    if (query->limit < 1 || query->limit > LIMIT_PAGE_ROWS_MAX)
        return refuse(query, "?limit", "a page has 1 to 100 rows", error);
    return true;
}

static bool
read_query(const struct request *request, ListQuery *query, GError **error)
{
    query->category = asked(request, "category");
    query->priority = asked(request, "priority");
    query->words = asked(request, "q");
    return read_statuses(request, query, error) && read_days(request, query, error)
           && read_place(request, query, error);
}

static char *
run(const struct request *request, const ListQuery *query, GError **error)
{
    const char *way =
        query->has_cursor ? query->cursor.is_before ? "before" : "after" : NULL;
    return request_document(
        request, SQL_PORTAL_TICKET_LIST, error, db_uuid(request->caller.person),
        db_text_array((const char *const *)query->statuses), db_text(query->category),
        db_text(query->priority), db_text(query->from), db_text(query->to),
        db_text(query->words), db_text(query->sort), db_text(way),
        query->has_cursor ? db_int(query->cursor.place) : db_null(),
        db_uuid(query->cursor.id), db_int(query->limit));
}

static void
pack_cursor(json_t *document, const char *name)
{
    const char *text = json_string_value(json_object_get(document, name));
    g_autofree char *packed = text ? ticket_cursor_pack(text) : NULL;

    if (packed)
        json_object_set_new(document, name, json_string(packed));
}

json_t *
ticket_list(const struct request *request, const char **ret_parameter, GError **error)
{
    g_auto(ListQuery) query = { 0 };

    if (!read_query(request, &query, error)) {
        if (ret_parameter)
            *ret_parameter = query.wrong;
        return NULL;
    }
    g_autofree char *text = run(request, &query, error);
    json_t *document = text ? json_loads(text, 0, NULL) : NULL;
    if (!document)
        return NULL;
    pack_cursor(document, "next");
    pack_cursor(document, "previous");
    return document;
}
