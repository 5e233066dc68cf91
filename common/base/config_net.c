/* The types of values in the configuration file: addresses, URLs and what becomes of
   mail behind them. */
#include <arpa/inet.h>
#include <string.h>

#include "common/base/config_table.h"

/* --- hosts and ports -------------------------------------------------------------- */

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
    if (!config_read_number(text, &port, &end) || *end || port < 1 || port > 65535)
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
    config_replace(ret_host, g_steal_pointer(&host));
    *ret_port = port;
    return true;
}

static char *
set_host_port(const struct config_rule *rule, void *object, const char *value,
              const char *directory)
{
    struct config_portal *portal = CONFIG_FIELD(struct config_portal);
    (void)directory;
    if (!read_host_port(value, 0, &portal->listen_host, &portal->listen_port))
        return config_not_that(value, "no host:port");
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
    g_auto(GStrv) words = config_split_words(value);
    for (char **word = words; *word; word++)
        if (!is_endpoint(*word))
            return config_not_that(*word, "neither unix:/path nor host:port");
    return config_words.set(rule, object, value, directory);
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
           || (config_read_number(halves[1], &bits, &end) && !*end
               && bits <= (six ? 128 : 32));
}

static char *
set_peers(const struct config_rule *rule, void *object, const char *value,
          const char *directory)
{
    g_auto(GStrv) words = config_split_words(value);
    for (char **word = words; *word; word++)
        if (!is_peer(*word))
            return config_not_that(*word,
                                   "neither an IP address nor a block address/bits");
    return config_words.set(rule, object, value, directory);
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
        return config_not_that(value, "no such URL");

    g_autofree char *url = g_strdup(value);
    for (size_t n = strlen(url); url[n - 1] == '/'; n--)
        url[n - 1] = '\0';
    return config_text.set(rule, object, url, directory);
}

static char *
set_token_url(const struct config_rule *rule, void *object, const char *value,
              const char *directory)
{
    bool tls = false;
    g_autofree char *host = http_host(value, &tls);
    if (!host || (!tls && !config_is_loopback(host)))
        return config_not_that(value, "no such URL");
    return config_text.set(rule, object, value, directory);
}

static char *
set_relay_url(const struct config_rule *rule, void *object, const char *value,
              const char *directory)
{
    struct config_relay *relay = object;
    (void)rule;
    if (g_str_has_prefix(value, "maildir:") && value[8]) {
        relay->kind = RELAY_MAILDIR;
        config_replace(&relay->directory, g_canonicalize_filename(value + 8, directory));
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
    return config_not_that(value, "no such URL");
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
    return config_not_that(value, "no such URL");
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
        config_replace(&mailbox->move_to, g_strdup(value + 5));
    } else {
        return config_not_that(value, "not known here");
    }
    return NULL;
}

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
