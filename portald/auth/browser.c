#include "portald/auth/browser.h"

#include "common/base/autoptr.h"
#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/auth/caller.h"
#include "portald/auth/device.h"
#include "portald/auth/letter.h"
#include "portald/auth/next.h"
#include "portald/auth/token.h"

#define SIGN_IN_COOKIE "sign-in"
#define DEVICE_COOKIE "device"
#define DEVICE_DAYS 400 /* browsers keep no cookie for longer (RFC 6265bis §5.5) */

const char *
browser_token(const struct request *request)
{
    const char *token = cookie_get(request, SIGN_IN_COOKIE);
    return token && token_has_form(slice_from(token), TOKEN_LINK_PREFIX) ? token : NULL;
}

void
browser_remember(const struct request *request, Reply *reply, const char *token)
{
    cookie_set(request, reply, SIGN_IN_COOKIE, token,
               token ? LIMIT_SIGN_IN_MINUTES * 60 : 0);
}

static bool
tell_of_device(DbTx *tx, const struct sign_in_end *end, const char *label, GError **error)
{
    g_autofree char *at = clock_format_rfc3339(clock_now_us());
    return letter_send(tx, end->request, "new_device", end->sign_in->person,
                       end->sign_in->address,
                       json_pack("{s:s, s:s, s:s}", "device", label, "peer",
                                 end->request->peer, "at", at),
                       error);
}

static bool
see_device(DbTx *tx, const struct sign_in_end *end, GError **error)
{
    const char *cookie = cookie_get(end->request, DEVICE_COOKIE);
    bool has_one = cookie && token_has_form(slice_from(cookie), TOKEN_LINK_PREFIX);
    g_autofree char *token = has_one ? g_strdup(cookie) : token_make(TOKEN_LINK_PREFIX);
    struct sha256 digest = token_digest(slice_from(token));
    g_autofree char *label = device_label(request_header(end->request, "User-Agent"));
    g_autoptr(DbRows) rows = db_query(
        tx, SQL_DEVICE_SEE, error, db_uuid(end->sign_in->person),
        db_bytes((struct slice){ (const char *)digest.b, SHA256_SIZE }), db_text(label));
    if (!rows)
        return false;
    cookie_set(end->request, end->reply, DEVICE_COOKIE, token,
               DEVICE_DAYS * CLOCK_DAY / CLOCK_SECOND);
    bool is_new = db_get_bool(rows, 0, 0), has_others = db_get_bool(rows, 0, 1);
    return !is_new || !has_others || tell_of_device(tx, end, label, error);
}

bool
browser_begin(DbTx *tx, struct sign_in_end *end, const char *proof, GError **error)
{
    end->reply = reply_see_other(next_or_home(end->sign_in->next));
    browser_remember(end->request, end->reply, NULL);
    return session_begin(tx, end->request, end->sign_in->person, proof, end->reply, error)
           && see_device(tx, end, error);
}
