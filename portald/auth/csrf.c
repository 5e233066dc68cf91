#include "portald/auth/csrf.h"

#include <string.h>

#include "common/base/crypto.h"
#include "common/base/error.h"

char *
csrf_token(struct slice secret, struct uuid session)
{
    static const char label[] = "portal csrf ";
    uint8_t text[sizeof label - 1 + sizeof session.b];

    memcpy(text, label, sizeof label - 1);
    memcpy(text + sizeof label - 1, session.b, sizeof session.b);
    struct sha256 mac =
        crypto_hmac(secret, (struct slice){ (const char *)text, sizeof text });
    return crypto_base32(mac.b, 20);
}

/* Browsers say where a request comes from, and pages can't forge it. */
static bool
comes_from_elsewhere(const struct request *request)
{
    const char *site = request_header(request, "Sec-Fetch-Site");
    const char *origin = request_header(request, "Origin");

    if (site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
        return true;
    return origin && strcmp(origin, request->origin) != 0;
}

bool
csrf_check(const struct request *request, GError **error)
{
    const struct caller *caller = &request->caller;

    if (request_is_safe(request) || caller->proof == PROOF_BEARER
        || caller->proof == PROOF_KEY)
        return true;
    if (comes_from_elsewhere(request))
        return error_set(error, ERR_DENIED, "this was sent from another site");
    if (caller->proof != PROOF_COOKIE)
        return true;
    const char *given = request_header(request, "X-CSRF-Token");
    if (!given)
        given = request_field(request, "csrf");
    if (given && crypto_equal(slice_from(given), slice_from(caller->csrf)))
        return true;
    return error_set(error, ERR_DENIED,
                     "this form is too old, or not one of ours: open the page again");
}
