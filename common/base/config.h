/*
 * config: what an installation is told, from one INI file, read once and then never
 * changed; HUP reads a new one and replaces the old only when it is good.
 *
 * What stands here is what the programs need before they can ask the database: where it
 * is, where to listen, the secrets, the mail servers. Tenants, queues and people are rows.
 * Secrets come from files (or systemd's $CREDENTIALS_DIRECTORY), never from the INI file
 * itself, and a file that others may read is refused.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/log.h"
#include "common/base/slice.h"

enum tls_policy {
    TLS_NONE,          /* never */
    TLS_OPPORTUNISTIC, /* STARTTLS where offered, certificate not verified */
    TLS_REQUIRED,      /* STARTTLS, verified, or no connection */
    TLS_IMPLICIT,      /* TLS from the first byte, verified */
};

enum auth_method { AUTH_NONE, AUTH_PLAIN, AUTH_LOGIN, AUTH_XOAUTH2 };

/* How we prove who we are to a mail server. */
struct config_auth {
    enum auth_method method;
    char *user;
    char *password;      /* PLAIN, LOGIN: content of password_file */
    char *token_url;     /* XOAUTH2: where a refresh token becomes an access token */
    char *token_ca_file; /* NULL: the system's */
    char *client_id;
    char *client_secret; /* content of client_secret_file; NULL for public clients */
    char *refresh_token; /* content of refresh_token_file; a rotated one is kept in the
                            database, sealed */
    char *scope;         /* NULL: none sent */
    int64_t token_days;  /* how long a refresh token lives; 0: not known */
};

/* [relay] for every tenant, [relay "desk.example"] for one. */
struct config_relay {
    char *tenant; /* NULL: the default */
    enum { RELAY_SMTP, RELAY_MAILDIR } kind;
    char *host;
    uint16_t port;
    enum tls_policy tls;
    char *ca_file;   /* NULL: the system's */
    char *helo;      /* NULL: this host's name */
    char *directory; /* RELAY_MAILDIR */
    struct config_auth auth;
};

enum imap_after { IMAP_MARK_SEEN, IMAP_MOVE, IMAP_DELETE };

/* [mailbox "name"] */
struct config_mailbox {
    char *name;
    char *queue; /* address of the queue that its mail goes to */
    char *host;
    uint16_t port;
    enum tls_policy tls; /* TLS_OPPORTUNISTIC is not offered here */
    char *ca_file;
    struct config_auth auth;
    char *folder; /* default INBOX */
    enum imap_after after;
    char *move_to;          /* IMAP_MOVE */
    int64_t poll_us;        /* where IDLE is not offered, and as a net below IDLE */
    int64_t alarm_after_us; /* failing this long, the administrator is told */
};

struct config_portal {
    char *listen_host;
    uint16_t listen_port;
    char *base_url; /* "https://help.example", without a slash at the end */
    int threads;
    int rate_factor;       /* multiplies the limits on how often; 0: there are none */
    char **proxies;        /* whose X-Forwarded-* is believed: addresses or CIDR blocks */
    char *tls_certificate; /* PEM chain; NULL: no TLS of our own */
    char *tls_key;         /* PEM file that nobody else may read */
};

typedef struct Config {
    char *path;
    char *database;        /* libpq conninfo of the daemons' role */
    char *portal_database; /* portald's; default: the same */
    char *owner_database;  /* of the verbs, which see every tenant; default: the same */
    char *templates;       /* directories */
    char *migrations;
    char *user;          /* who to become when started as root; NULL: refuse root */
    char *instance;      /* tells several maild on one database apart; the host's name */
    char *administrator; /* mail address for alarms; NULL: nobody is told */
    char *metrics_file;  /* Prometheus text; NULL: none */
    enum log_level log_level;
    char **authserv_ids;     /* whose Authentication-Results we believe (RFC 8601 §5) */
    GBytes *secret;          /* at least 32 bytes; signs capabilities */
    GBytes *previous_secret; /* still believed while a new one takes over; NULL */

    char **lmtp_listen; /* "unix:/path" or "host:port" */
    char **lmtp_peers;  /* addresses or CIDR blocks that may connect by TCP */
    int64_t message_bytes;

    int ingest_processes;
    int send_processes;
    int64_t lease_us; /* how long a worker's claim holds if it is never heard of again */
    bool carry_decrypted;  /* mails of ours may repeat what came encrypted */
    int64_t reply_hold_us; /* how long a human's reply can be undone */

    GPtrArray *relays;    /* of struct config_relay */
    GPtrArray *mailboxes; /* of struct config_mailbox */
    struct config_portal portal;
} Config;

#define CONFIG_DEFAULT_PATH "/etc/postern/postern.conf"

/* Read and check a file. A relative path in it is meant from the file's own directory. A
   secret is a path, or "credential:NAME" for a file of that name in
   $CREDENTIALS_DIRECTORY. Every problem of the file is an error of its own line,
   "path:12: …, expected …", joined by newlines: ERR_REJECT. */
Config *config_read(const char *path, GError **error);
/* The same from text in memory; `path` is its name in the errors. */
Config *config_parse(struct slice text, const char *path, GError **error);

void config_free(Config *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Config, config_free)

/* The commented sample: every key there is, with its meaning and its default. */
char *config_sample(void);

/* The relay for a tenant of this name: its own, else the default; NULL if there is none. */
const struct config_relay *config_find_relay(const Config *config, const char *tenant);
