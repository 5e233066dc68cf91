/*
 * /api/v1/auth: how a program signs in.
 *
 *     POST link     { address }                         ─► { request }   and a mail with a code
 *     POST token    { address, password, code? }        ─► access and refresh token
 *                   { request, mail_code, code? }
 *     POST refresh  { refresh_token }                   ─► the next two
 *     POST revoke   { refresh_token }                   ─► 204
 *
 * `code` is the one of the person's device. A refresh token is good once. One that comes
 * back used means that two have it: the whole family ends.
 */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/mail/address.h"
#include "common/store/statements.h"
#include "portald/auth/audit.h"
#include "portald/auth/auth_routes.h"
#include "portald/auth/device.h"
#include "portald/auth/jwt.h"
#include "portald/auth/keys.h"
#include "portald/auth/rate.h"
#include "portald/auth/sign_in.h"
#include "portald/auth/token.h"

static const char *
member(const struct request *request, const char *name)
{
    return json_string_value(json_object_get(request->json, name));
}

/* The answer, or NULL where everything may go on; also NULL where *error is set. */
static Reply *
refused(const struct request *request, const struct rate_ask *asks, size_t n,
        GError **error)
{
    return rate_check(request, asks, n, error);
}

/* --- link --------------------------------------------------------------------------- */

static Reply *
link_post(const struct request *request, GError **error)
{
    const char *address = member(request, "address");
    g_autoptr(GError) problem = NULL;
    Reply *refusal = sign_in_may_mail(request, address ? address : "", &problem);
    if (problem)
        g_propagate_error(error, g_steal_pointer(&problem));
    if (refusal || (error && *error))
        return refusal;
    g_autofree char *browser =
        sign_in_begin(request, SIGN_IN_LINK, address ? address : "", "/", error);
    if (!browser)
        return NULL;
    g_autoptr(json_t) answer = json_pack("{s:s, s:i}", "request", browser, "expires_in",
                                         LIMIT_SIGN_IN_MINUTES * 60);
    g_autofree char *text = json_dumps(answer, JSON_COMPACT);
    return reply_json(202, text);
}

/* --- token -------------------------------------------------------------------------- */

static Reply *
tokens_reply(const struct request *request, struct uuid family, struct uuid person,
             const char *refresh)
{
    struct jwt_setting setting = auth_jwt_of(request);
    int64_t now_us = clock_now_us();
    struct jwt_claims claims = { request->caller.tenant, person, family, now_us,
                                 now_us + LIMIT_ACCESS_SECONDS * CLOCK_SECOND };
    g_autofree char *access = jwt_write(&setting, &claims);
    g_autoptr(json_t) answer =
        json_pack("{s:s, s:s, s:i, s:s}", "access_token", access, "token_type", "Bearer",
                  "expires_in", LIMIT_ACCESS_SECONDS, "refresh_token", refresh);
    g_autofree char *text = json_dumps(answer, JSON_COMPACT);
    return reply_json(200, text);
}

static bool
add_refresh(DbTx *tx, struct uuid family, struct uuid parent, const char *refresh,
            GError **error)
{
    struct sha256 digest = token_digest(slice_from(refresh));
    return db_execute(tx, SQL_REFRESH_ADD, NULL, error, db_uuid(uuid_make()),
                      db_uuid(family), db_uuid(parent),
                      db_bytes((struct slice){ (const char *)digest.b, SHA256_SIZE }));
}

/* For sign_in_end.begin. */
static bool
begin_family(DbTx *tx, struct sign_in_end *end, const char *proof, GError **error)
{
    const struct request *request = end->request;
    struct uuid family = uuid_make(), person = end->sign_in->person;
    g_autofree char *refresh = token_make(TOKEN_REFRESH_PREFIX);
    g_autofree char *device = device_label(request_header(request, "User-Agent"));

    (void)proof;
    if (!db_execute(tx, SQL_TOKEN_FAMILY_ADD, NULL, error, db_uuid(family),
                    db_uuid(person), db_text(device), db_text(request->peer),
                    db_int(LIMIT_REFRESH_DAYS))
        || !add_refresh(tx, family, (struct uuid){ { 0 } }, refresh, error))
        return false;
    end->reply = tokens_reply(request, family, person, refresh);
    return true;
}

