/* plan: which processes a configuration wants. */
#pragma once

#include <glib.h>

#include "maild/master.h"

struct plan_entry {
    char *name; /* "lmtp", "ingest/1", "imap/support" */
    const struct master_job *job;
    const void *subject; /* struct config_mailbox, borrowed from the configuration */
};

/* All of them, struct plan_entry, in the order to start them. */
GPtrArray *plan_make(const Config *config, const struct master_job *jobs);

/* The entry of this name; NULL if it isn't wanted. */
const struct plan_entry *plan_find(const GPtrArray *plan, const char *name);
