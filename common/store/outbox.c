#include "common/store/outbox.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/store/statements.h"

void
outbox_mail_free(OutboxMail *mail)
{
    if (!mail)
        return;
    char *texts[] = { mail->template,      mail->address,           mail->role,
                      mail->envelope_from, mail->rfc_message_id,    mail->tenant_name,
                      mail->locale,        mail->recipient_name,    mail->queue_name,
                      mail->queue_address, mail->thread_index,      mail->thread_topic,
                      mail->subject,       mail->carried_message_id };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_clear_pointer(&mail->bytes, g_bytes_unref);
    g_free(mail);
}

bool
outbox_claim(DbTx *tx, const char *worker, int64_t lease_us, size_t most, GArray *keys,
             GError **error)
{
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_OUTBOX_CLAIM, error, db_text(worker),
                 db_int(lease_us / CLOCK_SECOND), db_int((int64_t)most));
    if (!rows)
        return false;
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        struct outbox_key key = { db_get_uuid(rows, i, 0), db_get_uuid(rows, i, 1) };
        g_array_append_val(keys, key);
    }
    return true;
}

bool
outbox_release(Db *db, const char *worker, GError **error)
{
    g_autoptr(DbRows) rows = db_call(db, SQL_OUTBOX_RELEASE, error, db_text(worker));
    return rows != NULL;
}

static GBytes *
dup_bytes(const DbRows *rows, size_t row, int column)
{
    if (db_is_null(rows, row, column))
        return NULL;
    struct slice bytes = db_get_bytes(rows, row, column);
    return g_bytes_new(bytes.p, bytes.n);
}

static char *
dup_text(const DbRows *rows, int column)
{
    return g_strdup(db_get_text(rows, 0, column));
}

OutboxMail *
outbox_read(DbTx *tx, struct uuid id, GError **error)
{
    g_autoptr(DbRows) rows = db_query(tx, SQL_OUTBOX_READ, error, db_uuid(id));
    if (!rows)
        return NULL;
    if (db_rows_count(rows) == 0) {
        error_set(error, ERR_MISSING, "there is no such mail in the outbox");
        return NULL;
    }
    OutboxMail *mail = g_new0(OutboxMail, 1);
    *mail = (OutboxMail){
        .id = id,
        .bytes = dup_bytes(rows, 0, 0),
        .envelope_from = dup_text(rows, 1),
        .address = dup_text(rows, 2),
        .template = dup_text(rows, 3),
        .role = dup_text(rows, 4),
        .automatic = db_get_bool(rows, 0, 5),
        .tries = db_get_int(rows, 0, 6),
        .created_at = db_get_time(rows, 0, 7),
        .rfc_message_id = dup_text(rows, 8),
        .conversation = db_get_uuid(rows, 0, 9),
        .message = db_get_uuid(rows, 0, 10),
        .person = db_get_uuid(rows, 0, 11),
        .tenant_name = dup_text(rows, 12),
        .locale = dup_text(rows, 13),
        .recipient_name = dup_text(rows, 14),
        .queue_name = dup_text(rows, 15),
        .queue_address = dup_text(rows, 16),
        .thread_index = dup_text(rows, 17),
        .thread_topic = dup_text(rows, 18),
        .carried_message_id = dup_text(rows, 19),
        .subject = dup_text(rows, 24),
        .lost_tries = db_get_int(rows, 0, 25),
        .capability = { .id = db_get_uuid(rows, 0, 20),
                        .conversation = db_get_uuid(rows, 0, 21),
                        .expires_at = db_get_time(rows, 0, 22) },
    };
    struct slice digest = db_get_bytes(rows, 0, 23);
    if (digest.n == SHA256_SIZE)
        memcpy(mail->capability.digest.b, digest.p, SHA256_SIZE);
    return mail;
}

bool
outbox_thread(DbTx *tx, struct uuid id, char **ret_in_reply_to, char ***ret_seen,
              GError **error)
{
    g_autoptr(DbRows) rows = db_query(tx, SQL_OUTBOX_THREAD, error, db_uuid(id));
    if (!rows)
        return false;

    g_autoptr(GStrvBuilder) seen = g_strv_builder_new();
    const char *own = NULL, *customer = NULL;
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        const char *message_id = db_get_text(rows, i, 0);
        g_strv_builder_add(seen, message_id);
        if (db_get_bool(rows, i, 1))
            own = message_id;
        if (db_get_bool(rows, i, 2))
            customer = message_id;
    }
    *ret_in_reply_to = g_strdup(own ? own : customer);
    *ret_seen = g_strv_builder_end(seen);
    return true;
}

static void
attachment_free(void *data)
{
    OutboxAttachment *a = data;
    g_free(a->content_type);
    g_free(a->encoding);
    g_free(a->name);
    g_free(a->content_id);
    g_clear_pointer(&a->content, g_bytes_unref);
    g_free(a);
}

GPtrArray *
outbox_attachments(DbTx *tx, struct uuid message, int64_t max_bytes, GError **error)
{
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_OUTBOX_ATTACHMENTS, error, db_uuid(message), db_int(max_bytes));
    if (!rows)
        return NULL;

    GPtrArray *list = g_ptr_array_new_with_free_func(attachment_free);
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        OutboxAttachment *a = g_new0(OutboxAttachment, 1);
        *a = (OutboxAttachment){
            .ordinal = db_get_int(rows, i, 0),
            .content_type = g_strdup(db_get_text(rows, i, 1)),
            .encoding = g_strdup(db_get_text(rows, i, 2)),
            .name = g_strdup(db_get_text(rows, i, 3)),
            .content_id = g_strdup(db_get_text(rows, i, 4)),
            .content = dup_bytes(rows, i, 5),
        };
        g_ptr_array_add(list, a);
    }
    return list;
}

bool
outbox_start(DbTx *tx, struct uuid id, const char *worker, int64_t lease_us,
             const struct outbox_rendered *rendered, GError **error)
{
    return db_execute(tx, SQL_OUTBOX_START, NULL, error, db_uuid(id), db_text(worker),
                      db_int(lease_us / CLOCK_SECOND), db_bytes(rendered->bytes),
                      db_text(rendered->envelope_from),
                      db_text(rendered->rfc_message_id));
}

bool
outbox_finish(DbTx *tx, struct uuid id, const char *worker,
              const struct outbox_result *result, bool *ret_ours, GError **error)
{
    g_autoptr(DbRows) rows = db_query(
        tx, SQL_OUTBOX_FINISH, error, db_uuid(id), db_text(worker),
        db_text(result->state), db_int(result->pause_us / CLOCK_SECOND),
        db_text(result->relay), result->code ? db_int(result->code) : db_null(),
        db_text(result->enhanced), db_text(result->reply), db_text(result->queue_id));
    if (!rows)
        return false;
    *ret_ours = db_rows_count(rows) == 1;
    return true;
}

bool
outbox_fail(DbTx *tx, struct uuid id, const char *reason, GError **error)
{
    return db_execute(tx, SQL_OUTBOX_FAIL, NULL, error, db_uuid(id), db_text(reason));
}

bool
outbox_give_back(DbTx *tx, struct uuid id, const char *worker, GError **error)
{
    return db_execute(tx, SQL_OUTBOX_GIVE_BACK, NULL, error, db_uuid(id),
                      db_text(worker));
}

bool
outbox_next_due(Db *db, int64_t *ret_at_us, GError **error)
{
    g_autoptr(DbRows) rows = db_call(db, SQL_WAITING_UNTIL, error);
    if (!rows)
        return false;
    *ret_at_us = db_rows_count(rows) ? db_get_time(rows, 0, 1) : 0;
    return true;
}
