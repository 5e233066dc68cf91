/* second: two-factor authentication, on and off. */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/account/account.h"
#include "portald/auth/audit.h"
#include "portald/auth/letter.h"
#include "portald/auth/qr.h"
#include "portald/auth/rate.h"
#include "portald/auth/scope.h"
#include "portald/auth/second.h"
#include "portald/auth/totp.h"
#include "portald/pages/page.h"

#define PAGE "/account/two-factor"

struct work {
    const struct request *request;
    const char *code;
    uint8_t secret[TOTP_SECRET_BYTES];
    char **codes; /* owned */
    bool right;
};

static void
work_clear(struct work *work)
{
    crypto_forget(work->secret, sizeof work->secret);
    g_strfreev(work->codes);
}

static json_t *
list_codes(char **codes)
{
    json_t *list = json_array();
    for (char **code = codes; *code; code++)
        json_array_append_new(list, json_string(*code));
    return list;
}

/* --- the state ---------------------------------------------------------------------- */

static Reply *
show(const struct request *request, const struct account_flaws *flaws, GError **error)
{
    return account_page(request, "account_two_factor",
                        account_read(request, SQL_ACCOUNT_TWO_FACTOR, error), flaws,
                        error);
}

static Reply *
page_get(const struct request *request, GError **error)
{
    return show(request, NULL, error);
}

static Reply *
api_get(const struct request *request, GError **error)
{
    return account_reply(request, SQL_ACCOUNT_TWO_FACTOR, error);
}

static bool
check_state(DbTx *tx, const struct work *w, GError **error)
{
    return account_check(w->request, tx, SQL_ACCOUNT_TWO_FACTOR, error);
}

/* --- begin: the secret and its picture ---------------------------------------------- */

static bool
propose(DbTx *tx, void *data, GError **error)
{
    struct work *w = data;
    return check_state(tx, w, error)
           && second_propose(tx, w->request, w->request->caller.person, w->secret, error);
}

