/* maild deliver FILE --to ADDRESS… [--from ADDRESS]: be the mail server in front of us: an
   LMTP client (RFC 2033) that hands one mail to the configured listener. */
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/autoptr.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/mail/mail.h"
#include "maild/verbs/verb.h"

#define PATIENCE_SECONDS 120

typedef struct addrinfo addrinfo;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(addrinfo, freeaddrinfo)

struct delivery {
    FILE *in, *out; /* the same connection */
    const char *from;
    GPtrArray *to; /* of const char * */
    int worst;     /* of the replies: 2, 4, 5 */
};

/* --- connection ------------------------------------------------------------------- */

static int
connect_unix(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

static int
connect_tcp(const char *endpoint)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    g_autoptr(addrinfo) addresses = NULL;
    const char *colon = strrchr(endpoint, ':'); /* the configuration checked the form */
    bool bracket = *endpoint == '[';
    g_autofree char *host =
        g_strndup(endpoint + bracket, (size_t)(colon - endpoint) - 2 * bracket);

    if (getaddrinfo(host, colon + 1, &hints, &addresses) != 0)
        return -1;
    int fd = socket(addresses->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, addresses->ai_addr, addresses->ai_addrlen) == 0)
        return fd;
    close(fd);
    return -1;
}

static int
open_connection(const Config *config, GError **error)
{
    struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
    const char *endpoint = config->lmtp_listen[0];

    if (!endpoint) {
        error_set(error, ERR_MISSING, "[lmtp] listen is empty: nobody takes mail");
        return -1;
    }
    int fd = g_str_has_prefix(endpoint, "unix:")
                 ? connect_unix(endpoint + strlen("unix:"))
                 : connect_tcp(endpoint);
    if (fd < 0)
        error_set(error, ERR_RETRY, "nobody answers at %s: %s; is maild running?",
                  endpoint, g_strerror(errno));
    else
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

/* --- dialogue --------------------------------------------------------------------- */

/* Read one reply; its last line, without the line end, becomes *ret_text, the first digit
   of its code is the result, 0 when the line was cut. */
static int
read_reply(struct delivery *d, char **ret_text)
{
    char line[2048];

    while (fgets(line, sizeof line, d->in)) {
        if (!g_ascii_isdigit(line[0]) || strnlen(line, 4) < 4)
            return 0;
        if (line[3] == '-')
            continue;
        g_free(*ret_text);
        *ret_text = g_strdup(g_strchomp(line));
        return line[0] - '0';
    }
    return 0;
}

static bool
expect(struct delivery *d, int want, GError **error)
{
    g_autofree char *text = NULL;

    if (fflush(d->out) != 0)
        return error_set(error, ERR_RETRY, "the connection broke");
    int got = read_reply(d, &text);
    if (got == want)
        return true;
    return error_set(error, got == 5 ? ERR_REJECT : ERR_RETRY, "%s",
                     text ? text : "the connection broke");
}

static void
print_reply(struct delivery *d, const char *recipient, int digit, const char *text)
{
    printf("%s: %s\n", recipient, text ? text : "no reply");
    d->worst = MAX(d->worst, digit ? digit : 4);
}

/* RCPT for everyone; who is refused is printed and left out from here on. */
static bool
name_recipients(struct delivery *d, GError **error)
{
    for (guint i = 0; i < d->to->len;) {
        g_autofree char *text = NULL;
        const char *recipient = d->to->pdata[i];

        fprintf(d->out, "RCPT TO:<%s>\r\n", recipient);
        if (fflush(d->out) != 0)
            return error_set(error, ERR_RETRY, "the connection broke");
        int digit = read_reply(d, &text);
        if (digit == 2) {
            i++;
            continue;
        }
        print_reply(d, recipient, digit, text);
        g_ptr_array_remove_index(d->to, i);
    }
    return true;
}

/* The mail with CR LF at every line end and dots doubled (RFC 5321 §4.5.2). */
static void
write_mail(FILE *out, struct slice raw)
{
    struct slice line;

    while (slice_next_line(&raw, &line)) {
        if (line.n > 0 && line.p[0] == '.')
            putc('.', out);
        fwrite(line.p, 1, line.n, out);
        fputs("\r\n", out);
    }
    fputs(".\r\n", out);
}

static bool
hand_over(struct delivery *d, struct slice raw, GError **error)
{
    fputs("DATA\r\n", d->out);
    if (!expect(d, 3, error))
        return false;
    write_mail(d->out, raw);
    if (fflush(d->out) != 0)
        return error_set(error, ERR_RETRY, "the connection broke");
    int64_t dot = clock_now_us();

    for (guint i = 0; i < d->to->len; i++) {
        g_autofree char *text = NULL;
        int digit = read_reply(d, &text);
        print_reply(d, d->to->pdata[i], digit, text);
    }
    printf("dot=%" G_GINT64_FORMAT ".%06d answered_ms=%" G_GINT64_FORMAT "\n",
           dot / CLOCK_SECOND, (int)(dot % CLOCK_SECOND),
           (clock_now_us() - dot + 500) / 1000);
    return true;
}

static bool
talk(struct delivery *d, struct slice raw, GError **error)
{
    bool utf8 = !g_str_is_ascii(d->from);
    for (guint i = 0; i < d->to->len; i++)
        utf8 = utf8 || !g_str_is_ascii(d->to->pdata[i]);

    if (!expect(d, 2, error))
        return false;
    fputs("LHLO localhost\r\n", d->out);
    if (!expect(d, 2, error))
        return false;
    fprintf(d->out, "MAIL FROM:<%s>%s\r\n", d->from, utf8 ? " SMTPUTF8" : "");
    if (!expect(d, 2, error) || !name_recipients(d, error))
        return false;
    if (d->to->len > 0 && !hand_over(d, raw, error))
        return false;
    fputs("QUIT\r\n", d->out);
    fflush(d->out);
    return true;
}

static bool
deliver(const struct verb_context *context, struct delivery *d, struct slice raw,
        GError **error)
{
    g_autoptr(Config) config = verb_config(context, error);
    if (!config)
        return false;
    int fd = open_connection(config, error);
    if (fd < 0)
        return false;

    int copy = dup(fd);
    g_autoptr(FILE) in = fdopen(fd, "r");
    g_autoptr(FILE) out = fdopen(copy, "w");
    if (!in || !out)
        return error_set(error, ERR_RETRY, "can't use the connection: %s",
                         g_strerror(errno));
    d->in = in;
    d->out = out;
    return talk(d, raw, error);
}

/* --- verb ------------------------------------------------------------------------- */

/* Who the mail says it is from: its envelope address, unless one was named. */
static char *
find_sender(struct slice raw)
{
    g_autoptr(Mail) mail = mail_parse(raw, NULL, NULL);
    const struct mail_address *from =
        mail && mail->from->len > 0 ? mail->from->pdata[0] : NULL;
    return g_strdup(from ? from->address : "");
}

/* No control characters, no brackets: they would end the address within the command. */
static bool
is_harmless(const char *address)
{
    return !strpbrk(address, "<>\r\n");
}

int
verb_deliver(const struct verb_context *context, int argc, char **argv)
{
    static const struct option options[] = { { "to", required_argument, NULL, 't' },
                                             { "from", required_argument, NULL, 'f' },
                                             { 0 } };
    g_autoptr(GPtrArray) to = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *from = NULL;

    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == '?' || !is_harmless(optarg))
            return verb_misused(argv[0]);
        if (c == 't') {
            g_ptr_array_add(to, optarg);
        } else {
            g_free(from);
            from = g_strdup(optarg);
        }
    }
    if (optind != argc - 1 || to->len == 0)
        return verb_misused(argv[0]);

    g_autoptr(GByteArray) mail = verb_read_input(argv[optind], &error);
    if (!mail)
        return verb_failed(error);
    struct slice raw = { (const char *)mail->data, mail->len };
    if (!from)
        from = find_sender(raw);
    struct delivery delivery = { .from = from, .to = to };
    if (!deliver(context, &delivery, raw, &error))
        return verb_failed(error);
    return delivery.worst == 2 ? EX_OK : delivery.worst == 5 ? EX_DATAERR : EX_TEMPFAIL;
}
