/*
 * oauth: how a mailbox or a relay that wants XOAUTH2 is proven to be ours.
 *
 *     refresh token ─► POST token_url (RFC 6749 §6) ─► access token, for about an hour
 *                                                  └─► sometimes a new refresh token
 *
 * The caller keeps the access token in its process until it is stale, and stores a rotated
 * refresh token before it uses the access token that came with it. Nothing here is logged:
 * an error's message carries the server's error code and description, never a token.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/config.h"
#include "common/base/slice.h"

typedef struct OauthToken {
    char *access_token;
    int64_t expires_at_us;
    char *
        refresh_token; /* takes the place of the one that was sent; NULL: that one stays */
} OauthToken;

void oauth_token_free(OauthToken *token);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OauthToken, oauth_token_free)

/* Exchange a refresh token for an access token. ERR_DENIED when the server will not have
   this refresh token or this client any more: someone has to sign in again; ERR_RETRY for
   what may pass; ERR_REJECT for a token_url that is not allowed. */
OauthToken *oauth_refresh(const struct config_auth *auth, const char *refresh_token,
                          GError **error);

/* Read the token endpoint's answer (RFC 6749 §5.1, §5.2). Pure. Errors as above. */
OauthToken *oauth_read_answer(long status, struct slice body, int64_t now_us,
                              GError **error);

/* True while the token holds for at least a minute. NULL is stale. */
bool oauth_is_fresh(const OauthToken *token, int64_t now_us);

/* The SASL XOAUTH2 initial response, in base64; owned by the caller. */
char *oauth_format_xoauth2(const char *user, const char *access_token);
