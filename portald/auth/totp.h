/*
 * totp: codes of six digits that change every 30 seconds (RFC 6238), from a secret of 20
 * bytes that the person's device and we share. A code is taken once: the counter of the
 * last one is kept, and only later ones count (RFC 6238 §5.2).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"

#define TOTP_SECRET_BYTES 20
#define TOTP_SECONDS 30

void totp_make_secret(uint8_t ret_secret[static TOTP_SECRET_BYTES]);

/* Whether `code` (six digits; spaces within do no harm) is that of `now_us`, or of a step
   beside it, and later than `last_counter` (0: none yet). *ret_counter is what to keep. */
bool totp_check(struct slice secret, const char *code, int64_t now_us,
                int64_t last_counter, int64_t *ret_counter);

/* What an authenticator reads from a picture, "otpauth://totp/…" (the form that Google
   Authenticator began with); owned by the caller. */
char *totp_uri(struct slice secret, const char *issuer, const char *account);

/* The secret for who has to type it, in groups of four; owned by the caller. */
char *totp_secret_text(struct slice secret);
