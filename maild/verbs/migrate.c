/* maild migrate [--dry-run] */
#include "common/db/migrate.h"

#include <stdio.h>
#include <string.h>

#include "maild/verbs/verb.h"

static void
print_migration(int version, const char *name, void *data)
{
    const bool *dry_run = data;
    (void)version;
    printf("%s %s\n", *dry_run ? "would apply" : "applying", name);
    fflush(stdout);
}

int
verb_migrate(const struct verb_context *context, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    size_t applied = 0;
    bool dry_run = argc == 2 && strcmp(argv[1], "--dry-run") == 0;
    if (argc > 1 && !dry_run)
        return verb_misused(argv[0]);

    g_autoptr(Config) config = verb_config(context, &error);
    if (!config)
        return verb_failed(error);
    g_autoptr(Db) db = verb_database(config->owner_database, NULL, &error);
    if (!db
        || !migrate_run(db, config->migrations, dry_run, print_migration, &dry_run,
                        &applied, &error))
        return verb_failed(error);
    if (!dry_run && applied == 0)
        puts("the database is up to date");
    return EX_OK;
}
