#include "common/base/config_table.h"

#include <limits.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/limits.h"

/* POSTERN_TEMPLATES and POSTERN_MIGRATIONS, where they are installed, come from the
   build. */

const struct config_group config_groups[] = {
    { "database", GROUP_ONCE,
      "PostgreSQL. No password belongs in here: use a unix socket "
      "with peer\nauthentication, or passfile=." },
    { "desk", GROUP_ONCE, "What both daemons share." },
    { "lmtp", GROUP_ONCE, "Mail in, from an MTA (RFC 2033)." },
    { "ingest", GROUP_ONCE, "The processes that make tickets of mail." },
    { "send", GROUP_ONCE, "The processes that send mail." },
    { "crypto", GROUP_ONCE, "Mail that came signed or encrypted (OpenPGP, S/MIME)." },
    { "relay", GROUP_MAYBE_NAMED,
      "Mail out. [relay] is for every tenant, [relay \"desk.example\"] for that one; "
      "without\nany, mail waits in the outbox." },
    { "mailbox", GROUP_NAMED,
      "Mail in, out of an IMAP mailbox: a group each, [mailbox \"any name\"]." },
    { "portal", GROUP_ONCE, "The web side (portald)." },
    { NULL, GROUP_ONCE, NULL },
};

static const struct config_choice log_levels[] = { { "error", LOG_LEVEL_ERROR },
                                                   { "warning", LOG_LEVEL_WARNING },
                                                   { "info", LOG_LEVEL_INFO },
                                                   { "debug", LOG_LEVEL_DEBUG },
                                                   { NULL, 0 } };
static const struct config_choice relay_tls[] = { { "none", TLS_NONE },
                                                  { "opportunistic", TLS_OPPORTUNISTIC },
                                                  { "required", TLS_REQUIRED },
                                                  { NULL, 0 } };
static const struct config_choice mailbox_tls[] = { { "none", TLS_NONE },
                                                    { "required", TLS_REQUIRED },
                                                    { NULL, 0 } };
static const struct config_choice relay_auth[] = { { "none", AUTH_NONE },
                                                   { "plain", AUTH_PLAIN },
                                                   { "login", AUTH_LOGIN },
                                                   { "xoauth2", AUTH_XOAUTH2 },
                                                   { NULL, 0 } };
static const struct config_choice mailbox_auth[] = { { "plain", AUTH_PLAIN },
                                                     { "login", AUTH_LOGIN },
                                                     { "xoauth2", AUTH_XOAUTH2 },
                                                     { NULL, 0 } };

#define AT(owner, field) .offset = offsetof(struct owner, field)
#define CONFIG(field) .offset = offsetof(Config, field)

/* The same keys prove who we are to a relay and to a mailbox. */
/* clang-format off */
#define AUTH_RULES(group_name, owner, methods, default_method)                           \
    { group_name, "auth", &config_choice, AT(owner, auth.method),                        \
      .choices = methods, .fallback = default_method,                                    \
      .help = "How to log in: plain, login (both user and password_file) or xoauth2." }, \
    { group_name, "user", &config_text, AT(owner, auth.user),                            \
      .example = "support@desk.example", .help = "The account." },                       \
    { group_name, "password_file", &config_secret, AT(owner, auth.password),             \
      .example = "/etc/postern/mail-password",                                           \
      .help = "File with its password, or credential:NAME." },                           \
    { group_name, "token_url", &config_token_url, AT(owner, auth.token_url),             \
      .example = "https://oauth2.googleapis.com/token",                                  \
      .help = "xoauth2: where a refresh token is exchanged for an access token." },      \
    { group_name, "token_ca_file", &config_path, AT(owner, auth.token_ca_file),          \
      .example = "/etc/postern/ca.pem",                                                  \
      .help = "xoauth2: authorities of that server's certificate. Default: the\n"        \
              "system's." },                                                             \
    { group_name, "client_id", &config_text, AT(owner, auth.client_id),                  \
      .example = "1234-abcd.apps.googleusercontent.com",                                 \
      .help = "xoauth2: the application that you registered there." },                   \
    { group_name, "client_secret_file", &config_secret, AT(owner, auth.client_secret),   \
      .example = "/etc/postern/client-secret",                                           \
      .help = "xoauth2: its secret; a public client has none." },                        \
    { group_name, "refresh_token_file", &config_secret, AT(owner, auth.refresh_token),   \
      .example = "/etc/postern/refresh-token",                                           \
      .help = "xoauth2: the refresh token to begin with; later ones are kept, sealed,\n" \
              "in the database." },                                                      \
    { group_name, "scope", &config_text, AT(owner, auth.scope),                          \
      .example = "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",      \
      .help = "xoauth2: the scope to ask for, where the provider wants it said." },      \
    { group_name, "token_days", &config_days, AT(owner, auth.token_days),                \
      .fallback = "0", .min = 0, .max = 3650,                                            \
      .help = "xoauth2: days that a refresh token lives, to warn before; 0: not known." }

