/* kept: how verbs show a raw mail that no ticket shows. */
#pragma once

#include <glib.h>
#include <jansson.h>

/* {"id", "tenant", "received_at", "size", "from", "reason"} in three lines. */
void kept_print_entry(const json_t *entry);

/* The head of its bytes, without what could steer a terminal. */
void kept_print_head(GBytes *raw);
