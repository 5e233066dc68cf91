#include "maild/clock/export.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/db/listen.h"
#include "common/mail/mail.h"
#include "common/mail/mbox.h"
#include "common/paper/zip.h"
#include "common/store/downloads.h"
#include "common/store/papers.h"
#include "common/store/statements.h"

enum { PIECE_BYTES = 1 << 20, MOST_TRIES = 3 };

struct conversation {
    struct uuid id;
    char *label; /* "ticket-7" */
};

struct export
{
    Db *db;
    const struct job *job;
    struct uuid tenant, id, person;
    DbTx *tx; /* of the step that is being done */
    Zip *zip;
    GString *piece; /* bytes of the archive that are not stored yet */
    int64_t n_pieces;
    GArray *conversations;
    int64_t done, total;
    size_t left_out;
};

/* --- storing the archive -------------------------------------------------------------- */

static bool
store_piece(struct export *e, GError **error)
{
    if (!db_execute(e->tx, SQL_EXPORT_ADD_PIECE, NULL, error, db_uuid(e->id),
                    db_int(e->n_pieces),
                    db_bytes((struct slice){ e->piece->str, e->piece->len })))
        return false;
    e->n_pieces++;
    g_string_truncate(e->piece, 0);
    return true;
}

static bool
take_bytes(struct slice bytes, void *data, GError **error)
{
    struct export *e = data;
    g_string_append_len(e->piece, bytes.p, (gssize)bytes.n);
    return e->piece->len < PIECE_BYTES || store_piece(e, error);
}

static bool
begin_step(struct export *e, GError **error)
{
    const struct db_tx_options options = { .tenant = e->tenant };
    job_alive();
    if (job_stopping())
        return error_set(error, ERR_RETRY, "told to stop");
    e->tx = db_tx_begin(e->db, &options, error);
    return e->tx != NULL;
}

/* The archive's stream can't be taken back, so a step is done once: where its transaction
   fails, all of it is begun anew. */
static bool
end_step(struct export *e, GError **error)
{
    return db_execute(e->tx, SQL_EXPORT_PROGRESS, NULL, error, db_uuid(e->id),
                      db_int(++e->done), db_int(e->total))
           && db_tx_commit(&e->tx, error);
}

/* --- what is in it -------------------------------------------------------------------- */

static bool
put_document(struct export *e, size_t statement, struct uuid about, const char *name,
             GError **error)
{
    g_autoptr(DbRows) rows = db_query(e->tx, statement, error, db_uuid(about));
    if (!rows)
        return false;
    return db_rows_count(rows) == 0
           || zip_put(e->zip, name, clock_now_us(), slice_from(db_get_text(rows, 0, 0)),
                      error);
}

static bool
list_conversations(struct export *e, GError **error)
{
    g_autoptr(DbRows) rows =
        db_query(e->tx, SQL_EXPORT_CONVERSATIONS, error, db_uuid(e->person));
    for (size_t i = 0; rows && i < db_rows_count(rows); i++) {
        struct conversation c = { db_get_uuid(rows, i, 0),
                                  g_strdup(db_get_text(rows, i, 1)) };
        g_array_append_val(e->conversations, c);
    }
    /* The profile, the mails, and of each conversation its words and its files. */
    e->total = 2 + 2 * (int64_t)e->conversations->len;
    return rows != NULL;
}

static bool
put_profile(struct export *e, GError **error)
{
    return begin_step(e, error) && list_conversations(e, error)
           && put_document(e, SQL_EXPORT_PROFILE, e->person, "profile.json", error)
           && end_step(e, error);
}

static bool
put_words(struct export *e, const struct conversation *c, GError **error)
{
    g_autofree char *name = g_strdup_printf("conversations/%s.json", c->label);
    return begin_step(e, error)
           && put_document(e, SQL_EXPORT_CONVERSATION, c->id, name, error)
           && end_step(e, error);
}

static bool
add_mail(const struct paper_mail *mail, void *data, GError **error)
{
    struct export *e = data;
    g_autoptr(GString) mbox = g_string_sized_new(mail->raw.n + 256);
    job_alive();
    mbox_append(mbox, mail->envelope_from, mail->time_us, mail->raw);
    return zip_add(e->zip, (struct slice){ mbox->str, mbox->len }, error);
}

static bool
put_mails(struct export *e, GError **error)
{
    return begin_step(e, error) && zip_begin(e->zip, "mails.mbox", clock_now_us(), error)
           && papers_each_mail(e->tx, e->person, 0, LIMIT_EXPORT_BYTES / 2, add_mail, e,
                               &e->left_out, error)
           && zip_end(e->zip, error) && end_step(e, error);
}

