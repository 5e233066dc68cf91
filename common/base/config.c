#include "common/base/config.h"

#include <errno.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/config_table.h"
#include "common/base/error.h"
#include "common/base/limits.h"

struct reading {
    Config *config;
    GPtrArray *problems;
    char *directory; /* of the file */
};

/* --- ownership -------------------------------------------------------------------- */

static void
auth_clear(struct config_auth *auth)
{
    char *texts[] = { auth->user,      auth->password,      auth->token_url,
                      auth->client_id, auth->client_secret, auth->refresh_token,
                      auth->scope,     auth->token_ca_file };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
}

static void
relay_free(void *data)
{
    struct config_relay *relay = data;
    g_free(relay->tenant);
    g_free(relay->host);
    g_free(relay->ca_file);
    g_free(relay->helo);
    g_free(relay->directory);
    auth_clear(&relay->auth);
    g_free(relay);
}

static void
mailbox_free(void *data)
{
    struct config_mailbox *mailbox = data;
    g_free(mailbox->name);
    g_free(mailbox->queue);
    g_free(mailbox->host);
    g_free(mailbox->ca_file);
    g_free(mailbox->folder);
    g_free(mailbox->move_to);
    auth_clear(&mailbox->auth);
    g_free(mailbox);
}

static Config *
config_new(const char *path)
{
    Config *config = g_new0(Config, 1);
    config->path = g_strdup(path);
    config->instance = g_strdup(g_get_host_name());
    config->authserv_ids = g_new0(char *, 1);
    config->relays = g_ptr_array_new_with_free_func(relay_free);
    config->mailboxes = g_ptr_array_new_with_free_func(mailbox_free);
    return config;
}

void
config_free(Config *config)
{
    if (!config)
        return;
    char *texts[] = { config->path,
                      config->database,
                      config->portal_database,
                      config->owner_database,
                      config->templates,
                      config->migrations,
                      config->user,
                      config->instance,
                      config->administrator,
                      config->metrics_file,
                      config->portal.listen_host,
                      config->portal.base_url,
                      config->portal.tls_certificate,
                      config->portal.tls_key };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_strfreev(config->authserv_ids);
    g_strfreev(config->lmtp_listen);
    g_strfreev(config->lmtp_peers);
    g_strfreev(config->portal.proxies);
    g_clear_pointer(&config->secret, g_bytes_unref);
    g_clear_pointer(&config->previous_secret, g_bytes_unref);
    g_ptr_array_unref(config->relays);
    g_ptr_array_unref(config->mailboxes);
    g_free(config);
}

/* --- names that are not known ------------------------------------------------------ */

/* Levenshtein's distance. */
static size_t
distance(const char *a, const char *b)
{
    size_t n = strlen(b);
    if (strlen(a) > 64)
        return SIZE_MAX; /* no slip of the hand, and the table would grow */
    g_autofree size_t *row = g_new(size_t, n + 1);

    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < n; j++) {
            size_t change = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = MIN(change, MIN(row[j], row[j + 1]) + 1);
        }
    }
    return row[n];
}

static const struct config_group *
find_group(const char *kind)
{
    for (const struct config_group *group = config_groups; group->kind; group++)
        if (strcmp(group->kind, kind) == 0)
            return group;
    return NULL;
}

static const struct config_rule *
find_rule(const char *group, const char *key)
{
    for (const struct config_rule *rule = config_rules; rule->key; rule++)
        if ((!group || strcmp(rule->group, group) == 0) && strcmp(rule->key, key) == 0)
            return rule;
    return NULL;
}

static void
unknown_group(struct reading *r, const struct ini_group *group)
{
    const char *nearest = "database";
    for (const struct config_group *g = config_groups; g->kind; g++)
        if (distance(group->kind, g->kind) < distance(group->kind, nearest))
            nearest = g->kind;
    if (distance(group->kind, nearest) <= strlen(nearest) / 2)
        ini_problem_add(r->problems, group->line,
                        "there is no group [%s], did you mean [%s]?", group->kind,
                        nearest);
    else
        ini_problem_add(r->problems, group->line,
                        "there is no group [%.64s], expected database, desk, lmtp, "
                        "ingest, send, relay, mailbox or portal",
                        group->kind);
}

