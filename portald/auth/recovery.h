/*
 * recovery: codes on paper for who lost the device that makes the others. Ten of them, 50
 * bits each, every one good once. What is kept is an HMAC under the installation's secret:
 * short as they are, nobody finds them from the table alone.
 */
#pragma once

#include "common/base/crypto.h"
#include "common/base/slice.h"

/* A new code, "abcde-fghij"; owned by the caller. */
char *recovery_make(void);

/* What is stored of it; spaces, dashes and case of what was typed do not matter. */
struct sha256 recovery_digest(struct slice secret, const char *code);
