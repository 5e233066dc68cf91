/* trace: the header lines that final delivery puts on top of a message (RFC 5321 §4.4). */
#pragma once

#include "maild/lmtp/message.h"

/* Return-Path, Delivered-To (the first of the tenant's recipients) and Received, with
   their CR LF. Owned by the caller. */
char *lmtp_trace_header(const LmtpMessage *message, struct uuid id, const char *address,
                        const struct lmtp_origin *origin);
