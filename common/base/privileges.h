/*
 * privileges: no process of ours runs as root.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* When we are root, become `user` for good: its groups, group and id. Otherwise nothing
   happens. ERR_DENIED with what to do where root has no user to become (NULL), or becomes
   no other. */
bool privileges_drop(const char *user, GError **error);
