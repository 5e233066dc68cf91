/*
 * sockets: the listening sockets, owned by the master, so that they outlive each lmtp
 * process: who connects while one is replaced waits in the backlog and is not refused.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Sockets {
    char **endpoints; /* as in the configuration */
    int *fds;         /* in their order, ended by -1; non-blocking */
} Sockets;

/* Listen at each endpoint, "unix:/path" or "host:port"; an endpoint that `old` (may be
   NULL) has too is taken over from it without a gap. A unix socket that nobody serves any
   more is replaced; it is open to every user of this host (its folder guards it).
   ERR_BUG with what to do when one can't be had. */
Sockets *sockets_open(char **endpoints, const Sockets *old, GError **error);

/* Close; queues go on in those that took over. */
void sockets_free(Sockets *sockets);

/* Remove the unix sockets of `sockets` that `kept` (may be NULL) has not. */
void sockets_remove(const Sockets *sockets, const Sockets *kept);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sockets, sockets_free)
