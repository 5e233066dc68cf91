/* What must be so before maild serves. */
#include <unistd.h>

#include "common/base/error.h"
#include "common/db/migrate.h"
#include "maild/master.h"

static bool
check_schema(const Config *config, GError **error)
{
    g_autoptr(Db) db = db_open(&(struct db_options){ .conninfo = config->database,
                                                     .application = "maild check",
                                                     .statement_timeout_us = 10000000 },
                               error);
    return db && migrate_check(db, error);
}

bool
maild_check(const Config *config, GError **error)
{
    if (access(config->templates, R_OK | X_OK) != 0)
        return error_set(error, ERR_BUG, "[desk] templates: %s can't be read",
                         config->templates);
    return check_schema(config, error);
}
