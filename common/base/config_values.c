/* The types of values in the configuration file. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/config_table.h"

#define FIELD(type) ((type *)(void *)((char *)object + rule->offset))

static void
replace(char **field, char *take_value)
{
    g_free(*field);
    *field = take_value;
}

static char *
not_that(const char *value, const char *what)
{
    return g_strdup_printf("\"%s\" is %s", value, what);
}

/* --- text ------------------------------------------------------------------------- */

static char *
set_text(const struct config_rule *rule, void *object, const char *value,
         const char *directory)
{
    (void)directory;
    if (!*value)
        return g_strdup("it is empty");
    replace(FIELD(char *), g_strdup(value));
    return NULL;
}

static char *
set_path(const struct config_rule *rule, void *object, const char *value,
         const char *directory)
{
    if (!*value)
        return g_strdup("it is empty");
    replace(FIELD(char *), g_canonicalize_filename(value, directory));
    return NULL;
}

static char *
set_address(const struct config_rule *rule, void *object, const char *value,
            const char *directory)
{
    const char *at = strrchr(value, '@');
    if (!at || at == value || !at[1] || strpbrk(value, " \t<>,;"))
        return not_that(value, "no mail address");
    return set_text(rule, object, value, directory);
}

static char **
split_words(const char *value)
{
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    g_auto(GStrv) pieces = g_strsplit_set(value, " \t,", -1);
    for (char **piece = pieces; *piece; piece++)
        if (**piece)
            g_strv_builder_add(words, *piece);
    return g_strv_builder_end(words);
}

static char *
set_words(const struct config_rule *rule, void *object, const char *value,
          const char *directory)
{
    char ***field = FIELD(char **);
    (void)directory;
    g_strfreev(*field);
    *field = split_words(value);
    return NULL;
}

static char *
set_choice(const struct config_rule *rule, void *object, const char *value,
           const char *directory)
{
    g_autoptr(GString) all = g_string_new(NULL);
    (void)directory;
    for (const struct config_choice *choice = rule->choices; choice->word; choice++) {
        if (strcmp(choice->word, value) == 0) {
            *FIELD(int) = choice->value;
            return NULL;
        }
        g_string_append_printf(all, "%s%s", all->len ? ", " : "", choice->word);
    }
    return g_strdup_printf("\"%s\" is not known here, there are: %s", value, all->str);
}

/* --- numbers ---------------------------------------------------------------------- */

struct unit {
    char letter;
    int64_t factor;
};

static const struct unit duration_units[] = {
    { 'd', CLOCK_DAY }, { 'h', CLOCK_HOUR }, { 'm', CLOCK_MINUTE }, { 's', CLOCK_SECOND }
};
static const struct unit size_units[] = { { 'G', 1 << 30 },
                                          { 'M', 1 << 20 },
                                          { 'k', 1 << 10 } };

static bool
read_number(const char *text, int64_t *ret_number, const char **ret_end)
{
    char *end = NULL;
    if (!g_ascii_isdigit(*text))
        return false;
    guint64 number = g_ascii_strtoull(text, &end, 10);
    if (number > INT64_MAX / CLOCK_DAY) /* also what strtoull gives for too much */
        return false;
    *ret_number = (int64_t)number;
    *ret_end = end;
    return true;
}

static bool
read_with_unit(const char *text, const struct unit *units, size_t n, bool unit_needed,
               int64_t *ret_number)
{
    const char *end = NULL;
    int64_t number = 0;

    if (!read_number(text, &number, &end))
        return false;
    if (!*end && !unit_needed) {
        *ret_number = number;
        return true;
    }
    for (size_t i = 0; i < n; i++)
        if (*end == units[i].letter && !end[1]) {
            *ret_number = number * units[i].factor;
            return true;
        }
    return false;
}

/* A number as it would be written, in the largest unit that fits. */
static char *
with_unit(int64_t number, const struct unit *units, size_t n)
{
    for (size_t i = 0; i < n && number; i++)
        if (number % units[i].factor == 0)
            return g_strdup_printf("%" G_GINT64_FORMAT "%c", number / units[i].factor,
                                   units[i].letter);
    return g_strdup_printf("%" G_GINT64_FORMAT, number);
}

static char *
check_range(const struct config_rule *rule, const char *value, int64_t number,
            const struct unit *units, size_t n)
{
    if (number >= rule->min && number <= rule->max)
        return NULL;
    g_autofree char *least = with_unit(rule->min, units, n);
    g_autofree char *most = with_unit(rule->max, units, n);
    return g_strdup_printf("%s is not between %s and %s", value, least, most);
}

static char *
set_number(const struct config_rule *rule, void *object, const char *value,
           const char *directory)
{
    int64_t number = 0;
    (void)directory;
    if (!read_with_unit(value, NULL, 0, false, &number))
        return not_that(value, "no number");
    char *why = check_range(rule, value, number, NULL, 0);
    if (!why)
        *FIELD(int) = (int)number;
    return why;
}