static void
unknown_key(struct reading *r, const char *group, const struct ini_entry *entry)
{
    const struct config_rule *elsewhere = find_rule(NULL, entry->key);
    const char *nearest = NULL;

    for (const struct config_rule *rule = config_rules; rule->key; rule++)
        if (strcmp(rule->group, group) == 0
            && (!nearest
                || distance(entry->key, rule->key) < distance(entry->key, nearest)))
            nearest = rule->key;
    if (nearest && distance(entry->key, nearest) <= strlen(nearest) / 3 + 1)
        ini_problem_add(r->problems, entry->line, "[%s] has no key %s, did you mean %s?",
                        group, entry->key, nearest);
    else if (elsewhere)
        ini_problem_add(r->problems, entry->line,
                        "[%s] has no key %s, it belongs in [%s]", group, entry->key,
                        elsewhere->group);
    else
        ini_problem_add(r->problems, entry->line,
                        "[%s] has no key %.64s, see `maild check-config --sample`", group,
                        entry->key);
}

/* --- values ----------------------------------------------------------------------- */

static void
set_value(struct reading *r, const struct config_rule *rule, void *object,
          const char *value, unsigned line)
{
    g_autofree char *why = rule->type->set(rule, object, value, r->directory);
    if (why)
        ini_problem_add(r->problems, line, "[%s] %s: %s, expected %s", rule->group,
                        rule->key, why, rule->type->expected);
}

static void
set_defaults(struct reading *r, const char *group, void *object)
{
    for (const struct config_rule *rule = config_rules; rule->key; rule++)
        if (strcmp(rule->group, group) == 0 && rule->fallback)
            set_value(r, rule, object, rule->fallback, 0);
}

static void
set_entries(struct reading *r, const struct ini_group *group, void *object)
{
    for (guint i = 0; i < group->entries->len; i++) {
        const struct ini_entry *entry = group->entries->pdata[i];
        const struct config_rule *rule = find_rule(group->kind, entry->key);
        if (rule)
            set_value(r, rule, object, entry->value, entry->line);
        else
            unknown_key(r, group->kind, entry);
    }
}

static void
check_required(struct reading *r, const char *kind, const struct ini_group *group)
{
    for (const struct config_rule *rule = config_rules; rule->key; rule++)
        if (strcmp(rule->group, kind) == 0 && rule->required
            && (!group || !ini_find(group, rule->key)))
            ini_problem_add(r->problems, group ? group->line : 0,
                            "[%s] %s is missing, expected %s", kind, rule->key,
                            rule->type->expected);
}

/* --- what must fit together ------------------------------------------------------- */

static void
need_key(struct reading *r, const struct ini_group *group, const char *key)
{
    const struct ini_entry *auth = ini_find(group, "auth");
    if (!ini_find(group, key))
        ini_problem_add(r->problems, auth ? auth->line : group->line,
                        "[%s] auth = %s needs %s", group->kind,
                        auth ? auth->value : "plain", key);
}

static void
check_auth(struct reading *r, const struct ini_group *group,
           const struct config_auth *auth)
{
    static const char *const password_keys[] = { "user", "password_file", NULL };
    static const char *const token_keys[] = { "user", "token_url", "client_id",
                                              "refresh_token_file", NULL };
    const struct ini_entry *password = ini_find(group, "password_file");

    if (auth->method == AUTH_NONE) {
        if (password)
            ini_problem_add(r->problems, password->line,
                            "[%s] password_file is not used without auth, expected auth "
                            "= plain or login beside it",
                            group->kind);
        return;
    }
    for (const char *const *key = auth->method == AUTH_XOAUTH2 ? token_keys
                                                               : password_keys;
         *key; key++)
        need_key(r, group, *key);
}

/* A scheme that is TLS from the first byte leaves nothing to tls =. */
static void
check_tls(struct reading *r, const struct ini_group *group, enum tls_policy *tls)
{
    const struct ini_entry *entry = ini_find(group, "tls");
    const struct ini_entry *url = ini_find(group, "url");

    if (!url
        || !(g_str_has_prefix(url->value, "smtps:")
             || g_str_has_prefix(url->value, "imaps:")))
        return;
    if (entry)
        ini_problem_add(r->problems, entry->line,
                        "[%s] tls is for STARTTLS, and %s is TLS from the first byte: "
                        "expected no such line",
                        group->kind, url->value);
    *tls = TLS_IMPLICIT;
}

static void
read_relay(struct reading *r, const struct ini_group *group)
{
    struct config_relay *relay = g_new0(struct config_relay, 1);

    g_ptr_array_add(r->config->relays, relay);
    relay->tenant = g_strdup(group->name);
    set_defaults(r, group->kind, relay);
    set_entries(r, group, relay);
    check_required(r, group->kind, group);
    check_tls(r, group, &relay->tls);
    check_auth(r, group, &relay->auth);
    if (relay->auth.method != AUTH_NONE && relay->tls == TLS_OPPORTUNISTIC && relay->host
        && !config_is_loopback(relay->host))
        ini_problem_add(r->problems, group->line,
                        "[relay] auth over opportunistic TLS would show the password to "
                        "whoever strips the TLS, expected tls = required (or none, if "
                        "you mean it)");
}

