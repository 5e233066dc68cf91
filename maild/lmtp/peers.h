/* peers: which addresses may connect by TCP (RFC 4632 notation, both families). */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/socket.h>

typedef struct LmtpPeers LmtpPeers;

/* From "10.0.0.0/8", "::1", …; NULL-terminated. ERR_REJECT names the first that is neither.
   Bits behind the prefix don't count. */
LmtpPeers *lmtp_peers_new(char *const *blocks, GError **error);
void lmtp_peers_free(LmtpPeers *peers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LmtpPeers, lmtp_peers_free)

/* Whether this address is in one of the blocks. An IPv4 address in IPv6's clothes
   (::ffff:10.0.0.1) is taken for what it is. */
bool lmtp_peers_allow(const LmtpPeers *peers, const struct sockaddr *address);

/* The address as text; "unix" for a local socket. Owned by the caller. */
char *lmtp_peer_name(const struct sockaddr *address);
