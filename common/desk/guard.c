#include "common/desk/guard.h"

#include "common/store/statements.h"

/* In the order of the columns of notify_count_automatic. */
static const struct {
    const char *window;
    int64_t most;
    bool outside_only;
} limits[] = {
    { "one subject in 180 min", 2, true },
    { "180 min", 10, true },
    { "a day", 40, true },
    { "one ticket in 10 min", 10, false },
    { "one ticket in 30 min", 15, false },
    { "one ticket in 60 min", 25, false },
    { "one ticket in 180 min", 50, false },
    { "one ticket in 600 min", 100, false },
};

bool
guard_allows(DbTx *tx, const char *address, const char *subject, struct uuid conversation,
             bool outside, bool *ret_allowed, GError **error)
{
    g_autoptr(DbRows) lock =
        db_query(tx, SQL_NOTIFY_LOCK_ADDRESS, error, db_text(address));
    if (!lock)
        return false;
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_NOTIFY_COUNT_AUTOMATIC, error, db_text(address),
                 db_text(subject), db_uuid(conversation));
    if (!rows)
        return false;

    bool allowed = true;
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++)
        if ((outside || !limits[i].outside_only)
            && db_get_int(rows, 0, (int)i) >= limits[i].most)
            allowed = false;
    *ret_allowed = allowed;
    return true;
}