const struct config_rule config_rules[] = {
    { "database", "url", &config_conninfo, CONFIG(database), .required = true,
      .example = "postgresql:///postern?user=postern_maild",
      .help = "The database, as maild's role (a libpq URI or key=value words)." },
    { "database", "portal_url", &config_conninfo, CONFIG(portal_database),
      .example = "postgresql:///postern?user=postern_portald",
      .help = "The same, as portald's role. Default: url." },
    { "database", "owner_url", &config_conninfo, CONFIG(owner_database),
      .example = "postgresql:///postern?user=postern",
      .help = "The same, as the owner of the schema, for the verbs that change it or look "
              "over all\ntenants: migrate, add, status, quarantine, export. Default: url." },

    { "desk", "secret_file", &config_key, CONFIG(secret), .required = true,
      .example = "/etc/postern/secret",
      .help = "Key that signs reply addresses and links: a file of at least 32 random "
              "bytes, or\ncredential:NAME. Make one with\n"
              "  (umask 077; openssl rand -base64 48 > /etc/postern/secret)\n"
              "It must belong to the daemons' user, and nobody else may read it." },
    { "desk", "previous_secret_file", &config_key, CONFIG(previous_secret),
      .example = "/etc/postern/secret.old",
      .help = "The key before that one: still believed, so that old mail can be "
              "answered." },
    { "desk", "templates", &config_path, CONFIG(templates), .fallback = POSTERN_TEMPLATES,
      .example = "/usr/share/postern/templates",
      .help = "Directory of the templates. Default: where they were installed." },
    { "desk", "migrations", &config_path, CONFIG(migrations),
      .fallback = POSTERN_MIGRATIONS, .example = "/usr/share/postern/migrations",
      .help = "Directory of the migrations. Default: where they were installed." },
    { "desk", "user", &config_text, CONFIG(user), .example = "postern",
      .help = "The user to become when started as root; without it, root is refused." },
    { "desk", "instance", &config_text, CONFIG(instance), .example = "mx1",
      .help = "Tells several maild on one database apart. Default: this host's name." },
    { "desk", "administrator", &config_address, CONFIG(administrator),
      .example = "postmaster@desk.example",
      .help = "Who is told of quarantined mail and of mailboxes that fail. Default: "
              "nobody." },
    { "desk", "metrics_file", &config_path, CONFIG(metrics_file),
      .example = "/var/lib/postern/metrics.prom",
      .help = "File that maild keeps its figures in (Prometheus text). Default: none." },
    { "desk", "log_level", &config_choice, CONFIG(log_level), .choices = log_levels,
      .fallback = "info", .help = "error, warning, info or debug." },
    { "desk", "authserv_id", &config_words, CONFIG(authserv_ids),
      .example = "mx.desk.example",
      .help = "Whose Authentication-Results to believe (RFC 8601): the names that your "
              "own mail\nservers put there. Default: nobody's." },

    { "lmtp", "listen", &config_endpoints, CONFIG(lmtp_listen),
      .fallback = "unix:/run/postern/lmtp",
      .help = "Where to listen: unix:/path, host:port, several, or none." },
    { "lmtp", "peers", &config_peers, CONFIG(lmtp_peers), .fallback = "127.0.0.0/8 ::1",
      .help = "Who may connect by TCP: addresses and blocks." },
    { "lmtp", "max_message", &config_size, CONFIG(message_bytes), .fallback = "50M",
      .min = 64 << 10, .max = LIMIT_MESSAGE_BYTES,
      .help = "The largest message taken, by LMTP and out of mailboxes." },

    { "ingest", "processes", &config_number, CONFIG(ingest_processes), .fallback = "2",
      .min = 0, .max = 64, .help = "How many; 0 where another maild does this." },
    { "ingest", "lease", &config_duration, CONFIG(lease_us), .fallback = "5m",
      .min = CLOCK_MINUTE, .max = CLOCK_DAY,
      .help = "How long the claim of a process that was never heard of again holds." },

    { "send", "processes", &config_number, CONFIG(send_processes), .fallback = "2",
      .min = 0, .max = 64, .help = "How many; 0 where another maild does this." },
    { "send", "reply_hold", &config_duration, CONFIG(reply_hold_us), .fallback = "15s",
      .min = 0, .max = CLOCK_HOUR,
      .help = "How long an answer written by a person can be undone." },

    { "crypto", "carry_decrypted", &config_switch, CONFIG(carry_decrypted),
      .fallback = "no",
      .help = "Whether notices and answers may repeat in clear what came encrypted: yes, "
              "no. With\nno, a notice has a link to it, and an agent's encrypted answer is "
              "kept as a note." },

    { "relay", "url", &config_relay_url, .required = true,
      .example = "smtp://127.0.0.1:25",
      .help = "smtp://host:port, smtps://host:port (TLS from the first byte) or "
              "maildir:/path (for trying)." },
    { "relay", "tls", &config_choice, AT(config_relay, tls), .choices = relay_tls,
      .fallback = "opportunistic",
      .help = "STARTTLS with smtp://: none; opportunistic, where offered, unverified; "
              "required, verified." },
    { "relay", "ca_file", &config_path, AT(config_relay, ca_file),
      .example = "/etc/postern/ca.pem",
      .help = "Authorities that its certificate may come from. Default: the system's." },
    { "relay", "helo", &config_text, AT(config_relay, helo), .example = "desk.example",
      .help = "The name to say in EHLO. Default: this host's." },
    AUTH_RULES("relay", config_relay, relay_auth, "none"),

    { "mailbox", "queue", &config_address, AT(config_mailbox, queue), .required = true,
      .example = "support@desk.example", .help = "The queue that its mail goes to." },
    { "mailbox", "url", &config_imap_url, .required = true,
      .example = "imaps://imap.gmail.com:993",
      .help = "imaps://host:port (TLS from the first byte) or imap://host:port." },
    { "mailbox", "tls", &config_choice, AT(config_mailbox, tls), .choices = mailbox_tls,
      .fallback = "required", .help = "STARTTLS with imap://: required (verified), none." },
    { "mailbox", "ca_file", &config_path, AT(config_mailbox, ca_file),
      .example = "/etc/postern/ca.pem",
      .help = "Authorities that its certificate may come from. Default: the system's." },
    AUTH_RULES("mailbox", config_mailbox, mailbox_auth, "plain"),
    { "mailbox", "folder", &config_text, AT(config_mailbox, folder), .fallback = "INBOX",
      .help = "The folder to read." },
    { "mailbox", "after", &config_after, .fallback = "seen",
      .help = "What becomes of a mail once it is safely stored: seen, move:Folder, "
              "delete." },
    { "mailbox", "poll", &config_duration, AT(config_mailbox, poll_us), .fallback = "1m",
      .min = CLOCK_SECOND, .max = CLOCK_DAY,
      .help = "How often to look where the server can't tell us (and beside its telling)." },
    { "mailbox", "alarm_after", &config_duration, AT(config_mailbox, alarm_after_us),
      .fallback = "15m", .min = CLOCK_SECOND, .max = 30 * CLOCK_DAY,
      .help = "Failing for so long, the administrator is told." },

    { "portal", "listen", &config_host_port, CONFIG(portal), .fallback = "127.0.0.1:8080",
      .help = "Where to serve HTTP; a web server with TLS belongs in front." },
    { "portal", "base_url", &config_base_url, CONFIG(portal.base_url),
      .fallback = "http://127.0.0.1:8080",
      .help = "Its address as people see it, for links in mail." },
    { "portal", "threads", &config_number, CONFIG(portal.threads), .fallback = "4",
      .min = 1, .max = 256, .help = "Threads that answer requests." },
    { "portal", "rate_factor", &config_number, CONFIG(portal.rate_factor), .fallback = "1",
      .min = 0, .max = 1000,
      .help = "Multiplies how many requests, sign-ins and mails one person or network "
              "address may\nask for in a time; 0 where something in front counts them." },
    { "portal", "proxies", &config_peers, CONFIG(portal.proxies),
      .fallback = "127.0.0.0/8 ::1",
      .help = "Web servers in front, whose X-Forwarded-For and X-Forwarded-Proto are "
              "believed:\naddresses and blocks." },
    { "portal", "tls_certificate", &config_path, CONFIG(portal.tls_certificate),
      .example = "/etc/postern/portal.pem",
      .help = "Certificate and chain (PEM), to speak TLS 1.3 without a web server in "
              "front." },
    { "portal", "tls_key", &config_path, CONFIG(portal.tls_key),
      .example = "/etc/postern/portal.key",
      .help = "Its private key (PEM), a file that nobody else may read." },
    { NULL, NULL, NULL, .offset = 0 },
};
/* clang-format on */

