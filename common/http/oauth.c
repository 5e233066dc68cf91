#include "common/http/oauth.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/http/http.h"

/* RFC 6749 §5.1 only recommends expires_in; an hour is what those that leave it out use.
   One that is too long costs a refused login, after which the token is asked for anew. */
#define LIFETIME_DEFAULT_S 3600
#define LIFETIME_LONGEST_S (24 * 3600)

void
oauth_token_free(OauthToken *token)
{
    if (!token)
        return;
    g_free(token->access_token);
    g_free(token->refresh_token);
    g_free(token);
}

/* Tokens are visible ASCII (RFC 6749 §A.12, §A.17); they go into a SASL message whose
   parts are divided by a control character. */
static bool
is_token(const char *text)
{
    if (!text || !*text)
        return false;
    for (; *text; text++)
        if (*text < 0x20 || *text > 0x7e)
            return false;
    return true;
}

static const char *
text_member(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* Some servers write the number as a string. */
static int64_t
read_lifetime(const json_t *expires_in)
{
    int64_t seconds = LIFETIME_DEFAULT_S;
    if (json_is_integer(expires_in))
        seconds = json_integer_value(expires_in);
    else if (json_is_string(expires_in))
        seconds = g_ascii_strtoll(json_string_value(expires_in), NULL, 10);
    return CLAMP(seconds, 0, LIFETIME_LONGEST_S);
}

/* Not more than a line, and still UTF-8. */
static char *
shorten(const char *text)
{
    return g_utf8_make_valid(text, (gssize)strnlen(text, 200));
}

static bool
refuse(long status, const json_t *answer, GError **error)
{
    static const char *const final[] = { "invalid_grant",        "invalid_client",
                                         "unauthorized_client",  "unsupported_grant_type",
                                         "interaction_required", "consent_required",
                                         "invalid_scope",        NULL };
    const char *code = text_member(answer, "error");
    const char *description = text_member(answer, "error_description");

    bool denied = code && g_strv_contains(final, code);
    g_autofree char *words = shorten(description ? description : "");
    return error_set(error, denied ? ERR_DENIED : ERR_RETRY,
                     "token server: %s (status %ld)%s%s%s", code ? code : "no token",
                     status, *words ? ": " : "", words,
                     denied ? "; sign in again and store the new refresh token" : "");
}

OauthToken *
oauth_read_answer(long status, struct slice body, int64_t now_us, GError **error)
{
    g_autoptr(json_t) answer = json_loadb(body.p ? body.p : "", body.n, 0, NULL);
    const char *access = text_member(answer, "access_token");
    const char *type = text_member(answer, "token_type");
    const char *refresh = text_member(answer, "refresh_token");

    if (status != 200 || !access) {
        refuse(status, answer, error);
        return NULL;
    }
    if (!is_token(access) || (refresh && !is_token(refresh))
        || (type && g_ascii_strcasecmp(type, "bearer") != 0)) {
        error_set(error, ERR_RETRY, "token server: an answer that can't be used");
        return NULL;
    }
    OauthToken *token = g_new0(OauthToken, 1);
    token->access_token = g_strdup(access);
    token->refresh_token = g_strdup(refresh);
    token->expires_at_us =
        now_us + read_lifetime(json_object_get(answer, "expires_in")) * CLOCK_SECOND;
    return token;
}

OauthToken *
oauth_refresh(const struct config_auth *auth, const char *refresh_token, GError **error)
{
    const struct http_field fields[] = {
        { "grant_type", "refresh_token" }, { "refresh_token", refresh_token },
        { "client_id", auth->client_id },  { "client_secret", auth->client_secret },
        { "scope", auth->scope },          { NULL, NULL },
    };
    g_autofree char *form = http_format_form(fields);
    const struct http_request request = {
        .url = auth->token_url,
        .form = form,
        .ca_file = auth->token_ca_file,
        .timeout_us = LIMIT_TOKEN_SECONDS * CLOCK_SECOND,
        .max_bytes = LIMIT_TOKEN_BYTES,
    };
    g_autoptr(HttpAnswer) answer = http_send(&request, error);
    if (!answer)
        return NULL;

    struct slice body = { (const char *)answer->body->data, answer->body->len };
    g_autoptr(OauthToken) token =
        oauth_read_answer(answer->status, body, clock_now_us(), error);
    if (token && g_strcmp0(token->refresh_token, refresh_token) == 0)
        g_clear_pointer(&token->refresh_token, g_free);
    return g_steal_pointer(&token);
}

bool
oauth_is_fresh(const OauthToken *token, int64_t now_us)
{
    return token && token->expires_at_us - now_us >= CLOCK_MINUTE;
}

char *
oauth_format_xoauth2(const char *user, const char *access_token)
{
    g_autofree char *plain =
        g_strdup_printf("user=%s\001auth=Bearer %s\001\001", user, access_token);
    return g_base64_encode((const guchar *)plain, strlen(plain));
}