/* The first proof. NULL and no error: it was wrong. */
static SignIn *
first_proof(const struct request *request, GError **error)
{
    static const char *const by_mail[] = { "link", "reset", NULL };
    const char *browser = member(request, "request"),
               *code = member(request, "mail_code");
    const char *address = member(request, "address");
    const char *password = member(request, "password");
    bool right = false;

    if (browser && code) {
        g_autoptr(SignIn) s = sign_in_of_browser(request, browser, by_mail, error);
        if (!s || !sign_in_code_is(request, s, code, &right, error) || !right)
            return NULL;
        return g_steal_pointer(&s);
    }
    SignIn *s = NULL;
    bool barred = false;
    if (address && password
        && sign_in_by_password(request, address, password, "/", &s, &barred, error)
        && barred)
        error_set(error, ERR_DENIED,
                  "there were too many wrong passwords: from here only a mail's code "
                  "signs in for now");
    else if (address && password)
        return s;
    else
        error_set(error, ERR_REJECT,
                  "give address and password, or request and mail_code");
    return s;
}

static Reply *
unauthorized(const char *detail)
{
    Reply *reply = reply_problem(401, detail);
    reply_set(reply, "WWW-Authenticate", "Bearer");
    return reply;
}

static Reply *
finish_token(const struct request *request, SignIn *s, GError **error)
{
    bool needs_code = false;
    char id[UUID_TEXT_SIZE];
    const char *code = member(request, "code");

    if (!sign_in_needs_code(request, s, &needs_code, error))
        return NULL;
    if (needs_code && !code)
        return unauthorized("a code of your device is needed too");
    if (needs_code) {
        const struct rate_ask ask = { RATE_CODE_PERSON, uuid_format(s->person, id) };
        g_autoptr(GError) problem = NULL;
        Reply *refusal = refused(request, &ask, 1, &problem);
        if (problem)
            g_propagate_error(error, g_steal_pointer(&problem));
        if (refusal || (error && *error))
            return refusal;
    }
    struct sign_in_end end = { .request = request,
                               .sign_in = s,
                               .code = needs_code ? code : NULL,
                               .begin = begin_family };
    if (!sign_in_finish(&end, error)) {
        reply_free(end.reply);
        return NULL;
    }
    return end.done ? end.reply : unauthorized("the code is wrong, or was used");
}

static Reply *
token_post(const struct request *request, GError **error)
{
    const char *address = member(request, "address");
    g_autofree char *normal = address ? address_normalise(slice_from(address)) : NULL;
    const struct rate_ask asks[] = { { RATE_PASSWORD_PEER, request->peer },
                                     { RATE_PASSWORD_ADDRESS, normal ? normal : "" } };
    g_autoptr(GError) problem = NULL;

    Reply *refusal = refused(request, asks, address ? 2 : 1, &problem);
    g_autoptr(SignIn) s = !refusal && !problem ? first_proof(request, &problem) : NULL;
    if (problem)
        g_propagate_error(error, g_steal_pointer(&problem));
    if (refusal || (error && *error))
        return refusal;
    return s ? finish_token(request, s, error) : unauthorized("that is not right");
}

/* --- refresh, revoke ---------------------------------------------------------------- */

struct refreshing {
    const struct request *request;
    struct sha256 digest;
    struct uuid family, person;
    bool revoke; /* end it, in any case */
    Reply *reply;
    bool reused;
};

static bool
find_family(DbTx *tx, void *data, GError **error)
{
    struct refreshing *r = data;
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_REFRESH_FIND, error,
                 db_bytes((struct slice){ (const char *)r->digest.b, SHA256_SIZE }));
    if (!rows)
        return false;
    if (db_rows_count(rows) > 0) {
        r->family = db_get_uuid(rows, 0, 0);
        r->person = db_get_uuid(rows, 0, 1);
    }
    return true;
}

static bool
end_family(DbTx *tx, const struct refreshing *r, const char *why, GError **error)
{
    return db_execute(tx, SQL_TOKEN_FAMILY_REVOKE, NULL, error, db_uuid(r->family),
                      db_text(why));
}

