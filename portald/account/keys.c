/* keys: API keys that a person gives to programs. The key itself is shown once. */
#include <stdlib.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/account/account.h"
#include "portald/auth/audit.h"
#include "portald/auth/letter.h"
#include "portald/auth/permit.h"
#include "portald/auth/scope.h"
#include "portald/auth/token.h"

#define PAGE "/account/keys"
#define PREFIX_CHARS 8 /* of a key that is shown, to tell it from others */
#define DAYS_MOST 3650

static json_t *
read_keys(const struct request *request, GError **error)
{
    json_t *document = account_read(request, SQL_ACCOUNT_KEYS, error);
    enum caller_role role = request->caller.role;
    if (document) {
        json_object_set_new(document, "may_desk", json_boolean(role >= CALLER_AGENT));
        json_object_set_new(document, "may_admin", json_boolean(role >= CALLER_ADMIN));
    }
    return document;
}

static Reply *
page_get(const struct request *request, GError **error)
{
    return account_page(request, "account_keys", read_keys(request, error), NULL, error);
}

static Reply *
api_get(const struct request *request, GError **error)
{
    return account_reply(request, SQL_ACCOUNT_KEYS, error);
}

/* --- a new one ---------------------------------------------------------------------- */

struct making {
    const struct request *request;
    const char *name;
    char **scopes; /* owned */
    bool read_only;
    int64_t days; /* 0: until revoked */
    struct uuid id;
    char *key; /* owned */
    bool made;
};

static void
making_clear(struct making *m)
{
    g_strfreev(m->scopes);
    g_free(m->key);
}

static char **
read_scopes(const struct request *request)
{
    g_autoptr(GStrvBuilder) scopes = g_strv_builder_new();
    const json_t *list = json_object_get(request->json, "scopes");
    json_t *entry;
    size_t i;
    json_array_foreach(list, i, entry) if (json_is_string(entry))
        g_strv_builder_add(scopes, json_string_value(entry));
    for (guint n = 0; request->form && n < request->form->values->len; n++) {
        const struct value *value =
            &g_array_index(request->form->values, struct value, n);
        if (strcmp(value->name, "scopes") == 0)
            g_strv_builder_add(scopes, value->value);
    }
    return g_strv_builder_end(scopes);
}

/* A form's box that is not ticked is not sent; JSON that says nothing means read-only. */
static bool
read_read_only(const struct request *request)
{
    if (request->form)
        return g_strcmp0(request_field(request, "access"), "write") != 0;
    return !json_is_false(json_object_get(request->json, "read_only"));
}

static int64_t
read_days(const struct request *request)
{
    const char *text = request_field(request, "days");
    if (text)
        return *text ? g_ascii_strtoll(text, NULL, 10) : 0;
    return json_integer_value(json_object_get(request->json, "days"));
}

static void
judge(const struct making *m, struct account_flaws *flaws)
{
    if (!*m->name || g_utf8_strlen(m->name, -1) > LIMIT_NAME_CHARS)
        account_flaw(flaws, "/name", "Give the key a name.");
    if (!m->scopes[0])
        account_flaw(flaws, "/scopes", "Choose what the key opens.");
    for (char **scope = m->scopes; *scope; scope++)
        if (!permit_knows_scope(*scope, m->request->caller.role)) {
            account_flaw(flaws, "/scopes", "You can not give this to a key.");
            break;
        }
    if (m->days < 0 || m->days > DAYS_MOST)
        account_flaw(flaws, "/days", "Days are a number, at most 3650.");
}

static bool
make(DbTx *tx, void *data, GError **error)
{
    struct making *m = data;
    struct uuid person = m->request->caller.person;
    struct sha256 digest = token_digest(slice_from(m->key));
    g_autofree char *prefix = g_strndup(m->key, strlen(TOKEN_KEY_PREFIX) + PREFIX_CHARS);
    g_autoptr(DbRows) rows = db_query(
        tx, SQL_ACCOUNT_ADD_KEY, error, db_uuid(person), db_uuid(m->id), db_text(m->name),
        db_text(prefix), db_bytes((struct slice){ (const char *)digest.b, SHA256_SIZE }),
        db_bool(m->read_only), db_text_array((const char *const *)m->scopes),
        db_int(m->days), db_int(LIMIT_KEYS));
    if (!rows)
        return false;
    m->made = db_rows_count(rows) == 1;
    return !m->made
           || (audit_add(tx, m->request, person, "key", NULL, error)
               && letter_change(tx, m->request, person, "key", error));
}