static bool
read_proposed(DbTx *tx, void *data, GError **error)
{
    struct work *w = data;
    GError *failure = NULL;
    w->right =
        second_proposed(tx, w->request, w->request->caller.person, w->secret, &failure);
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

static json_t *
describe(const struct request *request, const struct work *w, const char *picture_name)
{
    const struct caller *caller = &request->caller;
    struct slice secret = { (const char *)w->secret, sizeof w->secret };
    g_autofree char *uri = totp_uri(secret, caller->tenant_title, caller->address);
    g_autofree char *text = totp_secret_text(secret);
    g_autofree char *svg = qr_svg(uri, text_of(request, "QR code for an authenticator"));
    return json_pack("{s:s, s:s, s:s}", "secret", text, "uri", uri, picture_name,
                     svg ? svg : "");
}

static Reply *
show_picture(const struct request *request, const struct work *w,
             const struct account_flaws *flaws, GError **error)
{
    if (request_is_api(request) && (!flaws || flaws->n == 0))
        return account_json(200, describe(request, w, "qr_svg"));
    return account_page(request, "account_two_factor_start",
                        describe(request, w, "qr_html"), flaws, error);
}

static Reply *
start(const struct request *request, GError **error)
{
    struct work w = { .request = request };
    Reply *reply = account_require_fresh(request, PAGE, error);
    if (!reply && !(error && *error) && request_transact(request, propose, &w, error))
        reply = show_picture(request, &w, NULL, error);
    work_clear(&w);
    return reply;
}

/* --- the first code ----------------------------------------------------------------- */

static bool
enable(DbTx *tx, void *data, GError **error)
{
    struct work *w = data;
    struct uuid person = w->request->caller.person;

    g_clear_pointer(&w->codes, g_strfreev);
    if (!check_state(tx, w, error)
        || !second_enable(tx, w->request, person, w->code, &w->codes, error))
        return false;
    return !w->codes
           || (audit_add(tx, w->request, person, "two_factor_on", NULL, error)
               && letter_change(tx, w->request, person, "two_factor_on", error));
}

static Reply *
show_codes(const struct request *request, const struct work *w, GError **error)
{
    letter_ring(request);
    json_t *document = json_pack("{s:o}", "recovery_codes", list_codes(w->codes));
    return request_is_api(request)
               ? account_json(200, document)
               : account_page(request, "account_recovery_codes", document, NULL, error);
}

static Reply *
enable_with(const struct request *request, struct work *w, GError **error)
{
    struct account_flaws flaws = { .n = 0 };

    if (!request_transact(request, enable, w, error))
        return NULL;
    if (w->codes)
        return show_codes(request, w, error);
    audit_failure(request, request->caller.person, "code_wrong", NULL);
    account_flaw(&flaws, "/code", "That is not the code.");
    if (!request_transact(request, read_proposed, w, error))
        return NULL;
    return w->right ? show_picture(request, w, &flaws, error)
                    : show(request, &flaws, error);
}

static Reply *
check_rate(const struct request *request, GError **error)
{
    char id[UUID_TEXT_SIZE];
    const struct rate_ask ask = { RATE_CODE_PERSON,
                                  uuid_format(request->caller.person, id) };
    return rate_check(request, &ask, 1, error);
}

static Reply *
enable_post(const struct request *request, GError **error)
{
    const char *code = account_input(request, "code");
    if (!code)
        return start(request, error);

    struct work w = { .request = request, .code = code };
    g_autoptr(GError) problem = NULL;
    Reply *reply = check_rate(request, &problem);
    if (!reply && !problem)
        reply = enable_with(request, &w, &problem);
    work_clear(&w);
    if (problem)
        g_propagate_error(error, g_steal_pointer(&problem));
    return reply;
}

/* --- off, or new recovery codes: both take a code ----------------------------------- */

static bool
disable(DbTx *tx, void *data, GError **error)
{
    struct work *w = data;
    struct uuid person = w->request->caller.person;

    if (!check_state(tx, w, error)
        || !second_use(tx, w->request, person, w->code, &w->right, error))
        return false;
    return !w->right
           || (db_execute(tx, SQL_TOTP_DISABLE, NULL, error, db_uuid(person))
               && audit_add(tx, w->request, person, "two_factor_off", NULL, error)
               && letter_change(tx, w->request, person, "two_factor_off", error));
}

static bool
renew(DbTx *tx, void *data, GError **error)
{
    struct work *w = data;
    struct uuid person = w->request->caller.person;

    g_clear_pointer(&w->codes, g_strfreev);
    if (!check_state(tx, w, error)
        || !second_use(tx, w->request, person, w->code, &w->right, error))
        return false;
    return !w->right
           || (second_renew_codes(tx, w->request, person, &w->codes, error)
               && audit_add(tx, w->request, person, "recovery_codes", NULL, error)
               && letter_change(tx, w->request, person, "recovery_codes", error));
}

static Reply *
with_code(const struct request *request, DbWork work, GError **error)
{
    const char *code = account_input(request, "code");
    struct work w = { .request = request, .code = code ? code : "" };
    struct account_flaws flaws = { .n = 0 };
    g_autoptr(GError) problem = NULL;

    Reply *reply = check_rate(request, &problem);
    if (!reply && !problem && request_transact(request, work, &w, &problem)) {
        if (!w.right) {
            audit_failure(request, request->caller.person, "code_wrong", NULL);
            account_flaw(&flaws, "/code", "That is not the code.");
            reply = show(request, &flaws, &problem);
        } else if (w.codes) {
            reply = show_codes(request, &w, &problem);
        } else {
            letter_ring(request);
            reply = request_is_api(request) ? reply_no_content()
                                            : reply_see_other(PAGE "?done=removed");
        }
    }
    work_clear(&w);
    if (problem)
        g_propagate_error(error, g_steal_pointer(&problem));
    return reply;
}

static Reply *
disable_post(const struct request *request, GError **error)
{
    return with_code(request, disable, error);
}

static Reply *
codes_post(const struct request *request, GError **error)
{
    return with_code(request, renew, error);
}

static const struct operation get_operation = {
    .id = "getTwoFactor",
    .summary = "Whether codes of a device are asked for",
    .tag = "Account",
    .answer = "TwoFactor",
};
static const struct operation enable_operation = {
    .id = "enableTwoFactor",
    .summary =
        "Without `code`: make a secret. With its first `code`: ask for codes from now on",
    .tag = "Account",
    .body = "TwoFactorCode",
    .if_match = true,
    .answer = "TwoFactorStep",
};
static const struct operation disable_operation = {
    .id = "disableTwoFactor",
    .summary = "Ask for no more codes",
    .tag = "Account",
    .body = "TwoFactorCode",
    .if_match = true,
    .status = 204,
};
static const struct operation codes_operation = {
    .id = "renewRecoveryCodes",
    .summary = "New recovery codes in place of the old ones",
    .tag = "Account",
    .body = "TwoFactorCode",
    .if_match = true,
    .answer = "TwoFactorStep",
};

#define BODY LIMIT_SMALL_FORM_BYTES

static const struct route routes[] = {
    { HTTP_GET, PAGE, WHO_PERSON, page_get, 0, NULL },
    { HTTP_POST, PAGE "/enable", WHO_PERSON, enable_post, BODY, NULL },
    { HTTP_POST, PAGE "/disable", WHO_PERSON, disable_post, BODY, NULL },
    { HTTP_POST, PAGE "/codes", WHO_PERSON, codes_post, BODY, NULL },
    { HTTP_GET, "/api/v1/portal/2fa", WHO_PERSON, api_get, 0, &get_operation },
    { HTTP_DELETE, "/api/v1/portal/2fa", WHO_PERSON, disable_post, BODY,
      &disable_operation },
    { HTTP_POST, "/api/v1/portal/2fa/enable", WHO_PERSON, enable_post, BODY,
      &enable_operation },
    { HTTP_POST, "/api/v1/portal/2fa/codes", WHO_PERSON, codes_post, BODY,
      &codes_operation },
};

const struct route_table account_second_routes = { routes, G_N_ELEMENTS(routes) };