static void
read_mailbox(struct reading *r, const struct ini_group *group)
{
    struct config_mailbox *mailbox = g_new0(struct config_mailbox, 1);

    g_ptr_array_add(r->config->mailboxes, mailbox);
    mailbox->name = g_strdup(group->name);
    set_defaults(r, group->kind, mailbox);
    set_entries(r, group, mailbox);
    check_required(r, group->kind, group);
    check_tls(r, group, &mailbox->tls);
    check_auth(r, group, &mailbox->auth);
}

/* --- groups ----------------------------------------------------------------------- */

static bool
check_naming(struct reading *r, const struct config_group *kind,
             const struct ini_group *group)
{
    if (kind->naming == GROUP_ONCE && group->name)
        ini_problem_add(r->problems, group->line, "[%s] takes no name, expected [%s]",
                        kind->kind, kind->kind);
    else if (kind->naming == GROUP_NAMED && !group->name)
        ini_problem_add(r->problems, group->line,
                        "[%s] needs a name, expected [%s \"name\"]", kind->kind,
                        kind->kind);
    else
        return true;
    return false;
}

static void
read_group(struct reading *r, const struct ini_group *group)
{
    const struct config_group *kind = find_group(group->kind);

    if (!kind)
        unknown_group(r, group);
    else if (!check_naming(r, kind, group))
        return;
    else if (strcmp(kind->kind, "relay") == 0)
        read_relay(r, group);
    else if (strcmp(kind->kind, "mailbox") == 0)
        read_mailbox(r, group);
    else
        set_entries(r, group, r->config);
}

static const struct ini_group *
find_ini_group(const GPtrArray *groups, const char *kind)
{
    for (guint i = 0; i < groups->len; i++) {
        const struct ini_group *group = groups->pdata[i];
        if (strcmp(group->kind, kind) == 0)
            return group;
    }
    return NULL;
}

static void
read_groups(struct reading *r, struct slice text)
{
    g_autoptr(GPtrArray) groups = ini_read(text, r->problems);

    for (const struct config_group *kind = config_groups; kind->kind; kind++)
        if (kind->naming == GROUP_ONCE)
            set_defaults(r, kind->kind, r->config);
    for (guint i = 0; i < groups->len; i++)
        read_group(r, groups->pdata[i]);
    for (const struct config_group *kind = config_groups; kind->kind; kind++)
        if (kind->naming == GROUP_ONCE)
            check_required(r, kind->kind, find_ini_group(groups, kind->kind));
}

static void
follow_database(Config *config)
{
    if (!config->portal_database)
        config->portal_database = g_strdup(config->database);
    if (!config->owner_database)
        config->owner_database = g_strdup(config->database);
}

Config *
config_parse(struct slice text, const char *path, GError **error)
{
    g_autoptr(Config) config = config_new(path);
    g_autoptr(GPtrArray) problems = ini_problems_new();
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    g_autofree char *directory = g_path_get_dirname(absolute);
    struct reading r = { config, problems, directory };

    read_groups(&r, text);
    if (problems->len > 0) {
        g_autofree char *lines = ini_problems_format(problems, path);
        error_set(error, ERR_REJECT, "%s", lines);
        return NULL;
    }
    follow_database(config);
    return g_steal_pointer(&config);
}

Config *
config_read(const char *path, GError **error)
{
    g_autoptr(FILE) file = fopen(path, "rbe");
    g_autofree char *text = g_malloc(LIMIT_CONFIG_BYTES + 1);

    if (!file) {
        error_set(error, ERR_REJECT, "%s: %s", path, g_strerror(errno));
        return NULL;
    }
    size_t n = fread(text, 1, LIMIT_CONFIG_BYTES + 1, file);
    if (n > LIMIT_CONFIG_BYTES || ferror(file)) {
        error_set(error, ERR_REJECT, "%s: it can't be read, or is larger than %u bytes",
                  path, LIMIT_CONFIG_BYTES);
        return NULL;
    }
    return config_parse((struct slice){ text, n }, path, error);
}

const struct config_relay *
config_find_relay(const Config *config, const char *tenant)
{
    const struct config_relay *fallback = NULL;
    for (guint i = 0; i < config->relays->len; i++) {
        const struct config_relay *relay = config->relays->pdata[i];
        if (!relay->tenant)
            fallback = relay;
        else if (g_strcmp0(relay->tenant, tenant) == 0)
            return relay;
    }
    return fallback;
}
