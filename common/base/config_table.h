/*
 * config_table: what may stand in the configuration file, as one table. Reading, the
 * defaults, the error texts and the sample all come from it. Only the files config*.c
 * include this.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "common/base/config.h"
#include "common/base/ini.h"

struct config_rule;

/* How a value becomes a field. `set` writes it into `object`, the struct of the group, at
   the rule's offset; `directory` is what relative paths are meant from. NULL when it is
   good, else what is wrong, owned by the caller. */
struct config_type {
    const char *expected; /* "a number of seconds, …": ends every error about it */
    char *(*set)(const struct config_rule *rule, void *object, const char *value,
                 const char *directory);
};

struct config_choice {
    const char *word; /* NULL ends a list */
    int value;
};

struct config_rule {
    const char *group, *key;
    const struct config_type *type;
    size_t offset;
    const char *fallback; /* the default, written as in the file; NULL: none */
    const char *example;  /* what the sample shows where there is no default */
    bool required;
    int64_t min, max;                    /* of numbers, durations, sizes */
    const struct config_choice *choices; /* of words */
    const char *help;                    /* lines of the sample's comment */
};

struct config_group {
    const char *kind;
    enum { GROUP_ONCE, GROUP_MAYBE_NAMED, GROUP_NAMED } naming;
    const char *help;
};

/* Both end with an entry whose first member is NULL. */
extern const struct config_rule config_rules[];
extern const struct config_group config_groups[];

/* The types (config_values.c, config_secret.c). */
extern const struct config_type config_text, config_conninfo, config_path, config_address,
    config_words, config_switch, config_choice, config_number, config_days,
    config_duration, config_size, config_endpoints, config_peers, config_host_port,
    config_base_url, config_token_url, config_relay_url, config_imap_url, config_after,
    config_secret, config_key;

/* --- for the types themselves ----------------------------------------------------- */

#define CONFIG_FIELD(type) ((type *)(void *)((char *)object + rule->offset))

/* Free what is there, put this in its place. */
void config_replace(char **field, char *take_value);

/* `"value" is what`, owned by the caller. */
char *config_not_that(const char *value, const char *what);

/* Digits at the start of the text; *ret_end is behind them. False without any, and for
   numbers that no value here could be. */
bool config_read_number(const char *text, int64_t *ret_number, const char **ret_end);

/* Words with blanks or commas between them; g_strfreev. */
char **config_split_words(const char *value);

/* True for localhost, 127.0.0.0/8, ::1: where no TLS is needed. */
bool config_is_loopback(const char *host);
