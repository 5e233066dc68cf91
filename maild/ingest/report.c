#include "common/base/error.h"
#include "common/store/statements.h"
#include "maild/ingest/roads.h"

#include <string.h>

/* The mail of ours that this report is about: by the address it came back to, else by the
   Message-ID that it names. */
static bool
find_subject(const Reading *r, const struct mail_bounce *bounce, DbRows **ret_rows,
             GError **error)
{
    g_autoptr(DbRows) rows = NULL;
    if (r->has_capability) {
        rows = db_query(r->desk.tx, SQL_NOTIFY_OUTBOX_OF_CAPABILITY, error,
                        db_uuid(r->capability.capability.id));
    } else {
        const char *const ids[] = { bounce->original_message_id, NULL };
        rows = db_query(r->desk.tx, SQL_NOTIFY_OUTBOX_OF_MESSAGE_ID, error,
                        db_text_array(ids));
    }
    if (!rows)
        return false;
    *ret_rows = g_steal_pointer(&rows);
    return true;
}

static bool
apply_bounce(const Reading *r, const struct mail_bounce *bounce, const DbRows *mail,
             GError **error)
{
    struct apply_failure failure = {
        .template = db_get_text(mail, 0, 2),
        .role = db_get_text(mail, 0, 3),
        .recipient = db_get_text(mail, 0, 1), /* ours, never what the report claims */
        .status = *bounce->status ? bounce->status : "5.0.0",
        .diagnostic = bounce->diagnostic,
        .permanent = strcmp(bounce->action, "failed") == 0,
        .will_retry = strcmp(bounce->action, "delayed") == 0,
        .is_address = strcmp(bounce->recipient, db_get_text(mail, 0, 1)) == 0,
    };
    if (!failure.permanent && !failure.will_retry)
        return true; /* delivered, relayed, expanded: good news wants no agent */
    return apply_delivery_failed(&r->desk, db_get_uuid(mail, 0, 0), &failure, error);
}

bool
road_report(Reading *r, bool *ret_taken, GError **error)
{
    bool taken = false;
    for (guint i = 0; i < r->mail->bounces->len; i++) {
        const struct mail_bounce *bounce = r->mail->bounces->pdata[i];
        g_autoptr(DbRows) mail = NULL;
        if (!find_subject(r, bounce, &mail, error))
            return false;
        if (db_rows_count(mail) == 0 || uuid_is_nil(db_get_uuid(mail, 0, 0)))
            continue;
        if (!apply_bounce(r, bounce, mail, error))
            return false;
        taken = true;
    }
    *ret_taken = taken;
    return true;
}
