#include "common/base/ini.h"

#include <string.h>

#define WORD_FIRST "abcdefghijklmnopqrstuvwxyz"
#define WORD_REST WORD_FIRST "0123456789_"

struct reader {
    GPtrArray *groups, *problems;
    struct ini_group *group; /* where the next key goes */
    bool lost; /* behind a group line that can't be read: keys are not judged */
    unsigned line;
};

/* --- problems --------------------------------------------------------------------- */

static void
problem_free(void *data)
{
    struct ini_problem *problem = data;
    g_free(problem->text);
    g_free(problem);
}

GPtrArray *
ini_problems_new(void)
{
    return g_ptr_array_new_with_free_func(problem_free);
}

void
ini_problem_add(GPtrArray *problems, unsigned line, const char *format, ...)
{
    struct ini_problem *problem = g_new0(struct ini_problem, 1);
    va_list args;

    va_start(args, format);
    problem->line = line;
    problem->text = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(problems, problem);
}

static int
by_line(const void *a, const void *b)
{
    const struct ini_problem *const *left = a, *const *right = b;
    return ((*left)->line > (*right)->line) - ((*left)->line < (*right)->line);
}

char *
ini_problems_format(GPtrArray *problems, const char *where)
{
    GString *text = g_string_new(NULL);

    g_ptr_array_sort(problems, by_line);
    for (guint i = 0; i < problems->len; i++) {
        const struct ini_problem *problem = problems->pdata[i];
        g_string_append_printf(text, "%s%s:", i ? "\n" : "", where);
        if (problem->line)
            g_string_append_printf(text, "%u:", problem->line);
        g_string_append_printf(text, " %s", problem->text);
    }
    return g_string_free(text, FALSE);
}

/* --- groups and entries ----------------------------------------------------------- */

static void
entry_free(void *data)
{
    struct ini_entry *entry = data;
    g_free(entry->key);
    g_free(entry->value);
    g_free(entry);
}

static void
group_free(void *data)
{
    struct ini_group *group = data;
    g_free(group->kind);
    g_free(group->name);
    g_ptr_array_unref(group->entries);
    g_free(group);
}

const struct ini_entry *
ini_find(const struct ini_group *group, const char *key)
{
    for (guint i = 0; i < group->entries->len; i++) {
        const struct ini_entry *entry = group->entries->pdata[i];
        if (strcmp(entry->key, key) == 0)
            return entry;
    }
    return NULL;
}

static const struct ini_group *
find_group(const struct reader *reader, const char *kind, const char *name)
{
    for (guint i = 0; i < reader->groups->len; i++) {
        const struct ini_group *group = reader->groups->pdata[i];
        if (strcmp(group->kind, kind) == 0 && g_strcmp0(group->name, name) == 0)
            return group;
    }
    return NULL;
}

/* --- pieces of a line: each cuts what it reads off *rest --------------------------- */

static void
skip_blanks(struct slice *rest)
{
    while (rest->n > 0 && (*rest->p == ' ' || *rest->p == '\t'))
        *rest = slice_sub(*rest, 1, rest->n);
}

static bool
take_char(struct slice *rest, char c)
{
    if (rest->n == 0 || *rest->p != c)
        return false;
    *rest = slice_sub(*rest, 1, rest->n);
    return true;
}

/* Nothing more but blanks and a comment. */
static bool
at_end(struct slice *rest)
{
    skip_blanks(rest);
    return rest->n == 0 || *rest->p == '#' || *rest->p == ';';
}

static char *
take_word(struct slice *rest)
{
    size_t n = 0;
    while (n < rest->n && rest->p[n] && strchr(n ? WORD_REST : WORD_FIRST, rest->p[n]))
        n++;
    char *word = n ? g_strndup(rest->p, n) : NULL;
    *rest = slice_sub(*rest, n, rest->n);
    return word;
}

/* Behind an opening quote. NULL: the quote is never closed, or \ stands before another. */
static char *
take_quoted(struct slice *rest)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (size_t i = 0; i < rest->n; i++) {
        char c = rest->p[i];
        if (c == '"') {
            *rest = slice_sub(*rest, i + 1, rest->n);
            return g_string_free(g_steal_pointer(&text), FALSE);
        }
        if (c == '\\') {
            i++;
            if (i == rest->n || (rest->p[i] != '"' && rest->p[i] != '\\'))
                return NULL;
            c = rest->p[i];
        }
        g_string_append_c(text, c);
    }
    return NULL;
}

/* Up to the end of the line, or to a # behind a blank. */
static char *
take_plain(struct slice *rest)
{
    size_t n = 0;
    while (n < rest->n
           && !(rest->p[n] == '#'
                && (n == 0 || rest->p[n - 1] == ' ' || rest->p[n - 1] == '\t')))
        n++;
    struct slice value = slice_trim(slice_sub(*rest, 0, n));
    *rest = slice_sub(*rest, n, rest->n);
    return value.n ? slice_dup(value) : NULL;
}

