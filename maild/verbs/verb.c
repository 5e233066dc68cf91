#include "maild/verbs/verb.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"

int
verb_misused(const char *verb)
{
    fprintf(stderr, "maild: %s: see `maild help %s`\n", verb, verb);
    return EX_USAGE;
}

int
verb_failed(const GError *error)
{
    static const int statuses[] = {
        [ERR_RETRY] = EX_TEMPFAIL,  [ERR_REJECT] = EX_DATAERR,  [ERR_DENIED] = EX_NOPERM,
        [ERR_MISSING] = EX_NOINPUT, [ERR_CONFLICT] = EX_CONFIG, [ERR_BUG] = EX_SOFTWARE,
    };
    fprintf(stderr, "maild: %s\n", error->message);
    if (error->domain != POSTERN_ERROR || error->code < ERR_RETRY
        || error->code > ERR_BUG)
        return EX_SOFTWARE;
    return statuses[error->code];
}

Config *
verb_config(const struct verb_context *context, GError **error)
{
    return config_read(context->config_path, error);
}

Db *
verb_database(const char *conninfo, const struct db_statement_table *statements,
              GError **error)
{
    return db_open(&(struct db_options){ .conninfo = conninfo,
                                         .application = "maild verb",
                                         .statements = statements,
                                         .statement_timeout_us = CLOCK_HOUR },
                   error);
}

static GByteArray *
read_all(FILE *in)
{
    GByteArray *bytes = g_byte_array_new();
    guint8 piece[65536];
    size_t n;

    while (bytes->len <= LIMIT_MESSAGE_BYTES
           && (n = fread(piece, 1, sizeof piece, in)) > 0)
        g_byte_array_append(bytes, piece, (guint)n);
    return bytes;
}

GByteArray *
verb_read_input(const char *path, GError **error)
{
    if (strcmp(path, "-") == 0)
        return read_all(stdin);
    g_autoptr(FILE) file = fopen(path, "rbe");
    if (file)
        return read_all(file);
    error_set(error, ERR_MISSING, "%s: %s", path, g_strerror(errno));
    return NULL;
}
