/*
 * join: whoever a mail was sent to beside the desk takes part in its conversation.
 */
#pragma once

#include "maild/ingest/reading.h"

/* Everybody in To and Cc but the desk and the author reads along from now on: customers as
   Cc, agents as watchers; at most LIMIT_NEW_PARTICIPANTS. A machine's mail brings nobody. */
bool join_others(const Reading *reading, struct uuid conversation, const Person *author,
                 GError **error);
