/*
 * bench_http: GET one path again and again over N kept connections; answers a second, and
 * how long they took.
 *
 *     bench_http port=8080 path=/tickets/1 header='Cookie: session=…' connections=16 seconds=5
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/load.h"

#define ANSWER_BYTES (8u << 20)

struct settings {
    uint16_t port;
    char *request;
};

struct connection {
    const struct settings *settings;
    int fd;
    char *answer;
    GArray *took; /* of double, milliseconds */
};

static GMutex lock;
static GArray *all_took;

static int
connect_to(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        load_fail("can't connect to port %u", port);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static void *
open_connection(size_t thread, void *data)
{
    struct connection *c = g_new0(struct connection, 1);

    (void)thread;
    c->settings = data;
    c->fd = connect_to(c->settings->port);
    c->answer = g_malloc(ANSWER_BYTES);
    c->took = g_array_new(FALSE, FALSE, sizeof(double));
    return c;
}

/* How long the whole answer is, once its header is there; 0: not yet. */
static size_t
whole_length(const char *answer, size_t n)
{
    const char *end = memmem(answer, n, "\r\n\r\n", 4);
    const char *length = end ? strcasestr(answer, "\r\ncontent-length:") : NULL;

    if (!end)
        return 0;
    if (!length || length > end)
        load_fail("an answer without a length");
    return (size_t)(end - answer) + 4 + strtoul(length + 17, NULL, 10);
}

static double
now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
get_one(void *connection)
{
    struct connection *c = connection;
    size_t n = 0, whole = 0;
    double start = now_ms();

    if (send(c->fd, c->settings->request, strlen(c->settings->request), MSG_NOSIGNAL) < 0)
        load_fail("the server has hung up");
    while (whole == 0 || n < whole) {
        ssize_t got = recv(c->fd, c->answer + n, ANSWER_BYTES - n - 1, 0);
        if (got <= 0)
            load_fail("the server has hung up");
        n += (size_t)got;
        c->answer[n] = '\0';
        if (whole == 0)
            whole = whole_length(c->answer, n);
    }
    if (strncmp(c->answer, "HTTP/1.1 200", 12) != 0)
        load_fail("%.300s", c->answer);
    double took = now_ms() - start;
    g_array_append_val(c->took, took);
}

static void
close_connection(void *connection)
{
    struct connection *c = connection;

    close(c->fd);
    g_mutex_lock(&lock);
    g_array_append_vals(all_took, c->took->data, c->took->len);
    g_mutex_unlock(&lock);
    g_array_unref(c->took);
    g_free(c->answer);
    g_free(c);
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double
percentile(double p)
{
    if (all_took->len == 0)
        return 0;
    return g_array_index(all_took, double, (guint)(p * (all_took->len - 1)));
}

int
main(int argc, char **argv)
{
    struct settings settings = { .port = (uint16_t)load_number(argv, "port", NULL) };
    struct load load = {
        .connections = (size_t)load_number(argv, "connections", "1"),
        .seconds = g_ascii_strtod(load_argument(argv, "seconds", "3"), NULL),
        .open = open_connection,
        .turn = get_one,
        .close = close_connection,
        .data = &settings,
    };
    (void)argc;
    settings.request = g_strdup_printf(
        "GET %s HTTP/1.1\r\nHost: desk.example\r\nAccept: text/html\r\n%s\r\n\r\n",
        load_argument(argv, "path", NULL), load_argument(argv, "header", "X-Bench: 1"));
    all_took = g_array_new(FALSE, FALSE, sizeof(double));

    long turns = 0;
    double rate = load_run(&load, &turns);
    qsort(all_took->data, all_took->len, sizeof(double), compare);
    printf("rate=%.1f p50=%.2f p99=%.2f\n", rate, percentile(0.5), percentile(0.99));
    g_array_unref(all_took);
    g_free(settings.request);
    return 0;
}