/* --- lines ------------------------------------------------------------------------ */

static bool
take_group_line(struct slice rest, char **ret_kind, char **ret_name)
{
    g_autofree char *kind = NULL, *name = NULL;

    skip_blanks(&rest);
    if (!(kind = take_word(&rest)))
        return false;
    skip_blanks(&rest);
    if (take_char(&rest, '"') && (!(name = take_quoted(&rest)) || !*name))
        return false;
    skip_blanks(&rest);
    if (!take_char(&rest, ']') || !at_end(&rest))
        return false;
    *ret_kind = g_steal_pointer(&kind);
    *ret_name = g_steal_pointer(&name);
    return true;
}

static void
read_group(struct reader *reader, struct slice rest)
{
    g_autofree char *kind = NULL, *name = NULL;

    reader->lost = !take_group_line(rest, &kind, &name);
    if (reader->lost) {
        ini_problem_add(reader->problems, reader->line,
                        "this group can't be read, expected [group] or [group \"name\"]");
        return;
    }
    const struct ini_group *earlier = find_group(reader, kind, name);
    if (earlier)
        ini_problem_add(reader->problems, reader->line,
                        "this group is already at line %u, expected it once",
                        earlier->line);

    struct ini_group *group = g_new0(struct ini_group, 1);
    group->line = reader->line;
    group->kind = g_steal_pointer(&kind);
    group->name = g_steal_pointer(&name);
    group->entries = g_ptr_array_new_with_free_func(entry_free);
    g_ptr_array_add(reader->groups, group);
    reader->group = group;
}

static char *
read_value(const struct reader *reader, const char *key, struct slice rest)
{
    skip_blanks(&rest);
    if (!take_char(&rest, '"')) {
        char *plain = take_plain(&rest);
        if (!plain)
            ini_problem_add(reader->problems, reader->line,
                            "%s has no value, expected one (without the line, the "
                            "default holds)",
                            key);
        return plain;
    }
    g_autofree char *quoted = take_quoted(&rest);
    if (!quoted) {
        ini_problem_add(reader->problems, reader->line,
                        "%s: the quotes are not closed or hold a lone \\, expected "
                        "\"…\" with \\\" and \\\\ for \" and \\",
                        key);
        return NULL;
    }
    if (!at_end(&rest)) {
        ini_problem_add(reader->problems, reader->line,
                        "%s: there is something behind the closing quote, expected "
                        "nothing or a comment",
                        key);
        return NULL;
    }
    return g_steal_pointer(&quoted);
}

static void
read_entry(struct reader *reader, struct slice rest)
{
    g_autofree char *key = take_word(&rest);

    skip_blanks(&rest);
    if (!key || !take_char(&rest, '=')) {
        ini_problem_add(reader->problems, reader->line,
                        "this line can't be read, expected key = value, [group] or a "
                        "comment");
        return;
    }
    g_autofree char *value = read_value(reader, key, rest);
    if (!value || reader->lost)
        return;
    if (!reader->group) {
        ini_problem_add(reader->problems, reader->line,
                        "%s stands before any group, expected a [group] above it", key);
        return;
    }
    const struct ini_entry *earlier = ini_find(reader->group, key);
    if (earlier) {
        ini_problem_add(reader->problems, reader->line,
                        "%s is already at line %u, expected it once", key, earlier->line);
        return;
    }
    struct ini_entry *entry = g_new0(struct ini_entry, 1);
    entry->line = reader->line;
    entry->key = g_steal_pointer(&key);
    entry->value = g_steal_pointer(&value);
    g_ptr_array_add(reader->group->entries, entry);
}

static bool
is_text(struct slice line)
{
    for (size_t i = 0; i < line.n; i++)
        if ((unsigned char)line.p[i] < ' ' && line.p[i] != '\t')
            return false;
    return g_utf8_validate(line.p, (gssize)line.n, NULL);
}

static void
read_line(struct reader *reader, struct slice line)
{
    if (!is_text(line)) {
        ini_problem_add(reader->problems, reader->line,
                        "this line holds bytes that are not text, expected UTF-8 without "
                        "control characters");
        return;
    }
    skip_blanks(&line);
    if (at_end(&line))
        return;
    if (take_char(&line, '['))
        read_group(reader, line);
    else
        read_entry(reader, line);
}

GPtrArray *
ini_read(struct slice text, GPtrArray *problems)
{
    struct reader reader = { .groups = g_ptr_array_new_with_free_func(group_free),
                             .problems = problems };
    struct slice line = { NULL, 0 };

    if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
        text = slice_sub(text, 3, text.n); /* the mark that some editors put there */
    while (slice_next_line(&text, &line)) {
        reader.line++;
        read_line(&reader, line);
    }
    return reader.groups;
}
