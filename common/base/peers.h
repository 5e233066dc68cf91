/* peers: which addresses may connect by TCP (RFC 4632 notation, both families). */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/socket.h>

typedef struct Peers Peers;

/* From "10.0.0.0/8", "::1", …; NULL-terminated. ERR_REJECT names the first that is neither.
   Bits behind the prefix don't count. */
Peers *peers_new(char *const *blocks, GError **error);
void peers_free(Peers *peers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Peers, peers_free)

/* Whether this address is in one of the blocks. An IPv4 address in IPv6's clothes
   (::ffff:10.0.0.1) is taken for what it is. */
bool peers_allow(const Peers *peers, const struct sockaddr *address);

/* The address as text; "unix" for a local socket. Owned by the caller. */
char *peer_name(const struct sockaddr *address);
