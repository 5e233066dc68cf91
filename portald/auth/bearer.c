#include "portald/auth/bearer.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/store/statements.h"
#include "portald/auth/jwt.h"
#include "portald/auth/keys.h"
#include "portald/auth/permit.h"
#include "portald/auth/token.h"

static void
take_person(struct caller *caller, const DbRows *rows)
{
    g_auto(GStrv) scopes = db_is_null(rows, 0, 8) ? NULL : db_get_text_array(rows, 0, 8);

    caller->person = db_get_uuid(rows, 0, 0);
    caller->role = permit_role(db_get_text(rows, 0, 1));
    caller->name = g_strdup(db_get_text(rows, 0, 2));
    caller->time_zone = g_strdup(db_get_text(rows, 0, 4));
    caller->theme = g_strdup(db_get_text(rows, 0, 5));
    caller->address = g_strdup(db_get_text(rows, 0, 6));
    caller->read_only = db_get_bool(rows, 0, 7);
    caller->scopes = scopes ? permit_scopes((const char *const *)scopes) : PERMIT_ALL;
    caller->session = db_get_uuid(rows, 0, 9);
    if (!db_is_null(rows, 0, 3)) {
        g_free(caller->locale);
        caller->locale = g_strdup(db_get_text(rows, 0, 3));
    }
}

/* `digest` of an API key, or NULL and the family of an access token. */
static bool
ask(struct request *request, const struct sha256 *digest, struct uuid family,
    enum caller_proof proof, GError **error)
{
    struct slice bytes = { digest ? (const char *)digest->b : NULL, SHA256_SIZE };
    Db *db = site_db(request->site, error);
    g_autoptr(DbRows) rows =
        db ? db_call(db, SQL_PORTAL_BEARER, error, db_uuid(request->caller.tenant),
                     db_bytes(bytes), db_uuid(family), db_text(request->peer))
           : NULL;
    if (!rows)
        return false;
    if (db_rows_count(rows) > 0) {
        take_person(&request->caller, rows);
        request->caller.proof = proof;
    }
    return true;
}

bool
bearer_find(struct request *request, const char *authorization, GError **error)
{
    struct slice token = { NULL, 0 };
    struct jwt_setting setting = auth_jwt_of(request);
    struct jwt_claims claims;

    if (!token_of_bearer(authorization, &token))
        return true;
    if (token_has_form(token, TOKEN_KEY_PREFIX)) {
        struct sha256 digest = token_digest(token);
        return ask(request, &digest, (struct uuid){ { 0 } }, PROOF_KEY, error);
    }
    if (!jwt_read(&setting, token, clock_now_us(), &claims, NULL)
        || !uuid_equal(claims.tenant, request->caller.tenant))
        return true;
    return ask(request, NULL, claims.family, PROOF_BEARER, error);
}
