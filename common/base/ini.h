/*
 * ini: a pure reader of INI text that remembers where everything stood.
 *
 *     # a comment, also with ;               [group]   or   [group "name"]
 *     key = value                            # from " #" on a value is comment
 *     key = "value with # or blanks "        within quotes \" and \\ are " and \
 *
 * Blanks around key and value don't count. Keys are lower-case words with _ . A value ends
 * with its line. The text is UTF-8. A group or a key that is there twice, a key without
 * a value, anything that can't be read: each is a problem with its line, and reading goes
 * on behind it, so that one run names them all.
 */
#pragma once

#include <glib.h>

#include "common/base/slice.h"

struct ini_problem {
    unsigned line;
    char *text;
};

struct ini_entry {
    unsigned line;
    char *key;
    char *value;
};

struct ini_group {
    unsigned line;
    char *kind;
    char *name;         /* NULL: [kind] without a name */
    GPtrArray *entries; /* of struct ini_entry, in the order of the file */
};

/* Read a whole text. Returns the groups in the order of the file, struct ini_group, owned
   by the caller (g_ptr_array_unref frees all); what is wrong is appended to `problems`. */
GPtrArray *ini_read(struct slice text, GPtrArray *problems);

/* The entry of this key; NULL if it isn't there. Borrowed from the group. */
const struct ini_entry *ini_find(const struct ini_group *group, const char *key);

/* An empty list of struct ini_problem, and a way to add to it. */
GPtrArray *ini_problems_new(void);
void ini_problem_add(GPtrArray *problems, unsigned line, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* As "where:12: text" lines in the order of the file, without a newline at the end. */
char *ini_problems_format(GPtrArray *problems, const char *where);
