#include "common/base/peers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "common/base/error.h"

/* Everything as IPv6; IPv4 lives at ::ffff:0:0/96. */
struct block {
    struct in6_addr address;
    unsigned bits;
};

struct Peers {
    GArray *blocks;
};

static struct in6_addr
map_ipv4(struct in_addr address)
{
    struct in6_addr mapped = { 0 };
    mapped.s6_addr[10] = mapped.s6_addr[11] = 0xff;
    memcpy(mapped.s6_addr + 12, &address, sizeof address);
    return mapped;
}

/* The address, and how many bits of the 128 stand before its own. */
static bool
read_address(const char *text, struct in6_addr *ret_address, unsigned *ret_before)
{
    struct in_addr ipv4 = { 0 };
    if (inet_pton(AF_INET, text, &ipv4) == 1) {
        *ret_address = map_ipv4(ipv4);
        *ret_before = 96;
        return true;
    }
    *ret_before = 0;
    return inet_pton(AF_INET6, text, ret_address) == 1;
}

static bool
is_within(const struct in6_addr *address, const struct block *block)
{
    unsigned whole = block->bits / 8, rest = block->bits % 8;
    if (memcmp(address, &block->address, whole) != 0)
        return false;
    unsigned mask = 0xffu << (8 - rest) & 0xffu;
    return rest == 0
           || ((address->s6_addr[whole] ^ block->address.s6_addr[whole]) & mask) == 0;
}

static bool
read_block(const char *text, struct block *ret_block)
{
    g_auto(GStrv) halves = g_strsplit(text, "/", 2);
    guint64 bits = 0;
    unsigned before = 0;

    if (!halves[0] || !read_address(halves[0], &ret_block->address, &before))
        return false;
    ret_block->bits = 128;
    if (!halves[1])
        return true;
    if (!g_ascii_string_to_unsigned(halves[1], 10, 0, 128 - before, &bits, NULL))
        return false;
    ret_block->bits = before + (unsigned)bits;
    return true;
}

Peers *
peers_new(char *const *blocks, GError **error)
{
    g_autoptr(Peers) peers = g_new0(Peers, 1);
    peers->blocks = g_array_new(FALSE, FALSE, sizeof(struct block));
    for (size_t i = 0; blocks && blocks[i]; i++) {
        struct block block = { 0 };
        if (!read_block(blocks[i], &block)) {
            error_set(error, ERR_REJECT,
                      "%s is no address and no network, expected for example 10.0.0.0/8",
                      blocks[i]);
            return NULL;
        }
        g_array_append_val(peers->blocks, block);
    }
    return g_steal_pointer(&peers);
}

void
peers_free(Peers *peers)
{
    if (!peers)
        return;
    g_array_unref(peers->blocks);
    g_free(peers);
}

/* False for a family that has no IP address. */
static bool
address_of(const struct sockaddr *address, struct in6_addr *ret_address)
{
    if (address->sa_family == AF_INET)
        *ret_address =
            map_ipv4(((const struct sockaddr_in *)(const void *)address)->sin_addr);
    else if (address->sa_family == AF_INET6)
        *ret_address = ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    else
        return false;
    return true;
}

bool
peers_allow(const Peers *peers, const struct sockaddr *address)
{
    struct in6_addr ip = { 0 };
    if (!address_of(address, &ip))
        return false;
    for (size_t i = 0; i < peers->blocks->len; i++)
        if (is_within(&ip, &g_array_index(peers->blocks, struct block, i)))
            return true;
    return false;
}

char *
peer_name(const struct sockaddr *address)
{
    char text[INET6_ADDRSTRLEN] = "";
    struct in6_addr ip = { 0 };

    if (!address_of(address, &ip))
        return g_strdup("unix");
    if (IN6_IS_ADDR_V4MAPPED(&ip))
        inet_ntop(AF_INET, ip.s6_addr + 12, text, sizeof text);
    else
        inet_ntop(AF_INET6, &ip, text, sizeof text);
    return g_strdup(text);
}
