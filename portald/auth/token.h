/*
 * token: secrets that a program or a browser carries: what they look like, and the digest
 * that we keep in their place.
 *
 *     <prefix><52 characters of base32>      32 random bytes, "pk_…" an API key, "pr_…" a
 *                                            refresh token, without prefix in a link
 *
 * The prefix lets a reader (and a scanner for leaked secrets) tell what it is.
 */
#pragma once

#include <stdbool.h>

#include "common/base/crypto.h"
#include "common/base/slice.h"

#define TOKEN_KEY_PREFIX "pk_"
#define TOKEN_REFRESH_PREFIX "pr_"
#define TOKEN_LINK_PREFIX ""
#define TOKEN_CHARS 52 /* behind the prefix */

/* A new one, owned by the caller. */
char *token_make(const char *prefix);

/* Whether the text has the form of such a token. */
bool token_has_form(struct slice text, const char *prefix);

/* What is stored of it. */
struct sha256 token_digest(struct slice token);

/* The credentials of "Authorization: Bearer …" (RFC 6750 §2.1); the scheme in either case.
   False for another scheme, or for what is no b64token. */
bool token_of_bearer(const char *authorization, struct slice *ret_token);

/* A short code that a person reads off one screen and types on another: eight characters
   without vowels and without those that are taken for others, "BCDF-GHJK", of an HMAC over
   `what`. Owned by the caller. */
char *token_code(struct slice key, const char *label, struct slice what);

/* Whether what was typed is that code: case, spaces and dashes do not matter. */
bool token_code_is(const char *typed, const char *code);
