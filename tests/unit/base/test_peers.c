#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "common/base/error.h"
#include "common/base/peers.h"

union address {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
    struct sockaddr_un local;
};

static union address
read_address(const char *text)
{
    union address address = { .ipv4.sin_family = AF_INET };
    if (inet_pton(AF_INET, text, &address.ipv4.sin_addr) == 1)
        return address;
    address = (union address){ .ipv6.sin6_family = AF_INET6 };
    assert_int_equal(inet_pton(AF_INET6, text, &address.ipv6.sin6_addr), 1);
    return address;
}

static void
test_allow(void **state)
{
    static const struct {
        const char *blocks, *address;
        bool want;
    } cases[] = {
        { "127.0.0.1", "127.0.0.1", true },
        { "127.0.0.1", "127.0.0.2", false },
        { "10.0.0.0/8", "10.255.0.1", true },
        { "10.0.0.0/8", "11.0.0.1", false },
        { "10.1.2.3/8", "10.255.0.1", true }, /* bits behind the prefix don't count */
        { "192.168.4.0/22", "192.168.7.255", true },
        { "192.168.4.0/22", "192.168.8.0", false },
        { "0.0.0.0/0", "8.8.8.8", true },
        { "0.0.0.0/0", "2001:db8::1", false },
        { "::/0", "2001:db8::1", true },
        { "2001:db8::/33", "2001:db8:7fff::1", true },
        { "2001:db8::/33", "2001:db8:8000::1", false },
        { "::1", "::1", true },
        { "::1", "::2", false },
        { "10.0.0.0/8", "::ffff:10.0.0.1", true },
        { "10.0.0.0/8", "::ffff:11.0.0.1", false },
        { "1.2.3.4 ::1 10.0.0.0/8", "10.9.8.7", true },
        { "", "127.0.0.1", false },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(GStrv) blocks = g_strsplit(cases[i].blocks, " ", -1);
        if (!*cases[i].blocks)
            g_clear_pointer(&blocks, g_strfreev);
        g_autoptr(Peers) peers = peers_new(blocks, NULL);
        union address address = read_address(cases[i].address);
        assert_non_null(peers);
        if (peers_allow(peers, &address.any) != cases[i].want)
            fail_msg("%s in %s", cases[i].address, cases[i].blocks);
    }
}

static void
test_refuses(void **state)
{
    static const char *const cases[] = { "localhost",    "10.0.0.0/33",
                                         "10.0.0.0/-1",  "10.0.0.0/",
                                         "::1/129",      "10.0.0/8",
                                         "10.0.0.0/8/8", "" };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *const blocks[] = { (char *)cases[i], NULL };
        g_autoptr(GError) error = NULL;
        assert_null(peers_new(blocks, &error));
        assert_true(error_is(error, ERR_REJECT));
    }
}

static void
test_name(void **state)
{
    static const struct {
        const char *address, *want;
    } cases[] = {
        { "10.0.0.1", "10.0.0.1" },
        { "::ffff:10.0.0.1", "10.0.0.1" },
        { "2001:db8::1", "2001:db8::1" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        union address address = read_address(cases[i].address);
        g_autofree char *name = peer_name(&address.any);
        assert_string_equal(name, cases[i].want);
    }
    union address local = { .local.sun_family = AF_UNIX };
    g_autofree char *name = peer_name(&local.any);
    assert_string_equal(name, "unix");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allow),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
