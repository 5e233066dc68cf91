#include "maild/imap/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <libetpan/mailstream.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "maild/imap/guard.h"

#define SLICE_US                                                                         \
    (4 * CLOCK_SECOND) /* the job says that it is alive at least this often */
#define BUFFER_BYTES (64u << 10)

struct Stream {
    char *host;
    int fd;
    int stop_fd;
    void (*alive)(void *data);
    void *alive_data;
    int64_t deadline_us; /* on the clock of clock_ticks_us */
    struct guard guard;
    GError *error;
    bool broken;
    mailstream *mailstream;
    char *ca_file;
    gnutls_certificate_credentials_t credentials;
    gnutls_session_t tls; /* NULL: plain */
};

static mailstream_low_driver driver;

/* --- waiting ---------------------------------------------------------------------- */

/* Wait for events on the socket, in slices. *ret_ready is false at until_us. */
static bool
wait_until(Stream *s, short events, int64_t until_us, bool *ret_ready, GError **error)
{
    for (;;) {
        s->alive(s->alive_data);
        int64_t left = MAX(until_us - clock_ticks_us(), 0);
        struct pollfd fds[] = { { .fd = s->fd, .events = events },
                                { .fd = s->stop_fd, .events = POLLIN } };
        int ready = poll(fds, 2, (int)((MIN(left, SLICE_US) + 999) / 1000));
        if (ready < 0 && errno != EINTR)
            return error_set(error, ERR_RETRY, "poll: %s", g_strerror(errno));
        if (ready > 0 && fds[1].revents)
            return error_set(error, ERR_RETRY, "told to stop");
        if (ready > 0 || left == 0) {
            *ret_ready = ready > 0;
            return true;
        }
    }
}

static bool
wait_or_fail(Stream *s, short events, GError **error)
{
    bool ready = false;
    if (!wait_until(s, events, s->deadline_us, &ready, error))
        return false;
    return ready || error_set(error, ERR_RETRY, "the server takes too long");
}

void
stream_arm(Stream *s, int64_t seconds, uint64_t literal_bytes)
{
    s->deadline_us = clock_ticks_us() + seconds * CLOCK_SECOND;
    guard_allow(&s->guard, LIMIT_IMAP_ANSWER_BYTES, literal_bytes);
}

GError *
stream_take_error(Stream *s)
{
    return g_steal_pointer(&s->error);
}

bool
stream_wait(Stream *s, int64_t timeout_us, bool *ret_input, GError **error)
{
    if (s->mailstream->read_buffer_len > 0
        || (s->tls && gnutls_record_check_pending(s->tls) > 0)) {
        *ret_input = true;
        return true;
    }
    return wait_until(s, POLLIN, clock_ticks_us() + timeout_us, ret_input, error);
}

/* --- TCP -------------------------------------------------------------------------- */

static bool
connect_to(Stream *s, const struct addrinfo *address, GError **error)
{
    int failure = 0, one = 1;
    socklen_t n = sizeof failure;

    stream_arm(s, LIMIT_IMAP_CONNECT_SECONDS, 0);
    s->fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->fd < 0)
        return error_set(error, ERR_RETRY, "socket: %s", g_strerror(errno));
    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(s->fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    if (connect(s->fd, address->ai_addr, address->ai_addrlen) == 0)
        return true;
    if (errno != EINPROGRESS)
        return error_set(error, ERR_RETRY, "connect: %s", g_strerror(errno));
    if (!wait_or_fail(s, POLLOUT, error))
        return false;
    getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &failure, &n);
    return failure == 0
           || error_set(error, ERR_RETRY, "connect: %s", g_strerror(failure));
}

static bool
connect_to_any(Stream *s, const struct addrinfo *addresses, GError **error)
{
    for (const struct addrinfo *a = addresses; a; a = a->ai_next) {
        g_clear_error(error);
        if (connect_to(s, a, error))
            return true;
        if (s->fd >= 0)
            close(s->fd);
        s->fd = -1;
    }
    return false;
}

