/* What must be so before maild serves. */
#include "common/db/migrate.h"
#include "common/text/template_set.h"
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
    g_autoptr(TemplateSet) templates = template_set_load(config->templates, error);
    return templates && check_schema(config, error);
}
