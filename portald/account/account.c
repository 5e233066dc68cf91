#include "portald/account/account.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/api/change.h"
#include "portald/auth/scope.h"
#include "portald/pages/page.h"

const char *
account_input(const struct request *request, const char *name)
{
    const char *field = request_field(request, name);
    return field ? field : json_string_value(json_object_get(request->json, name));
}

json_t *
account_read(const struct request *request, size_t statement, GError **error)
{
    json_error_t where;
    g_autofree char *text =
        request_document(request, statement, error, db_uuid(request->caller.person));
    json_t *document = text ? json_loads(text, 0, &where) : NULL;
    if (text && !document)
        error_set(error, ERR_BUG, "a document is no JSON: %s", where.text);
    if (document) {
        g_autofree char *version = reply_etag(text);
        json_object_set_new(document, "version", json_string(version));
    }
    return document;
}

bool
account_check(const struct request *request, DbTx *tx, size_t statement, GError **error)
{
    struct db_bind person = db_uuid(request->caller.person);

    if (!change_is_conditional(request))
        return true;
    if (!db_execute(tx, SQL_ACCOUNT_LOCK, NULL, error, person))
        return false;
    g_autoptr(DbRows) rows = db_query(tx, statement, error, person);
    return rows && change_check(request, db_get_text(rows, 0, 0), error);
}

Reply *
account_reply(const struct request *request, size_t statement, GError **error)
{
    g_autofree char *text =
        request_document(request, statement, error, db_uuid(request->caller.person));
    return text ? reply_json(200, text) : NULL;
}

Reply *
account_json(unsigned status, json_t *document)
{
    g_autoptr(json_t) taken = document;
    g_autofree char *text = json_dumps(taken, JSON_COMPACT);
    if (!text)
        g_error("a document of our own is no JSON");
    return reply_json(status, text);
}

void
account_flaw(struct account_flaws *flaws, const char *pointer, const char *msgid)
{
    if (flaws->n < G_N_ELEMENTS(flaws->flaws))
        flaws->flaws[flaws->n++] = (struct reply_flaw){ pointer, msgid };
}

static json_t *
list_flaws(const struct request *request, const struct account_flaws *flaws)
{
    json_t *list = json_array();
    for (size_t i = 0; flaws && i < flaws->n; i++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "id",
                                              flaws->flaws[i].pointer + 1, "text",
                                              text_of(request, flaws->flaws[i].detail)));
    return list;
}

Reply *
account_page(const struct request *request, const char *page, json_t *document,
             const struct account_flaws *flaws, GError **error)
{
    g_autoptr(json_t) taken = document;
    bool wrong = flaws && flaws->n > 0;

    if (wrong && request_is_api(request))
        return reply_flaws(flaws->flaws, flaws->n);
    if (!taken)
        return NULL;
    json_object_set_new(taken, "has_errors", json_boolean(wrong));
    json_object_set_new(taken, "errors", list_flaws(request, flaws));
    if (!json_object_get(taken, "is_outdated"))
        json_object_set_new(taken, "is_outdated", json_false());
    Reply *reply = page_render(request, page, taken, error);
    if (reply && wrong)
        reply->status = 422;
    return reply;
}

Reply *
account_page_outdated(const struct request *request, const char *page, json_t *document,
                      const char *url, GError **error)
{
    if (!document)
        return NULL;
    json_object_set_new(document, "is_outdated", json_true());
    json_object_set_new(document, "stored_url", json_string(url));
    Reply *reply = account_page(request, page, document, NULL, error);
    if (reply)
        reply->status = 412;
    return reply;
}

/* --- how long ago they proved who they are ---------------------------------------- */

/* *ret_proof is NULL for a session that is older; owned by the caller. */
static bool
read_fresh(const struct request *request, char **ret_proof, GError **error)
{
    g_autoptr(DbTx) tx = request_begin(request, true, error);
    g_autoptr(DbRows) rows =
        tx ? db_query(tx, SQL_SESSION_IS_FRESH, error, db_uuid(request->caller.session),
                      db_int(LIMIT_FRESH_MINUTES))
           : NULL;
    if (!rows)
        return false;
    *ret_proof = db_rows_count(rows) ? g_strdup(db_get_text(rows, 0, 0)) : NULL;
    return true;
}

Reply *
account_require_fresh(const struct request *request, const char *back, GError **error)
{
    g_autofree char *proof = NULL;
    if (!read_fresh(request, &proof, error) || proof)
        return NULL;
    if (request_is_api(request))
        return reply_problem(403, "sign in again first: this takes a sign-in of the last "
                                  "15 minutes");
    g_autofree char *path = g_strdup_printf("/sign-in?again=1&next=%s", back);
    return reply_see_other(path);
}

bool
account_came_by_mail(const struct request *request, bool *ret_came, GError **error)
{
    g_autofree char *proof = NULL;
    if (!read_fresh(request, &proof, error))
        return false;
    *ret_came = proof && g_str_has_prefix(proof, "link");
    return true;
}