Stream *
stream_connect(const struct stream_options *options, GError **error)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
                                    .ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV };
    struct addrinfo *addresses = NULL;
    g_autoptr(GError) failure = NULL;
    g_autofree char *port = g_strdup_printf("%u", options->port);

    int code = getaddrinfo(options->host, port, &hints, &addresses);
    if (code != 0) {
        error_set(error, ERR_RETRY, "%s: %s", options->host, gai_strerror(code));
        return NULL;
    }
    g_autoptr(Stream) s = g_new0(Stream, 1);
    s->fd = -1;
    s->host = g_strdup(options->host);
    s->ca_file = g_strdup(options->ca_file);
    s->stop_fd = options->stop_fd;
    s->alive = options->alive;
    s->alive_data = options->alive_data;

    bool connected = connect_to_any(s, addresses, &failure);
    freeaddrinfo(addresses);
    stream_arm(s, LIMIT_IMAP_SECONDS, 0);
    if (!connected) {
        g_propagate_prefixed_error(error, g_steal_pointer(&failure),
                                   "%s:%s: ", options->host, port);
        return NULL;
    }
    s->mailstream = mailstream_new(mailstream_low_new(s, &driver), BUFFER_BYTES);
    return g_steal_pointer(&s);
}

void
stream_free(Stream *s)
{
    if (!s)
        return;
    if (s->mailstream)
        mailstream_close(s->mailstream);
    if (s->tls)
        gnutls_deinit(s->tls);
    if (s->credentials)
        gnutls_certificate_free_credentials(s->credentials);
    if (s->fd >= 0)
        close(s->fd);
    g_clear_error(&s->error);
    g_free(s->host);
    g_free(s->ca_file);
    g_free(s);
}

/* --- TLS -------------------------------------------------------------------------- */

static bool
tls_error(Stream *s, int code, GError **error)
{
    gnutls_datum_t reason = { NULL, 0 };
    unsigned status = s->tls ? gnutls_session_get_verify_cert_status(s->tls) : 0;

    if (code != GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR
        || gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &reason,
                                                        0)
               != 0)
        return error_set(error, ERR_RETRY, "TLS: %s", gnutls_strerror(code));
    g_autofree char *text = g_strstrip(g_strdup((const char *)reason.data));
    gnutls_free(reason.data);
    return error_set(error, ERR_RETRY, "the certificate of %s is refused: %s", s->host,
                     text);
}

static bool
load_trust(Stream *s, GError **error)
{
    gnutls_certificate_allocate_credentials(&s->credentials);
    int loaded = s->ca_file ? gnutls_certificate_set_x509_trust_file(
                     s->credentials, s->ca_file, GNUTLS_X509_FMT_PEM)
                            : gnutls_certificate_set_x509_system_trust(s->credentials);
    return loaded > 0
           || error_set(error, ERR_RETRY, "no trusted certificates in %s",
                        s->ca_file ? s->ca_file : "the system's store");
}

static bool
is_address(const char *host)
{
    struct in6_addr any;
    return inet_pton(AF_INET, host, &any) == 1 || inet_pton(AF_INET6, host, &any) == 1;
}

