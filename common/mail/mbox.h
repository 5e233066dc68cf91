/*
 * mbox: mail as one file in the mboxrd form: a "From " line, the message with LF line ends
 * in which each line of '>'s and "From " gets one '>' more, an empty line. Taking one '>'
 * away again gives the message back, whatever it held.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "common/base/slice.h"

/* Append a message. `sender` is its reverse path; "" writes MAILER-DAEMON. */
void mbox_append(GString *mbox, const char *sender, int64_t time_us,
                 struct slice message);
