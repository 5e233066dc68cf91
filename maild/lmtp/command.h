/* command: one LMTP command line, without its CR LF, as an event. Pure. */
#pragma once

#include "maild/lmtp/protocol.h"

/* Never fails: a line that is no command gives LMTP_BAD, a malformed BDAT LMTP_HANG_UP. */
void lmtp_command_parse(struct slice line, struct lmtp_event *ret_event);
