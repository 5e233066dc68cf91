#include "common/store/downloads.h"

#include "common/base/error.h"
#include "common/store/statements.h"

Download *
download_read(DbTx *tx, struct uuid message, int64_t ordinal, GError **error)
{
    g_autoptr(DbRows) rows =
        ordinal == 0
            ? db_query(tx, SQL_DOWNLOAD_WHOLE, error, db_uuid(message))
            : db_query(tx, SQL_DOWNLOAD_READ, error, db_uuid(message), db_int(ordinal));
    if (!rows)
        return NULL;
    if (db_rows_count(rows) == 0) {
        error_set(error, ERR_MISSING, "the attachment is no longer here");
        return NULL;
    }

    Download *download = g_new0(Download, 1);
    download->content_type = g_strdup(db_get_text(rows, 0, 0));
    download->name = g_strdup(db_get_text(rows, 0, 1));
    download->encoding = g_strdup(db_get_text(rows, 0, 2));
    download->encoded = db_get_bytes(rows, 0, 3);
    download->rows = g_steal_pointer(&rows);
    return download;
}

void
download_free(Download *download)
{
    if (!download)
        return;
    g_free(download->content_type);
    g_free(download->name);
    g_free(download->encoding);
    db_rows_free(download->rows);
    g_free(download);
}
