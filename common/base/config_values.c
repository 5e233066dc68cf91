/* The types of values in the configuration file: words and numbers. */
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/config_table.h"

void
config_replace(char **field, char *take_value)
{
    g_free(*field);
    *field = take_value;
}

char *
config_not_that(const char *value, const char *what)
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
    config_replace(CONFIG_FIELD(char *), g_strdup(value));
    return NULL;
}

/* A password would be a secret in a file that is no secret: libpq reads it elsewhere. */
static bool
holds_password(const char *conninfo)
{
    const char *authority = strstr(conninfo, "://");
    if (strstr(conninfo, "password"))
        return true;
    if (!authority)
        return false;
    const char *end = authority + 3 + strcspn(authority + 3, "/?");
    const char *at = memchr(authority, '@', (size_t)(end - authority));
    return at && memchr(authority + 3, ':', (size_t)(at - authority - 3));
}

static char *
set_conninfo(const struct config_rule *rule, void *object, const char *value,
             const char *directory)
{
    if (holds_password(value))
        return g_strdup("it holds a password: put that into a file as libpq's passfile "
                        "has it, mode 0600, and name the file with passfile=");
    return set_text(rule, object, value, directory);
}

static char *
set_path(const struct config_rule *rule, void *object, const char *value,
         const char *directory)
{
    if (!*value)
        return g_strdup("it is empty");
    config_replace(CONFIG_FIELD(char *), g_canonicalize_filename(value, directory));
    return NULL;
}

static char *
set_address(const struct config_rule *rule, void *object, const char *value,
            const char *directory)
{
    const char *at = strrchr(value, '@');
    if (!at || at == value || !at[1] || strpbrk(value, " \t<>,;"))
        return config_not_that(value, "no mail address");
    return set_text(rule, object, value, directory);
}

char **
config_split_words(const char *value)
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
    char ***field = CONFIG_FIELD(char **);
    (void)directory;
    g_strfreev(*field);
    *field = config_split_words(value);
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
            *CONFIG_FIELD(int) = choice->value;
            return NULL;
        }
        g_string_append_printf(all, "%s%s", all->len ? ", " : "", choice->word);
    }
    return g_strdup_printf("\"%s\" is not known here, there are: %s", value, all->str);
}

static char *
set_switch(const struct config_rule *rule, void *object, const char *value,
           const char *directory)
{
    bool yes = strcmp(value, "yes") == 0;
    (void)directory;
    if (!yes && strcmp(value, "no") != 0)
        return config_not_that(value, "neither");
    *CONFIG_FIELD(bool) = yes;
    return NULL;
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

bool
config_read_number(const char *text, int64_t *ret_number, const char **ret_end)
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

    if (!config_read_number(text, &number, &end))
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

/* A number without a unit; NULL, or why it is none. */
static char *
read_number(const struct config_rule *rule, const char *value, int64_t *ret_number)
{
    return read_with_unit(value, NULL, 0, false, ret_number)
               ? check_range(rule, value, *ret_number, NULL, 0)
               : config_not_that(value, "no number");
}

static char *
set_number(const struct config_rule *rule, void *object, const char *value,
           const char *directory)
{
    int64_t number = 0;
    (void)directory;
    char *why = read_number(rule, value, &number);
    if (!why)
        *CONFIG_FIELD(int) = (int)number;
    return why;
}

/* As set_number, into 64 bits. */
static char *
set_days(const struct config_rule *rule, void *object, const char *value,
         const char *directory)
{
    int64_t number = 0;
    (void)directory;
    char *why = read_number(rule, value, &number);
    if (!why)
        *CONFIG_FIELD(int64_t) = number;
    return why;
}

static char *
set_with_unit(const struct config_rule *rule, void *object, const char *value,
              const struct unit *units, size_t n, const char *what)
{
    int64_t number = 0;
    if (!read_with_unit(value, units, n, units == duration_units, &number))
        return config_not_that(value, what);
    char *why = check_range(rule, value, number, units, n);
    if (!why)
        *CONFIG_FIELD(int64_t) = number;
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

const struct config_type config_text = { "some text", set_text };
const struct config_type config_conninfo = {
    "a libpq URI or key=value words, as postgresql:///postern?user=postern_maild",
    set_conninfo
};
const struct config_type config_path = { "a path", set_path };
const struct config_type config_address = { "a mail address, as support@desk.example",
                                            set_address };
const struct config_type config_words = { "words with blanks between them", set_words };
const struct config_type config_switch = { "yes or no", set_switch };
const struct config_type config_choice = { "one of these", set_choice };
const struct config_type config_number = { "a whole number in that range", set_number };
const struct config_type config_days = { "a whole number of days", set_days };
const struct config_type config_duration = {
    "a whole number with s, m, h or d behind it, as 15s, 10m, 2h, 5d", set_duration
};
const struct config_type config_size = {
    "a number of bytes, or with k, M or G behind it, as 50M", set_size
};
