/*
 * refresh: a refresh token as it rests in the database.
 *
 * Some token servers hand out a new refresh token with each access token and forget the
 * old one, so the configured one is only the first of a line. The newest is kept sealed
 * with the installation's secret, together with the digest of the configured token that it
 * descends from: once the administrator configures another, the kept one no longer
 * matches, and gives way to it.
 */
#pragma once

#include <glib.h>

#include "common/base/config.h"

/* Seal `token`, which descends from the configured one. `label` says what it is for. */
GBytes *refresh_seal(const Config *config, const char *label, const char *configured,
                     const char *token);

/* The token in `sealed` (NULL: none), if it descends from the configured one; else NULL.
   Owned by the caller. */
char *refresh_open(const Config *config, const char *label, const char *configured,
                   GBytes *sealed);
