/*
 * migrate: bring a database to this release's schema, forward only.
 *
 * A migration is NNNN_name.sql, one transaction, never changed once released; what was
 * applied stands in schema_migrations with its digest. Two that start at once take turns
 * (advisory lock). The daemons check and refuse, they never migrate by themselves.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/db/db.h"

/* Told of each migration before it runs (or, in a dry run, instead). */
typedef void (*MigrateReport)(int version, const char *name, void *data);

/* Apply what is missing of the files in `directory`. ERR_CONFLICT when the database is
   newer than the files, or an applied file has changed since. *ret_applied counts. */
bool migrate_run(Db *db, const char *directory, bool dry_run, MigrateReport report,
                 void *data, size_t *ret_applied, GError **error);

/* True when the database has exactly the schema this program was built for. ERR_CONFLICT,
   with one line that says what to do, when it is older or newer or empty. */
bool migrate_check(Db *db, GError **error);
