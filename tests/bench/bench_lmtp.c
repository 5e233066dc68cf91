/*
 * bench_lmtp: deliver mail by LMTP over N connections as a pipelining MTA does: MAIL, RCPT
 * and DATA in one packet, then the message. With chunking=1 all of it in one, by BDAT.
 *
 *     bench_lmtp to=127.0.0.1:2424 rcpt=support@desk.example size=2048 connections=16
 *                seconds=5
 */
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/bench/load.h"

struct settings {
    const char *to, *recipient;
    size_t size;
    bool chunking;
};

struct connection {
    int fd;
    GString *envelope; /* up to DATA, or all */
    GString *message;  /* with its end; empty with BDAT */
    char input[4096];
    size_t got;
};

static void
send_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent < 0)
            load_fail("send: %m");
        bytes += sent;
        n -= (size_t)sent;
    }
}

/* Read one reply, all its lines; it must have this code. */
static void
expect(struct connection *c, const char *code)
{
    for (;;) {
        char *end = memmem(c->input, c->got, "\r\n", 2);
        if (!end) {
            ssize_t n = recv(c->fd, c->input + c->got, sizeof c->input - c->got, 0);
            if (n <= 0)
                load_fail("the server hung up");
            c->got += (size_t)n;
            continue;
        }
        bool last = c->input[3] == ' ';
        if (strncmp(c->input, code, 3) != 0)
            load_fail("expected %s, got %.*s", code, (int)(end - c->input), c->input);
        size_t n = (size_t)(end + 2 - c->input);
        memmove(c->input, end + 2, c->got - n);
        c->got -= n;
        if (last)
            return;
    }
}

static int
connect_unix(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        load_fail("%s: %m", path);
    return fd;
}

static int
connect_tcp(const char *to)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    const int on = 1;
    struct addrinfo *found = NULL;
    g_auto(GStrv) halves = g_strsplit(to, ":", 2);

    if (!halves[0] || !halves[1]
        || getaddrinfo(halves[0], halves[1], &hints, &found) != 0)
        load_fail("%s: expected host:port or unix:/path", to);
    int fd = socket(found->ai_family, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) != 0)
        load_fail("%s: %m", to);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    freeaddrinfo(found);
    return fd;
}

static void
write_mail(struct connection *c, const struct settings *settings, size_t thread)
{
    g_autofree char *mail = load_mail(settings->size, (unsigned)thread);
    c->message = g_string_new(NULL);
    c->envelope = g_string_new(NULL);
    g_string_append_printf(c->envelope,
                           "MAIL FROM:<ada@customer.example> SIZE=%zu\r\n"
                           "RCPT TO:<%s>\r\n",
                           settings->size, settings->recipient);
    if (settings->chunking)
        g_string_append_printf(c->envelope, "BDAT %zu LAST\r\n%s", settings->size, mail);
    else {
        g_string_append(c->envelope, "DATA\r\n");
        g_string_append_printf(c->message, "%s.\r\n", mail);
    }
}

static void *
open_connection(size_t thread, void *data)
{
    const struct settings *settings = data;
    struct connection *c = g_new0(struct connection, 1);
    bool is_unix = g_str_has_prefix(settings->to, "unix:");

    c->fd = is_unix ? connect_unix(settings->to + 5) : connect_tcp(settings->to);
    write_mail(c, settings, thread);
    expect(c, "220");
    send_all(c->fd, "LHLO bench.example\r\n", 20);
    expect(c, "250");
    return c;
}

static void
deliver_one(void *connection)
{
    struct connection *c = connection;
    send_all(c->fd, c->envelope->str, c->envelope->len);
    expect(c, "250");
    expect(c, "250");
    if (c->message->len > 0) {
        expect(c, "354");
        send_all(c->fd, c->message->str, c->message->len);
    }
    expect(c, "250");
}

static void
close_connection(void *connection)
{
    struct connection *c = connection;
    send_all(c->fd, "QUIT\r\n", 6);
    close(c->fd);
    g_string_free(c->envelope, TRUE);
    g_string_free(c->message, TRUE);
    g_free(c);
}

int
main(int argc, char **argv)
{
    (void)argc;
    struct settings settings = { .to = load_argument(argv, "to", NULL),
                                 .recipient =
                                     load_argument(argv, "rcpt", "support@desk.example"),
                                 .size = (size_t)load_number(argv, "size", "2048"),
                                 .chunking = load_number(argv, "chunking", "0") };
    const struct load load = {
        .connections = (size_t)load_number(argv, "connections", "1"),
        .seconds = g_ascii_strtod(load_argument(argv, "seconds", "5"), NULL),
        .open = open_connection,
        .turn = deliver_one,
        .close = close_connection,
        .data = &settings
    };
    long turns = 0;

    double rate = load_run(&load, &turns);
    printf("lmtp size=%zu connections=%zu messages=%ld rate=%.0f\n", settings.size,
           load.connections, turns, rate);
    return 0;
}
