#include "common/base/error.h"
#include "common/base/log.h"
#include "common/db/listen.h"
#include "common/store/inbound.h"
#include "maild/figures.h"
#include "maild/imap/envelope.h"
#include "maild/imap/reader.h"

struct commit {
    struct reader *reader;
    const GArray *mails;
    struct uuid *ids; /* made once, so that a repeated transaction writes the same rows */
    struct mailbox_cursor to;
};

static bool
add_mail(DbTx *tx, const struct commit *commit, guint i, GError **error)
{
    const struct reader *r = commit->reader;
    const struct fetched_mail *mail =
        &g_array_index(commit->mails, struct fetched_mail, i);
    g_autoptr(Envelope) envelope = envelope_scan(mail->raw, r->config->queue);

    const struct inbound_new row = {
        .id = commit->ids[i],
        .mailbox_id = r->mailbox.id,
        .door = "imap",
        .peer = r->config->host,
        .envelope_from = envelope->from,
        .recipients = (const char *const *)envelope->recipients->pdata,
        .size = mail->size,
        .raw = mail->raw,
        .truncated = mail->truncated,
    };
    return inbound_add(tx, &row, error);
}

/* The cursor moves first: a commit whose answer was lost is recognised by it. */
static bool
write_batch(DbTx *tx, void *data, GError **error)
{
    const struct commit *commit = data;
    const struct reader *r = commit->reader;
    bool repeated = false;

    if (!mailbox_advance(tx, &r->mailbox, r->job->worker, &commit->to, &repeated, error))
        return false;
    for (guint i = 0; !repeated && i < commit->mails->len; i++)
        if (!add_mail(tx, commit, i, error))
            return false;
    return true;
}

static void
report(const struct reader *r, const GArray *mails)
{
    int64_t bytes = 0;
    for (guint i = 0; i < mails->len; i++)
        bytes += (int64_t)g_array_index(mails, struct fetched_mail, i).raw.n;
    figure_add(FIGURE_IMAP_MESSAGES, mails->len);
    log_info("imap stored", log_str("mailbox", r->config->name),
             log_int("mails", mails->len), log_int("bytes", bytes),
             log_int("uid", r->mailbox.cursor.last_uid));
}

bool
store_batch(struct reader *r, const GArray *mails, uint32_t last_uid, GError **error)
{
    g_autofree struct uuid *ids = g_new(struct uuid, mails->len);
    const struct db_tx_options options = { .tenant = r->mailbox.tenant_id,
                                           .durability = DB_DURABLE };
    struct commit commit = {
        .reader = r,
        .mails = mails,
        .ids = ids,
        .to = { r->mailbox.cursor.uidvalidity, last_uid },
    };
    for (guint i = 0; i < mails->len; i++)
        ids[i] = uuid_make();
    commit.to.uidvalidity = r->session->folder.uidvalidity;
    if (!db_transact(r->db, &options, write_batch, &commit, error))
        return false;
    r->mailbox.cursor = commit.to;
    if (mails->len > 0) {
        db_ring(r->db, BELL_INBOUND);
        report(r, mails);
    }
    return true;
}
