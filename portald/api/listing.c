#include "portald/api/listing.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/crypto.h"
#include "common/base/limits.h"

#define LABEL "cursor of a list"

void
listing_clear(struct listing *listing)
{
    g_clear_pointer(&listing->after_key, g_free);
}

static struct slice
secret_of(const struct request *request)
{
    GBytes *secret = site_config(request->site)->secret;
    return (struct slice){ g_bytes_get_data(secret, NULL), g_bytes_get_size(secret) };
}

/* --- cursors ---------------------------------------------------------------------- */

static char *
cursor_format(const struct request *request, const char *sort, const char *key,
              struct uuid id)
{
    char text[UUID_TEXT_SIZE];
    g_autoptr(json_t) plain = json_pack("[s, s, s]", sort, key, uuid_format(id, text));
    g_autofree char *json = json_dumps(plain, JSON_COMPACT);
    g_autoptr(GBytes) sealed = crypto_seal(secret_of(request), LABEL, slice_from(json));
    struct slice bytes = { g_bytes_get_data(sealed, NULL), g_bytes_get_size(sealed) };
    return crypto_base64url(bytes);
}

static bool
cursor_parse(const struct request *request, const char *cursor, struct listing *listing)
{
    const char *sort = NULL, *key = NULL, *id = NULL;
    g_autoptr(GBytes) sealed = crypto_base64url_decode(slice_from(cursor));
    struct slice bytes = { 0 };

    if (!sealed)
        return false;
    bytes.p = g_bytes_get_data(sealed, &bytes.n);
    g_autoptr(GBytes) plain = crypto_unseal(secret_of(request), LABEL, bytes);
    if (!plain)
        return false;
    bytes.p = g_bytes_get_data(plain, &bytes.n);
    g_autoptr(json_t) json = json_loadb(bytes.p, bytes.n, 0, NULL);
    if (json_unpack(json, "[s, s, s]", &sort, &key, &id) != 0
        || strcmp(sort, listing->sort) != 0
        || !uuid_parse(slice_from(id), &listing->after_id))
        return false;
    listing->after_key = g_strdup(key);
    return true;
}

Reply *
listing_read(const struct request *request, const char *sort, struct listing *ret_listing)
{
    const json_t *arguments = request->arguments;
    const json_t *limit = json_object_get(arguments, "limit");
    const char *asked = json_string_value(json_object_get(arguments, "sort"));
    const char *cursor = json_string_value(json_object_get(arguments, "cursor"));
    const struct reply_flaw flaw = { "?cursor", "this is no cursor of this list" };
    struct listing listing = { .sort = asked ? asked : sort,
                               .limit =
                                   limit ? json_integer_value(limit) : LIMIT_LISTING };

    if (cursor && !cursor_parse(request, cursor, &listing))
        return reply_flaws(&flaw, 1);
    *ret_listing = listing;
    return NULL;
}

/* --- pages ------------------------------------------------------------------------ */

/* The same request with another cursor (RFC 8288). */
static void
set_link(Reply *reply, const struct request *request, const char *cursor)
{
    g_autoptr(GArray) query = values_new();

    for (guint i = 0; i < request->query->len; i++) {
        const struct value *value = &g_array_index(request->query, struct value, i);
        if (strcmp(value->name, "cursor") != 0)
            values_add(query, slice_from(value->name), slice_from(value->value));
    }
    values_add(query, slice_from("cursor"), slice_from(cursor));
    g_autofree char *text = values_format_form(query);
    g_autofree char *link = g_strdup_printf("<%s?%s>; rel=\"next\"", request->path, text);
    reply_set(reply, "Link", link);
}

Reply *
listing_reply(const struct request *request, const struct listing *listing,
              const DbRows *rows)
{
    g_autofree char *next =
        db_is_null(rows, 0, 1)
            ? NULL
            : cursor_format(request, listing->sort, db_get_text(rows, 0, 1),
                            db_get_uuid(rows, 0, 2));
    g_autofree char *text =
        g_strdup_printf("{\"items\":%s,\"next\":%s%s%s}", db_get_text(rows, 0, 0),
                        next ? "\"" : "", next ? next : "null", next ? "\"" : "");
    Reply *reply = reply_json(200, text);

    if (next)
        set_link(reply, request, next);
    return reply;
}

Reply *
listing_reply_document(const struct request *request, const json_t *document)
{
    json_t *next = json_object_get(document, "next");
    g_autoptr(json_t) list = json_pack("{s:O, s:O}", "items",
                                       json_object_get(document, "items"), "next", next);
    g_autofree char *text = json_dumps(list, JSON_COMPACT);
    Reply *reply = reply_json(200, text);

    if (json_is_string(next))
        set_link(reply, request, json_string_value(next));
    return reply;
}
