/*
 * token: the access token of a relay that wants XOAUTH2, for this process.
 */
#pragma once

#include "common/base/config.h"
#include "common/db/db.h"
#include "common/http/oauth.h"

/* Exchange the relay's refresh token for an access token. Senders take turns, so that none
   uses a refresh token that another has just made worthless; a new one is stored, durably,
   before the access token that came with it is used. Errors as oauth_refresh. */
OauthToken *token_get(Db *db, const Config *config, const struct config_auth *auth,
                      GError **error);
