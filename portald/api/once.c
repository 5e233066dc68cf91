#include "portald/api/once.h"

#include <string.h>

#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/store/statements.h"
#include "portald/auth/scope.h"
#include "portald/http/routes.h"

void
once_free(struct once *once)
{
    if (!once)
        return;
    reply_free(once->known);
    g_free(once);
}

/* Visible ASCII, as a structured field's string or bare. */
static bool
is_key(const char *key)
{
    size_t n = strlen(key);
    for (size_t i = 0; i < n; i++)
        if (!g_ascii_isgraph(key[i]))
            return false;
    return n > 0 && n <= LIMIT_IDEMPOTENCY_KEY;
}

/* Programs repeat requests, and so do the scripts of a ticket's page, by a link as well. */
static bool
takes_keys(const struct request *request)
{
    return request->method == HTTP_POST && !uuid_is_nil(request->caller.person)
           && (request_is_api(request) || request->route->who == WHO_LINK);
}

/* Of all that makes it this request: each part with its length before it. */
static struct sha256
digest_of(const struct request *request)
{
    g_autoptr(GString) text = g_string_new(http_method_name(request->method));
    g_autofree char *query = values_format_form(request->query);
    const char *type = request_header(request, "Content-Type");
    struct sha256 body = crypto_sha256(request->body);

    g_string_append_printf(text, " %zu:%s %zu:%s %s ", strlen(request->path),
                           request->path, strlen(query), query, type ? type : "");
    g_string_append_len(text, (const char *)body.b, SHA256_SIZE);
    return crypto_sha256((struct slice){ text->str, text->len });
}

Reply *
once_begin(struct request *request)
{
    const char *key = request_header(request, "Idempotency-Key");

    if (!key || !takes_keys(request))
        return NULL;
    if (!is_key(key))
        return reply_problem(400, "an Idempotency-Key has 1 to 255 visible characters");
    request->once = g_new0(struct once, 1);
    request->once->key = key;
    request->once->digest = digest_of(request);
    return NULL;
}

/* --- the answer, kept sealed: it may hold what is told only once (a key, codes) ------ */

#define LABEL "answer kept under an Idempotency-Key"

static struct slice
secret_of(const struct request *request)
{
    GBytes *secret = site_config(request->site)->secret;
    return (struct slice){ g_bytes_get_data(secret, NULL), g_bytes_get_size(secret) };
}

static char *
seal(const struct request *request, GBytes *body)
{
    struct slice plain = { g_bytes_get_data(body, NULL), g_bytes_get_size(body) };
    g_autoptr(GBytes) sealed = crypto_seal(secret_of(request), LABEL, plain);
    struct slice bytes = { g_bytes_get_data(sealed, NULL), g_bytes_get_size(sealed) };
    return crypto_base64url(bytes);
}

/* NULL: it was sealed with another secret. */
static char *
unseal(const struct request *request, const char *text)
{
    g_autoptr(GBytes) sealed = crypto_base64url_decode(slice_from(text));
    if (!sealed)
        return NULL;
    struct slice bytes = { g_bytes_get_data(sealed, NULL), g_bytes_get_size(sealed) };
    g_autoptr(GBytes) plain = crypto_unseal(secret_of(request), LABEL, bytes);
    return plain ? g_strndup(g_bytes_get_data(plain, NULL), g_bytes_get_size(plain))
                 : NULL;
}

/* --- the row ---------------------------------------------------------------------- */

/* What the row of a key that was used says; columns as in idempotency_read. */
static Reply *
known_answer(const struct request *request, const DbRows *rows)
{
    const struct once *once = request->once;
    struct slice digest = { (const char *)once->digest.b, SHA256_SIZE };
    int64_t status = db_get_int(rows, 0, 1);

    if (!slice_equal(db_get_bytes(rows, 0, 0), digest))
        return reply_problem(422, "this Idempotency-Key was used for another request");
    g_autofree char *body = status ? unseal(request, db_get_text(rows, 0, 2)) : NULL;
    if (!body)
        return reply_problem(409,
                             "this was done, but its answer was lost: look at what is "
                             "there now");
    Reply *reply =
        status == 204 ? reply_no_content() : reply_json((unsigned)status, body);
    if (!db_is_null(rows, 0, 3))
        reply_set(reply, "Location", db_get_text(rows, 0, 3));
    if (status >= 400)
        reply_set(reply, "Content-Type", "application/problem+json");
    reply_set(reply, "Idempotent-Replayed", "true");
    return reply;
}

bool
once_claim(const struct request *request, DbTx *tx, GError **error)
{
    struct once *once = request->once;
    size_t added = 0;

    if (!once || once->is_claimed)
        return true;
    struct db_bind digest =
        db_bytes((struct slice){ (const char *)once->digest.b, SHA256_SIZE });
    if (!db_execute(tx, SQL_IDEMPOTENCY_CLAIM, &added, error,
                    db_uuid(request->caller.person), db_text(once->key), digest))
        return false;
    if (added == 1)
        return true;
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_IDEMPOTENCY_READ, error, db_uuid(request->caller.person),
                 db_text(once->key));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0) /* it was forgotten in this moment */
        return error_set(error, ERR_RETRY, "the key's row went away");
    g_clear_pointer(&once->known, reply_free);
    once->known = known_answer(request, rows);
    return error_set(error, ERR_CONFLICT, "this Idempotency-Key was used before");
}

bool
once_keep(const struct request *request, DbTx *tx, const Reply *reply, GError **error)
{
    const struct once *once = request->once;

    if (!once)
        return true;
    g_autofree char *body = seal(request, reply->body);
    return db_execute(tx, SQL_IDEMPOTENCY_KEEP, NULL, error,
                      db_uuid(request->caller.person), db_text(once->key),
                      db_int(reply->status), db_text(body),
                      db_text(reply_find(reply, "Location")));
}

/* --- behind the handler ----------------------------------------------------------- */

static bool
keep_later(DbTx *tx, void *data, GError **error)
{
    const struct request *request = ((void **)data)[0];
    return once_keep(request, tx, ((void **)data)[1], error);
}

Reply *
once_finish(const struct request *request, Reply *reply, GError **error)
{
    struct once *once = request->once;
    g_autoptr(GError) problem = NULL;

    if (once && once->known) {
        g_clear_error(error);
        reply_free(reply);
        return g_steal_pointer(&once->known);
    }
    if (!once || !reply || !once->is_claimed || once->is_kept || reply->status >= 500)
        return reply;
    /* The change is made; that its answer can't be kept is no reason to call it failed. */
    void *both[] = { (void *)(uintptr_t)request, reply };
    if (request_transact(request, keep_later, both, &problem))
        once->is_kept = true;
    else
        log_warning("answer not kept", log_error_field(problem));
    return reply;
}
