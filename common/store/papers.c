#include "common/store/papers.h"

#include <string.h>

#include "common/store/statements.h"

enum column { WHICH, ID, SENDER, TIME, SIZE };

static bool
hand_over(DbTx *tx, const DbRows *list, size_t row, PaperMail each, void *data,
          GError **error)
{
    bool came = strcmp(db_get_text(list, row, WHICH), "inbound") == 0;
    g_autoptr(DbRows) bytes =
        db_query(tx, came ? SQL_PAPER_MAIL_CAME : SQL_PAPER_MAIL_LEFT, error,
                 db_uuid(db_get_uuid(list, row, ID)));
    if (!bytes)
        return false;
    const struct paper_mail mail = { db_get_text(list, row, SENDER),
                                     db_get_time(list, row, TIME),
                                     db_rows_count(bytes) ? db_get_bytes(bytes, 0, 0)
                                                          : (struct slice){ NULL, 0 } };
    return each(&mail, data, error);
}

bool
papers_each_mail(DbTx *tx, struct uuid person, int64_t number, int64_t most,
                 PaperMail each, void *data, size_t *ret_left_out, GError **error)
{
    g_autoptr(DbRows) list = db_query(tx, SQL_PAPER_MAILS, error, db_uuid(person),
                                      number ? db_int(number) : db_null());
    if (!list)
        return false;
    size_t left_out = 0;
    for (size_t row = 0; row < db_rows_count(list); row++) {
        most -= db_get_int(list, row, SIZE);
        if (most < 0)
            left_out++;
        else if (!hand_over(tx, list, row, each, data, error))
            return false;
    }
    *ret_left_out = left_out;
    return true;
}
