/*
 * inspect: what we make of a mail, as one JSON object: for people who wonder, and for
 * scores. `maild inspect` prints it.
 */
#pragma once

#include "common/mail/mail.h"

/* The object on one line, without a newline; strict UTF-8; owned by the caller. NULL with
   error only when mail_parse fails. `options` may be NULL. */
char *mail_inspect(struct slice raw, const struct mail_options *options, GError **error);