/* --- the sample ------------------------------------------------------------------- */

static void
append_comment(GString *sample, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        g_string_append_printf(sample, "# %s\n", *line);
}

static void
append_rule(GString *sample, const struct config_rule *rule, bool active)
{
    append_comment(sample, rule->help);
    g_string_append_printf(sample, "%s%s = %s\n\n", active && rule->required ? "" : "#",
                           rule->key, rule->example ? rule->example : rule->fallback);
}

static void
append_group(GString *sample, const struct config_group *group)
{
    /* A mailbox is shown but not there: whoever has one takes the # away. */
    bool active = group->naming != GROUP_NAMED;

    g_string_append_c(sample, '\n');
    append_comment(sample, group->help);
    g_string_append_printf(sample, "%s[%s%s]\n\n", active ? "" : "#", group->kind,
                           active ? "" : " \"support\"");
    for (const struct config_rule *rule = config_rules; rule->key; rule++)
        if (strcmp(rule->group, group->kind) == 0)
            append_rule(sample, rule, active);
}

char *
config_sample(void)
{
    GString *sample = g_string_new(
        "# The configuration of Postern: /etc/postern/postern.conf. What is commented "
        "out "
        "shows\n# the default, or an example where there is none. `maild check-config` "
        "says what is wrong.\n#\n"
        "#   key = value             # from \" #\" on a value is a comment\n"
        "#   key = \"va#lue\"          within quotes \\\" and \\\\ stand for \" and "
        "\\\n#\n"
        "# Times: 15s, 10m, 2h, 5d. Sizes: 200k, 50M. Secrets are files that only their "
        "owner may\n# read, or credential:NAME for systemd's LoadCredential=NAME:PATH. "
        "Tenants, queues and\n# agents are not here but in the database: `maild help "
        "add`.\n");
    for (const struct config_group *group = config_groups; group->kind; group++)
        append_group(sample, group);
    g_string_truncate(sample, sample->len - 1); /* one empty line less at the end */
    return g_string_free(sample, FALSE);
}
