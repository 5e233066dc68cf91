#include "common/db/migrate.h"
#include "common/store/statements.h"
#include "maild/verbs/verb.h"

Db *
verb_owner(const struct verb_context *context, GError **error)
{
    g_autoptr(Config) config = verb_config(context, error);
    if (!config)
        return NULL;
    /* The schema first: on another one the statements can't be prepared, and that would be
       what the user reads. */
    g_autoptr(Db) bare = verb_database(config->owner_database, NULL, error);
    if (!bare || !migrate_check(bare, error))
        return NULL;
    return verb_database(config->owner_database, &statements, error);
}