static Reply *
answer_made(const struct making *m, GError **error)
{
    char id[UUID_TEXT_SIZE];
    if (request_is_api(m->request))
        return account_json(201, json_pack("{s:s, s:s, s:s, s:b}", "id",
                                           uuid_format(m->id, id), "name", m->name, "key",
                                           m->key, "read_only", m->read_only));
    json_t *document = read_keys(m->request, error);
    if (document)
        json_object_set_new(document, "made",
                            json_pack("{s:s, s:s}", "name", m->name, "key", m->key));
    return account_page(m->request, "account_keys", document, NULL, error);
}

static Reply *
make_post_of(struct making *m, GError **error)
{
    struct account_flaws flaws = { .n = 0 };
    Reply *refusal = account_require_fresh(m->request, PAGE, error);
    if (refusal || (error && *error))
        return refusal;

    judge(m, &flaws);
    if (flaws.n == 0) {
        if (!request_transact(m->request, make, m, error))
            return NULL;
        if (!m->made)
            account_flaw(&flaws, "/name", "You have too many keys: revoke some.");
    }
    if (flaws.n > 0)
        return account_page(m->request, "account_keys", read_keys(m->request, error),
                            &flaws, error);
    letter_ring(m->request);
    return answer_made(m, error);
}

static Reply *
make_post(const struct request *request, GError **error)
{
    const char *name = account_input(request, "name");
    struct making m = { .request = request,
                        .name = name ? name : "",
                        .scopes = read_scopes(request),
                        .read_only = read_read_only(request),
                        .days = read_days(request),
                        .id = uuid_make(),
                        .key = token_make(TOKEN_KEY_PREFIX) };
    Reply *reply = make_post_of(&m, error);
    making_clear(&m);
    return reply;
}

/* --- take one back ------------------------------------------------------------------ */

struct revoking {
    const struct request *request;
    struct uuid id;
    bool found;
};

static bool
revoke_key(DbTx *tx, void *data, GError **error)
{
    struct revoking *r = data;
    struct uuid person = r->request->caller.person;
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_ACCOUNT_REVOKE_KEY, error, db_uuid(person), db_uuid(r->id));
    if (!rows)
        return false;
    r->found = db_rows_count(rows) == 1;
    return !r->found || audit_add(tx, r->request, person, "key_revoked", NULL, error);
}

static Reply *
revoke_post(const struct request *request, GError **error)
{
    struct revoking r = { .request = request };
    if (!uuid_parse(slice_from(request->params[0]), &r.id)
        || !request_transact(request, revoke_key, &r, error))
        return NULL;
    if (!r.found) {
        error_set(error, ERR_MISSING, "there is no such key");
        return NULL;
    }
    return request_is_api(request) ? reply_no_content()
                                   : reply_see_other(PAGE "?done=removed");
}

static const struct operation list_operation = {
    .id = "listKeys",
    .summary = "API keys",
    .tag = "Account",
    .answer = "Key",
    .is_list = true,
};
static const struct operation make_operation = {
    .id = "createKey",
    .summary = "Make an API key; `key` is shown this once",
    .tag = "Account",
    .body = "NewKey",
    .answer = "MadeKey",
    .status = 201,
};
static const struct operation revoke_operation = {
    .id = "revokeKey",
    .summary = "Take an API key back",
    .tag = "Account",
    .status = 204,
};

static const struct route routes[] = {
    { HTTP_GET, PAGE, WHO_PERSON, page_get, 0, NULL },
    { HTTP_POST, PAGE, WHO_PERSON, make_post, LIMIT_SMALL_FORM_BYTES, NULL },
    { HTTP_POST, PAGE "/{id:uuid}/revoke", WHO_PERSON, revoke_post,
      LIMIT_SMALL_FORM_BYTES, NULL },
    { HTTP_GET, "/api/v1/portal/keys", WHO_PERSON, api_get, 0, &list_operation },
    { HTTP_POST, "/api/v1/portal/keys", WHO_PERSON, make_post, LIMIT_SMALL_FORM_BYTES,
      &make_operation },
    { HTTP_DELETE, "/api/v1/portal/keys/{id:uuid}", WHO_PERSON, revoke_post, 0,
      &revoke_operation },
};

const struct route_table account_keys_routes = { routes, G_N_ELEMENTS(routes) };