static bool
turn(DbTx *tx, void *data, GError **error)
{
    struct refreshing *r = data;
    g_clear_pointer(&r->reply, reply_free);
    r->reused = false;
    if (r->revoke)
        return end_family(tx, r, "signed_out", error)
               && audit_add(tx, r->request, r->person, "sign_out", NULL, error);

    g_autoptr(DbRows) rows =
        db_query(tx, SQL_REFRESH_USE, error,
                 db_bytes((struct slice){ (const char *)r->digest.b, SHA256_SIZE }));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0 || !db_get_bool(rows, 0, 2))
        return true; /* the family has ended */
    if (!db_get_bool(rows, 0, 1)) {
        r->reused = true;
        return end_family(tx, r, "reuse", error)
               && audit_add(tx, r->request, r->person, "refresh_reused", NULL, error);
    }
    g_autofree char *refresh = token_make(TOKEN_REFRESH_PREFIX);
    if (!add_refresh(tx, r->family, db_get_uuid(rows, 0, 0), refresh, error))
        return false;
    r->reply = tokens_reply(r->request, r->family, r->person, refresh);
    return true;
}

/* Find the family as nobody, then work as its person. */
static bool
with_family(struct refreshing *r, GError **error)
{
    const struct db_tx_options nobody = { .tenant = r->request->caller.tenant };
    const char *token = member(r->request, "refresh_token");
    Db *db = site_db(r->request->site, error);

    if (!db)
        return false;
    if (!token || !token_has_form(slice_from(token), TOKEN_REFRESH_PREFIX))
        return true;
    r->digest = token_digest(slice_from(token));
    if (!db_transact(db, &nobody, find_family, r, error))
        return false;
    if (uuid_is_nil(r->family))
        return true;
    struct db_tx_options person = sign_in_scope(r->request, r->person);
    return db_transact(db, &person, turn, r, error);
}

static Reply *
refresh_post(const struct request *request, GError **error)
{
    struct refreshing r = { .request = request };
    if (!with_family(&r, error)) {
        reply_free(r.reply);
        return NULL;
    }
    if (r.reused)
        log_warning("refresh token reused", log_uuid("family", r.family),
                    log_uuid("person", r.person), log_str("peer", request->peer));
    return r.reply ? r.reply : unauthorized("this refresh token is no longer good");
}

static Reply *
revoke_post(const struct request *request, GError **error)
{
    struct refreshing r = { .request = request, .revoke = true };
    return with_family(&r, error) ? reply_no_content() : NULL;
}

static const struct operation link_operation = {
    .id = "requestSignIn",
    .summary = "Have a mail with a sign-in code sent",
    .tag = "Sign in",
    .body = "SignInRequest",
    .answer = "SignInRequested",
    .status = 202,
};
static const struct operation token_operation = {
    .id = "createToken",
    .summary = "Sign in: by password, or by the code of a mail",
    .tag = "Sign in",
    .body = "TokenRequest",
    .answer = "Tokens",
};
static const struct operation refresh_operation = {
    .id = "refreshToken",
    .summary = "Get the next pair of tokens",
    .tag = "Sign in",
    .body = "RefreshRequest",
    .answer = "Tokens",
};
static const struct operation revoke_operation = {
    .id = "revokeToken",
    .summary = "Sign out: end a refresh token and all that came of the same sign-in",
    .tag = "Sign in",
    .body = "RefreshRequest",
    .status = 204,
};

#define BODY LIMIT_SMALL_FORM_BYTES

static const struct route routes[] = {
    { HTTP_POST, "/api/v1/auth/link", WHO_ANYBODY, link_post, BODY, &link_operation },
    { HTTP_POST, "/api/v1/auth/token", WHO_ANYBODY, token_post, BODY, &token_operation },
    { HTTP_POST, "/api/v1/auth/refresh", WHO_ANYBODY, refresh_post, BODY,
      &refresh_operation },
    { HTTP_POST, "/api/v1/auth/revoke", WHO_ANYBODY, revoke_post, BODY,
      &revoke_operation },
};

const struct route_table auth_api_routes = { routes, G_N_ELEMENTS(routes) };
