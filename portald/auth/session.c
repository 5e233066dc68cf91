/* session: the cookie of a browser that is signed in; declared in caller.h. */
#include <string.h>

#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/auth/audit.h"
#include "portald/auth/caller.h"
#include "portald/auth/device.h"
#include "portald/auth/scope.h"

#define TOKEN_BYTES 32

/* __Host-: only this host set it, for the whole of it, over TLS (RFC 6265bis §4.1.3.2). */
static char *
cookie_name(const struct request *request, const char *name)
{
    return g_strconcat(request->is_https ? "__Host-" : "", name, NULL);
}

void
cookie_set(const struct request *request, Reply *reply, const char *name,
           const char *value, int64_t max_age)
{
    g_autofree char *full = cookie_name(request, name);
    g_autofree char *field = g_strdup_printf(
        "%s=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%" G_GINT64_FORMAT "%s", full,
        value ? value : "", max_age, request->is_https ? "; Secure" : "");
    reply_add(reply, "Set-Cookie", field);
}

const char *
cookie_get(const struct request *request, const char *name)
{
    g_autofree char *full = cookie_name(request, name);
    return request_cookie(request, full);
}

const char *
session_cookie(const struct request *request)
{
    return request->is_https ? "__Host-session" : "session";
}

bool
session_begin(DbTx *tx, const struct request *request, struct uuid person,
              const char *proof, Reply *reply, GError **error)
{
    uint8_t bytes[TOKEN_BYTES];
    crypto_random(bytes, sizeof bytes);
    g_autofree char *token = crypto_base32(bytes, sizeof bytes);
    struct sha256 digest = crypto_sha256(slice_from(token));
    g_autofree char *device = device_label(request_header(request, "User-Agent"));

    if (!db_execute(tx, SQL_SESSION_ADD, NULL, error, db_uuid(uuid_make()),
                    db_uuid(person),
                    db_bytes((struct slice){ (const char *)digest.b, SHA256_SIZE }),
                    db_text(device), db_text(request->peer), db_int(LIMIT_SESSION_DAYS),
                    db_text(proof)))
        return false;
    cookie_set(request, reply, "session", token,
               LIMIT_SESSION_DAYS * CLOCK_DAY / CLOCK_SECOND);
    return true;
}

static bool
end_and_record(DbTx *tx, void *data, GError **error)
{
    const struct request *request = data;
    return db_execute(tx, SQL_SESSION_END, NULL, error, db_uuid(request->caller.session))
           && audit_add(tx, request, request->caller.person, "sign_out", NULL, error);
}

bool
session_end(const struct request *request, GError **error)
{
    return request->caller.proof != PROOF_COOKIE
           || request_transact(request, end_and_record, (void *)(uintptr_t)request,
                               error);
}

void
session_forget(const struct request *request, Reply *reply)
{
    cookie_set(request, reply, "session", "", 0);
    reply_set(reply, "Clear-Site-Data", "\"cache\", \"storage\"");
}