static bool
set_up_tls(Stream *s, GError **error)
{
    if (!load_trust(s, error))
        return false;
    int code = gnutls_init(&s->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
    if (code == 0)
        code = gnutls_set_default_priority_append(s->tls, "-VERS-TLS1.0:-VERS-TLS1.1",
                                                  NULL, 0);
    if (code == 0)
        code = gnutls_credentials_set(s->tls, GNUTLS_CRD_CERTIFICATE, s->credentials);
    if (code == 0 && !is_address(s->host))
        code = gnutls_server_name_set(s->tls, GNUTLS_NAME_DNS, s->host, strlen(s->host));
    if (code != 0)
        return tls_error(s, code, error);
    gnutls_session_set_verify_cert(s->tls, s->host, 0);
    gnutls_transport_set_int(s->tls, s->fd);
    return true;
}

bool
stream_start_tls(Stream *s, GError **error)
{
    if (s->mailstream->read_buffer_len > 0)
        return error_set(error, ERR_RETRY, "the server spoke before TLS began");
    if (!set_up_tls(s, error))
        return false;

    int code;
    while ((code = gnutls_handshake(s->tls)) < 0) {
        if (code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED) {
            short events = gnutls_record_get_direction(s->tls) ? POLLOUT : POLLIN;
            if (!wait_or_fail(s, events, error))
                return false;
        } else if (gnutls_error_is_fatal(code)) {
            return tls_error(s, code, error);
        }
    }
    return true;
}

/* --- libetpan's driver ------------------------------------------------------------ */

static bool
may_repeat(const Stream *s, ssize_t code)
{
    return s->tls ? code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED
                        || (code < 0 && !gnutls_error_is_fatal((int)code))
                  : code < 0 && (errno == EAGAIN || errno == EINTR);
}

static bool
fail(Stream *s, ssize_t code, GError **error)
{
    if (code == 0)
        return error_set(error, ERR_RETRY, "the server hung up");
    return s->tls ? tls_error(s, (int)code, error)
                  : error_set(error, ERR_RETRY, "connection: %s", g_strerror(errno));
}

static ssize_t
receive(Stream *s, void *buffer, size_t n, GError **error)
{
    for (;;) {
        ssize_t got =
            s->tls ? gnutls_record_recv(s->tls, buffer, n) : recv(s->fd, buffer, n, 0);
        if (got > 0)
            return guard_feed(&s->guard, (struct slice){ buffer, (size_t)got }, error)
                       ? got
                       : -1;
        if (!may_repeat(s, got)) {
            fail(s, got, error);
            return -1;
        }
        if (!wait_or_fail(s, POLLIN, error))
            return -1;
    }
}

static ssize_t
transmit(Stream *s, const void *bytes, size_t n, GError **error)
{
    for (;;) {
        ssize_t sent = s->tls ? gnutls_record_send(s->tls, bytes, n)
                              : send(s->fd, bytes, n, MSG_NOSIGNAL);
        if (sent > 0)
            return sent;
        if (!may_repeat(s, sent)) {
            fail(s, sent, error);
            return -1;
        }
        if (!wait_or_fail(s, POLLOUT, error))
            return -1;
    }
}

/* A stream that failed once stays failed: libetpan tries to go on after some errors. */
static ssize_t
driver_read(mailstream_low *low, void *buffer, size_t n)
{
    Stream *s = low->data;
    ssize_t got = s->broken ? -1 : receive(s, buffer, n, &s->error);
    s->broken = got < 0;
    return got;
}

static ssize_t
driver_write(mailstream_low *low, const void *bytes, size_t n)
{
    Stream *s = low->data;
    ssize_t sent = s->broken ? -1 : transmit(s, bytes, n, &s->error);
    s->broken = sent < 0;
    return sent;
}

static int
driver_close(mailstream_low *low)
{
    (void)low; /* the socket is the Stream's */
    return 0;
}

static int
driver_get_fd(mailstream_low *low)
{
    return ((Stream *)low->data)->fd;
}

static void
driver_free(mailstream_low *low)
{
    free(low);
}

static void
driver_cancel(mailstream_low *low)
{
    (void)low;
}

static struct mailstream_cancel *
driver_get_cancel(mailstream_low *low)
{
    (void)low;
    return NULL;
}

static carray *
driver_get_certificate_chain(mailstream_low *low)
{
    (void)low;
    return NULL;
}

static mailstream_low_driver driver = {
    .mailstream_read = driver_read,
    .mailstream_write = driver_write,
    .mailstream_close = driver_close,
    .mailstream_get_fd = driver_get_fd,
    .mailstream_free = driver_free,
    .mailstream_cancel = driver_cancel,
    .mailstream_get_cancel = driver_get_cancel,
    .mailstream_get_certificate_chain = driver_get_certificate_chain,
};

mailstream *
stream_mailstream(Stream *s)
{
    return s->mailstream;
}