/* As set_number, into 64 bits. */
static char *
set_days(const struct config_rule *rule, void *object, const char *value,
         const char *directory)
{
    int64_t number = 0;
    (void)directory;
    if (!read_with_unit(value, NULL, 0, false, &number))
        return not_that(value, "no number");
    char *why = check_range(rule, value, number, NULL, 0);
    if (!why)
        *FIELD(int64_t) = number;
    return why;
}

static char *
set_with_unit(const struct config_rule *rule, void *object, const char *value,
              const struct unit *units, size_t n, const char *what)
{
    int64_t number = 0;
    if (!read_with_unit(value, units, n, units == duration_units, &number))
        return not_that(value, what);
    char *why = check_range(rule, value, number, units, n);
    if (!why)
        *FIELD(int64_t) = number;
    return why;
}

static char *
set_duration(const struct config_rule *rule, void *object, const char *value,
             const char *directory)
{
    (void)directory;
    return set_with_unit(rule, object, value, duration_units,
                         G_N_ELEMENTS(duration_units), "no duration");
}

static char *
set_size(const struct config_rule *rule, void *object, const char *value,
         const char *directory)
{
    (void)directory;
    return set_with_unit(rule, object, value, size_units, G_N_ELEMENTS(size_units),
                         "no size");
}

/* --- network ---------------------------------------------------------------------- */

bool
config_is_loopback(const char *host)
{
    struct in_addr address;
    if (inet_pton(AF_INET, host, &address) == 1)
        return ntohl(address.s_addr) >> 24 == 127;
    return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0;
}

static bool
read_port(const char *text, uint16_t *ret_port)
{
    const char *end = NULL;
    int64_t port = 0;
    if (!read_number(text, &port, &end) || *end || port < 1 || port > 65535)
        return false;
    *ret_port = (uint16_t)port;
    return true;
}

/* "host:port", "[v6]:port"; without a port when a default is given (not 0). */
static bool
read_host_port(const char *text, uint16_t default_port, char **ret_host,
               uint16_t *ret_port)
{
    bool bracket = *text == '[';
    const char *end = bracket ? strchr(text, ']') : text + strcspn(text, ":");
    uint16_t port = default_port;

    if (!end)
        return false;
    g_autofree char *host =
        g_strndup(text + bracket, (size_t)(end - text) - (bracket ? 1 : 0));
    end += bracket;
    if (!*host || strpbrk(host, " \t/@") || (*end && *end != ':')
        || (*end == ':' && !read_port(end + 1, &port)) || port == 0)
        return false;
    replace(ret_host, g_steal_pointer(&host));
    *ret_port = port;
    return true;
}

static char *
set_host_port(const struct config_rule *rule, void *object, const char *value,
              const char *directory)
{
    struct config_portal *portal = FIELD(struct config_portal);
    (void)directory;
    if (!read_host_port(value, 0, &portal->listen_host, &portal->listen_port))
        return not_that(value, "no host:port");
    return NULL;
}

static bool
is_endpoint(const char *text)
{
    g_autofree char *host = NULL;
    uint16_t port = 0;
    if (g_str_has_prefix(text, "unix:"))
        return text[5] == '/' && strlen(text + 5) <= 107; /* sun_path, unix(7) */
    return read_host_port(text, 0, &host, &port);
}

static char *
set_endpoints(const struct config_rule *rule, void *object, const char *value,
              const char *directory)
{
    if (strcmp(value, "none") == 0)
        value = "";
    g_auto(GStrv) words = split_words(value);
    for (char **word = words; *word; word++)
        if (!is_endpoint(*word))
            return not_that(*word, "neither unix:/path nor host:port");
    return set_words(rule, object, value, directory);
}

/* An address, or a block of them with /bits. */
static bool
is_peer(const char *text)
{
    unsigned char address[16];
    g_auto(GStrv) halves = g_strsplit(text, "/", 2);
    bool six = strchr(text, ':');
    const char *end = NULL;
    int64_t bits = 0;

    if (inet_pton(six ? AF_INET6 : AF_INET, halves[0], address) != 1)
        return false;
    return !halves[1]
           || (read_number(halves[1], &bits, &end) && !*end && bits <= (six ? 128 : 32));
}

static char *
set_peers(const struct config_rule *rule, void *object, const char *value,
          const char *directory)
{
    g_auto(GStrv) words = split_words(value);
    for (char **word = words; *word; word++)
        if (!is_peer(*word))
            return not_that(*word, "neither an IP address nor a block address/bits");
    return set_words(rule, object, value, directory);
}

/* --- URLs ------------------------------------------------------------------------- */

