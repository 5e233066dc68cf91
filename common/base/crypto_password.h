/*
 * crypto_password: passwords as they may be stored: argon2id (RFC 9106) over libsodium, in
 * its own text form "$argon2id$v=19$m=…,t=…,p=1$salt$hash", which carries the parameters.
 *
 * A hash takes PASSWORD_MEMORY_BYTES for about 20 ms; whoever calls this for strangers
 * bounds how many run at once (portald/auth/password.h).
 */
#pragma once

#include <stdbool.h>

#include "common/base/slice.h"

/* 19 MiB and two passes: the least that OWASP names for argon2id, and what a thread of ours
   can be held for at every attempt of a stranger. */
#define PASSWORD_MEMORY_BYTES (19u << 20)
#define PASSWORD_PASSES 2

/* The text to store, owned by the caller; NULL when there is no memory for it now. */
char *crypto_password_hash(struct slice password);

/* Whether this is the password that `hash` was made of; false for a hash that is none. */
bool crypto_password_verify(const char *hash, struct slice password);

/* Whether `hash` was made with other parameters than now: make a new one at the next sign
   in, the only moment when the password is known. */
bool crypto_password_is_stale(const char *hash);
