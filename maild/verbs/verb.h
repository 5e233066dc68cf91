/*
 * verb: what `maild VERB …` is made of. One verb, one file in this folder, one function;
 * main.c has the table.
 *
 * A verb prints what it was asked for on standard output, and what is wrong on standard
 * error as one line "maild: …"; it is an edge, so it answers an error itself and returns
 * the exit status (sysexits.h: 64 usage, 65 data, 70 ours, 75 try again, 78 config).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sysexits.h>

#include "common/base/config.h"
#include "common/db/db.h"

struct verb_context {
    const char *config_path; /* -c, or $POSTERN_CONFIG, or the default */
};

/* argv[0] is the verb itself, as in main; options of its own by getopt_long. */
typedef int (*VerbRun)(const struct verb_context *context, int argc, char **argv);

struct verb {
    const char *name;
    VerbRun run;
    const char *help;  /* one line */
    const char *usage; /* what stands behind "maild ", one line an alternative */
};

int verb_run(const struct verb_context *context, int argc, char **argv);
int verb_check_config(const struct verb_context *context, int argc, char **argv);
int verb_inspect(const struct verb_context *context, int argc, char **argv);
int verb_migrate(const struct verb_context *context, int argc, char **argv);
int verb_render(const struct verb_context *context, int argc, char **argv);
int verb_deliver(const struct verb_context *context, int argc, char **argv);
int verb_show(const struct verb_context *context, int argc, char **argv);
int verb_add(const struct verb_context *context, int argc, char **argv);
int verb_quarantine(const struct verb_context *context, int argc, char **argv);
int verb_ignored(const struct verb_context *context, int argc, char **argv);
int verb_status(const struct verb_context *context, int argc, char **argv);
int verb_key(const struct verb_context *context, int argc, char **argv);
int verb_export(const struct verb_context *context, int argc, char **argv);

/* "maild: VERB: see `maild help VERB`" on standard error; gives EX_USAGE. */
int verb_misused(const char *verb);

/* The error as one line on standard error; gives the exit status that fits its code. */
int verb_failed(const GError *error);

/* The configuration of the context, read and checked. */
Config *verb_config(const struct verb_context *context, GError **error);

/* A connection to a conninfo of the configuration, statements (may be NULL) prepared. */
Db *verb_database(const char *conninfo, const struct db_statement_table *statements,
                  GError **error);

/* A file's content, or standard input's for "-": of a message, as much as may come in by
   any door and one byte more. ERR_MISSING when it can't be read. */
GByteArray *verb_read_input(const char *path, GError **error);

/* A connection as the owner, who sees every tenant, with all statements. ERR_CONFLICT when
   the schema is not this program's. */
Db *verb_owner(const struct verb_context *context, GError **error);