/* One file; a message that lost its raw bytes or was damaged has none. */
static bool
put_file(struct export *e, const DbRows *list, size_t row, const char *label,
         GError **error)
{
    g_autoptr(GError) problem = NULL;
    g_autoptr(Download) download = download_read(e->tx, db_get_uuid(list, row, 0),
                                                 db_get_int(list, row, 1), &problem);
    struct mail_part part = { 0 };
    if (download) {
        part.encoding = download->encoding;
        part.length = download->encoded.n;
    }
    g_autoptr(GBytes) content =
        download ? mail_part_decode(download->encoded, &part, &problem) : NULL;
    if (!content && !error_is(problem, ERR_MISSING) && !error_is(problem, ERR_CONFLICT)) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    if (!content || zip_size(e->zip) > LIMIT_EXPORT_BYTES
        || zip_entries(e->zip) > LIMIT_EXPORT_FILES) {
        e->left_out++;
        return true;
    }
    gsize n = 0;
    const char *bytes = g_bytes_get_data(content, &n);
    g_autofree char *plain = g_strdelimit(g_strdup(db_get_text(list, row, 2)), "/", '_');
    g_autofree char *name = g_strdup_printf("files/%s/%zu-%s", label, row + 1, plain);
    return zip_put(e->zip, name, clock_now_us(), (struct slice){ bytes, n }, error);
}

static bool
put_files(struct export *e, const struct conversation *c, GError **error)
{
    if (!begin_step(e, error))
        return false;
    g_autoptr(DbRows) list = db_query(e->tx, SQL_EXPORT_FILES, error, db_uuid(c->id));
    for (size_t row = 0; list && row < db_rows_count(list); row++) {
        job_alive();
        if (!put_file(e, list, row, c->label, error))
            return false;
    }
    return list && end_step(e, error);
}

/* --- the end of it -------------------------------------------------------------------- */

static bool
tell(struct export *e, const DbRows *row, GError **error)
{
    const char *address = db_get_text(row, 0, 1);
    const char *base = e->job->config->portal.base_url;
    g_autofree char *url = g_strconcat(base ? base : "", "/account/export", NULL);
    g_autoptr(json_t) detail = json_pack("{s:s, s:s}", "locale", db_get_text(row, 0, 2),
                                         "url", base && *base ? url : "");
    g_autofree char *text = json_dumps(detail, JSON_COMPACT);
    return !*address
           || db_execute(e->tx, SQL_ACCOUNT_MAIL, NULL, error, db_uuid(uuid_make()),
                         db_text("export_ready"), db_uuid(e->person), db_text(address),
                         db_text(text));
}

static bool
finish(struct export *e, GError **error)
{
    if (!begin_step(e, error) || !zip_finish(e->zip, error)
        || (e->piece->len && !store_piece(e, error)))
        return false;
    g_autoptr(DbRows) row =
        db_query(e->tx, SQL_EXPORT_FINISH, error, db_uuid(e->id),
                 db_int(zip_size(e->zip)), db_int((int64_t)e->left_out));
    if (!row || db_rows_count(row) == 0)
        return row != NULL; /* taken back meanwhile */
    return tell(e, row, error) && db_tx_commit(&e->tx, error);
}

static bool
build(struct export *e, GError **error)
{
    if (!put_profile(e, error) || !put_mails(e, error))
        return false;
    for (unsigned i = 0; i < e->conversations->len; i++) {
        const struct conversation *c =
            &g_array_index(e->conversations, struct conversation, i);
        if (!put_words(e, c, error) || !put_files(e, c, error))
            return false;
    }
    return finish(e, error);
}

static void
clear_conversation(void *data)
{
    g_free(((struct conversation *)data)->label);
}

static bool
claim(DbTx *tx, void *data, GError **error)
{
    struct export *e = data;
    g_autoptr(DbRows) rows = db_query(tx, SQL_EXPORT_CLAIM, error, db_int(MOST_TRIES));
    if (!rows)
        return false;
    e->id = (struct uuid){ 0 };
    if (db_rows_count(rows) > 0) {
        e->tenant = db_get_uuid(rows, 0, 0);
        e->id = db_get_uuid(rows, 0, 1);
        e->person = db_get_uuid(rows, 0, 2);
    }
    return true;
}

bool
export_next(Db *db, const struct job *job, bool *ret_any, GError **error)
{
    const struct db_tx_options options = { .durability = DB_DURABLE };
    struct export e = { .db = db, .job = job };
    *ret_any = false;
    if (!db_transact(db, &options, claim, &e, error))
        return false;
    if (uuid_is_nil(e.id))
        return true;

    int64_t began = clock_ticks_us();
    e.zip = zip_new(take_bytes, &e);
    e.piece = g_string_sized_new(PIECE_BYTES);
    e.conversations = g_array_new(FALSE, FALSE, sizeof(struct conversation));
    g_array_set_clear_func(e.conversations, clear_conversation);
    bool good = build(&e, error);
    db_tx_free(e.tx);
    if (good) {
        log_info("export made", log_uuid("id", e.id), log_int("size", zip_size(e.zip)),
                 log_int("files", (int64_t)zip_entries(e.zip)),
                 log_int("took_us", clock_ticks_us() - began));
        db_ring(db, BELL_OUTBOX);
    }
    zip_free(e.zip);
    g_string_free(e.piece, TRUE);
    g_array_unref(e.conversations);
    *ret_any = good;
    return good;
}
