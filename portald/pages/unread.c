#include "portald/pages/unread.h"

#include "common/base/autoptr.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/store/statements.h"
#include "portald/auth/scope.h"

static int64_t
count(const struct request *request)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(DbTx) tx = request_begin(request, true, &error);
    g_autoptr(DbRows) rows =
        tx ? db_query(tx, SQL_NOTICES_UNREAD, &error, db_uuid(request->caller.person),
                      db_int(LIMIT_BADGE + 1))
           : NULL;
    if (!rows) {
        log_warning("page without what is unread", log_error_field(error));
        return 0;
    }
    return db_get_int(rows, 0, 0);
}

char *
unread_text(const struct request *request)
{
    int64_t n = request->caller.role >= CALLER_CUSTOMER ? count(request) : 0;

    if (n == 0)
        return g_strdup("");
    return n > LIMIT_BADGE ? g_strdup_printf("%d+", LIMIT_BADGE)
                           : g_strdup_printf("%" G_GINT64_FORMAT, n);
}