/* The host of an http(s) URL; NULL for anything else. */
static char *
http_host(const char *url, bool *ret_tls)
{
    uint16_t port = 0;
    char *host = NULL;

    *ret_tls = g_str_has_prefix(url, "https://");
    if (!*ret_tls && !g_str_has_prefix(url, "http://"))
        return NULL;
    const char *rest = strstr(url, "//") + 2;
    g_autofree char *authority = g_strndup(rest, strcspn(rest, "/?#"));
    read_host_port(authority, 80, &host, &port);
    return host;
}

static char *
set_base_url(const struct config_rule *rule, void *object, const char *value,
             const char *directory)
{
    bool tls = false;
    g_autofree char *host = http_host(value, &tls);
    if (!host || strpbrk(value, " ?#\"<>"))
        return not_that(value, "no such URL");

    g_autofree char *url = g_strdup(value);
    for (size_t n = strlen(url); url[n - 1] == '/'; n--)
        url[n - 1] = '\0';
    return set_text(rule, object, url, directory);
}

static char *
set_token_url(const struct config_rule *rule, void *object, const char *value,
              const char *directory)
{
    bool tls = false;
    g_autofree char *host = http_host(value, &tls);
    if (!host || (!tls && !config_is_loopback(host)))
        return not_that(value, "no such URL");
    return set_text(rule, object, value, directory);
}

static char *
set_relay_url(const struct config_rule *rule, void *object, const char *value,
              const char *directory)
{
    struct config_relay *relay = object;
    (void)rule;
    if (g_str_has_prefix(value, "maildir:") && value[8]) {
        relay->kind = RELAY_MAILDIR;
        replace(&relay->directory, g_canonicalize_filename(value + 8, directory));
        return NULL;
    }
    relay->kind = RELAY_SMTP;
    if (g_str_has_prefix(value, "smtps://")) {
        relay->tls = TLS_IMPLICIT;
        if (read_host_port(value + 8, 465, &relay->host, &relay->port))
            return NULL;
    } else if (g_str_has_prefix(value, "smtp://")
               && read_host_port(value + 7, 25, &relay->host, &relay->port)) {
        return NULL;
    }
    return not_that(value, "no such URL");
}

static char *
set_imap_url(const struct config_rule *rule, void *object, const char *value,
             const char *directory)
{
    struct config_mailbox *mailbox = object;
    (void)rule;
    (void)directory;
    if (g_str_has_prefix(value, "imaps://")) {
        mailbox->tls = TLS_IMPLICIT;
        if (read_host_port(value + 8, 993, &mailbox->host, &mailbox->port))
            return NULL;
    } else if (g_str_has_prefix(value, "imap://")
               && read_host_port(value + 7, 143, &mailbox->host, &mailbox->port)) {
        return NULL;
    }
    return not_that(value, "no such URL");
}

static char *
set_after(const struct config_rule *rule, void *object, const char *value,
          const char *directory)
{
    struct config_mailbox *mailbox = object;
    (void)rule;
    (void)directory;
    if (strcmp(value, "seen") == 0) {
        mailbox->after = IMAP_MARK_SEEN;
    } else if (strcmp(value, "delete") == 0) {
        mailbox->after = IMAP_DELETE;
    } else if (g_str_has_prefix(value, "move:") && value[5]) {
        mailbox->after = IMAP_MOVE;
        replace(&mailbox->move_to, g_strdup(value + 5));
    } else {
        return not_that(value, "not known here");
    }
    return NULL;
}

const struct config_type config_text = { "some text", set_text };
const struct config_type config_path = { "a path", set_path };
const struct config_type config_address = { "a mail address, as support@desk.example",
                                            set_address };
const struct config_type config_words = { "words with blanks between them", set_words };
const struct config_type config_choice = { "one of these", set_choice };
const struct config_type config_number = { "a whole number in that range", set_number };
const struct config_type config_days = { "a whole number of days", set_days };
const struct config_type config_duration = {
    "a whole number with s, m, h or d behind it, as 15s, 10m, 2h, 5d", set_duration
};
const struct config_type config_size = {
    "a number of bytes, or with k, M or G behind it, as 50M", set_size
};
const struct config_type config_endpoints = {
    "unix:/path or host:port, several with blanks between them, or none", set_endpoints
};
const struct config_type config_peers = {
    "addresses or blocks with blanks between them, as 127.0.0.0/8 ::1", set_peers
};
const struct config_type config_host_port = { "host:port, as 127.0.0.1:8080",
                                              set_host_port };
const struct config_type config_base_url = { "http:// or https:// with a host and, at "
                                             "most, a path",
                                             set_base_url };
const struct config_type config_token_url = {
    "https://host/path (http:// only on this host)", set_token_url
};
const struct config_type config_relay_url = {
    "smtp://host:port, smtps://host:port or maildir:/path", set_relay_url
};
const struct config_type config_imap_url = { "imap://host:port or imaps://host:port",
                                             set_imap_url };
const struct config_type config_after = { "seen, move:Folder or delete", set_after };
