#include "maild/lmtp/committer.h"

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/store/statements.h"
#include "maild/figures.h"

/* A commit that took very long says nothing about the next. */
#define HOLD_MOST (5 * CLOCK_SECOND / 1000)

struct entry {
    LmtpMessage *message;
    struct lmtp_row *row;
    bool alone; /* it was in a batch that was refused */
};

struct lane {
    LmtpCommitter *committer;
    LmtpLane *lane;
    GArray *entries; /* of struct entry: of the batch under way */
    int64_t began_at;
};

struct LmtpCommitter {
    struct lmtp_committer_options options;
    struct lane *lanes;
    GQueue waiting;     /* of struct entry */
    size_t expected;    /* rows worth waiting for before the next commit … */
    int64_t hold_until; /* … until then */
    int64_t commit_us;  /* what a commit takes, smoothed */
};

/* --- results ---------------------------------------------------------------------- */

static void
answer(LmtpCommitter *committer, const struct entry *entry, enum lmtp_reply reply)
{
    entry->row->answered = true;
    entry->row->reply = reply;
    if (lmtp_message_is_answered(entry->message))
        committer->options.done(entry->message, committer->options.data);
}

static void
answer_failure(LmtpCommitter *committer, const struct entry *entry, enum lmtp_reply reply,
               const GError *error)
{
    log_warning("lmtp not stored", log_uuid("id", entry->row->id),
                log_str("peer", entry->message->peer),
                log_str("from", entry->message->from),
                log_str("reply", lmtp_reply_text(reply)), log_error_field(error));
    answer(committer, entry, reply);
}

static void
wait_alone(LmtpCommitter *committer, const GArray *entries)
{
    for (size_t i = entries->len; i-- > 0;) {
        struct entry *entry =
            g_memdup2(&g_array_index(entries, struct entry, i), sizeof *entry);
        entry->alone = true;
        g_queue_push_head(&committer->waiting, entry);
    }
}

static enum lmtp_reply
reply_of_outcome(enum db_batch_outcome outcome, const DbBatch *batch, const GError *error)
{
    if (outcome == DB_BATCH_COMMITTED)
        return LMTP_STORED;
    if (outcome == DB_BATCH_UNCERTAIN)
        return LMTP_OUTCOME_UNKNOWN;
    return lmtp_reply_of_error(error, batch ? db_batch_sqlstate(batch) : NULL);
}

static void
end_batch(struct lane *lane, enum db_batch_outcome outcome, const DbBatch *batch,
          const GError *error)
{
    LmtpCommitter *committer = lane->committer;
    enum lmtp_reply reply = reply_of_outcome(outcome, batch, error);
    g_autoptr(GArray) entries = g_steal_pointer(&lane->entries);

    lane->entries = g_array_new(FALSE, FALSE, sizeof(struct entry));
    if (outcome == DB_BATCH_COMMITTED)
        figure_add(FIGURE_LMTP_COMMITS, 1);
    if (outcome == DB_BATCH_REFUSED && entries->len > 1) {
        wait_alone(committer, entries);
        return;
    }
    for (size_t i = 0; i < entries->len; i++) {
        const struct entry *entry = &g_array_index(entries, struct entry, i);
        if (reply == LMTP_STORED)
            answer(committer, entry, reply);
        else
            answer_failure(committer, entry, reply, error);
    }
}

/* Those who were answered now and those who wait may make the next batch together. */
static void
expect_next(struct lane *lane)
{
    LmtpCommitter *committer = lane->committer;
    int64_t now = clock_ticks_us();

    committer->commit_us = (3 * committer->commit_us + now - lane->began_at) / 4;
    committer->expected = lane->entries->len + committer->waiting.length;
    committer->hold_until = now + MIN(committer->commit_us / 2, HOLD_MOST);
}

static void
batch_done(enum db_batch_outcome outcome, const DbBatch *batch, const GError *error,
           void *data)
{
    expect_next(data);
    end_batch(data, outcome, batch, error);
}

/* --- sending ---------------------------------------------------------------------- */

/* True when the next waiting row fits into this batch. */
static bool
may_join(const GArray *entries, size_t bytes, const struct entry *next)
{
    if (entries->len == 0)
        return true;
    const struct entry *first = &g_array_index(entries, struct entry, 0);
    return !first->alone && !next->alone && entries->len < LIMIT_LMTP_BATCH_ROWS
           && bytes + next->row->raw->len <= LIMIT_LMTP_BATCH_BYTES;
}

static void
take_waiting(LmtpCommitter *committer, GArray *entries)
{
    size_t bytes = 0;
    for (;;) {
        struct entry *next = g_queue_peek_head(&committer->waiting);
        if (!next || !may_join(entries, bytes, next))
            return;
        bytes += next->row->raw->len;
        g_array_append_val(entries, *next);
        g_free(g_queue_pop_head(&committer->waiting));
    }
}

static bool
add_row(DbBatch *batch, const struct entry *entry, GError **error)
{
    const struct lmtp_row *row = entry->row;
    return db_batch_add(
        batch, SQL_INBOUND_ADD, error, db_uuid(row->id), db_uuid(row->tenant),
        db_text("lmtp"), db_null(), db_text(entry->message->peer),
        db_text(entry->message->from),
        db_text_array((const char *const *)row->addresses->pdata),
        db_int((int64_t)row->raw->len),
        db_bytes((struct slice){ (const char *)row->raw->data, row->raw->len }),
        db_bool(false));
}

static bool
send_batch(struct lane *lane, GError **error)
{
    DbBatch *batch = lmtp_lane_begin(lane->lane, error);
    if (!batch)
        return false;
    for (size_t i = 0; i < lane->entries->len; i++)
        if (!add_row(batch, &g_array_index(lane->entries, struct entry, i), error)) {
            lmtp_lane_cancel(lane->lane);
            return false;
        }
    return lmtp_lane_send(lane->lane, error);
}

static void
commit_waiting(struct lane *lane)
{
    g_autoptr(GError) error = NULL;

    lane->began_at = clock_ticks_us();
    take_waiting(lane->committer, lane->entries);
    if (!send_batch(lane, &error)) /* nothing was written: it is as if all were refused */
        end_batch(lane, DB_BATCH_REFUSED, NULL, error);
}

static void
refuse_waiting(LmtpCommitter *committer)
{
    g_autoptr(GError) error = NULL;
    error_set(&error, ERR_RETRY, "no connection to the database");
    for (struct entry *entry; (entry = g_queue_pop_head(&committer->waiting));) {
        answer_failure(committer, entry, LMTP_DATABASE_AWAY, error);
        g_free(entry);
    }
}

/* --- the whole -------------------------------------------------------------------- */

LmtpCommitter *
lmtp_committer_new(const struct lmtp_committer_options *options)
{
    LmtpCommitter *committer = g_new0(LmtpCommitter, 1);
    committer->options = *options;
    committer->lanes = g_new0(struct lane, options->lanes);
    g_queue_init(&committer->waiting);
    for (size_t i = 0; i < options->lanes; i++) {
        struct lane *lane = &committer->lanes[i];
        lane->committer = committer;
        lane->entries = g_array_new(FALSE, FALSE, sizeof(struct entry));
        lane->lane = lmtp_lane_new(&(struct lmtp_lane_options){
            .loop = options->loop, .db = options->db, .done = batch_done, .data = lane });
    }
    return committer;
}

/* A message has as many entries as rows; it goes with the last of them. */
static void
free_entry(const struct entry *entry)
{
    entry->row->answered = true;
    if (lmtp_message_is_answered(entry->message))
        lmtp_message_free(entry->message);
}

void
lmtp_committer_free(LmtpCommitter *committer)
{
    if (!committer)
        return;
    for (size_t i = 0; i < committer->options.lanes; i++) {
        struct lane *lane = &committer->lanes[i];
        lmtp_lane_free(lane->lane);
        for (size_t j = 0; j < lane->entries->len; j++)
            free_entry(&g_array_index(lane->entries, struct entry, j));
        g_array_unref(lane->entries);
    }
    for (struct entry *entry; (entry = g_queue_pop_head(&committer->waiting));) {
        free_entry(entry);
        g_free(entry);
    }
    g_free(committer->lanes);
    g_free(committer);
}

void
lmtp_committer_add(LmtpCommitter *committer, LmtpMessage *take)
{
    for (size_t i = 0; i < take->rows->len; i++) {
        struct entry *entry = g_new0(struct entry, 1);
        entry->message = take;
        entry->row = g_ptr_array_index(take->rows, i);
        g_queue_push_tail(&committer->waiting, entry);
    }
}

/* True while more are expected. What waits to be tried alone is not held. */
static bool
is_held(const LmtpCommitter *committer, int64_t *timeout_us)
{
    const struct entry *first =
        committer->waiting.head ? committer->waiting.head->data : NULL;
    if (!first || first->alone
        || committer->waiting.length >= MIN(committer->expected, LIMIT_LMTP_BATCH_ROWS))
        return false;
    int64_t left = committer->hold_until - clock_ticks_us();
    if (left > 0)
        *timeout_us = MIN(*timeout_us, left);
    return left > 0;
}

void
lmtp_committer_run(LmtpCommitter *committer, int64_t *timeout_us)
{
    if (is_held(committer, timeout_us))
        return;
    for (size_t i = 0; i < committer->options.lanes; i++)
        if (!g_queue_is_empty(&committer->waiting)
            && lmtp_lane_is_free(committer->lanes[i].lane))
            commit_waiting(&committer->lanes[i]);
    if (lmtp_committer_is_away(committer))
        refuse_waiting(committer);
}

void
lmtp_committer_tick(LmtpCommitter *committer)
{
    for (size_t i = 0; i < committer->options.lanes; i++)
        lmtp_lane_tick(committer->lanes[i].lane);
}

bool
lmtp_committer_is_busy(const LmtpCommitter *committer)
{
    if (committer->waiting.length > 0)
        return true;
    for (size_t i = 0; i < committer->options.lanes; i++)
        if (committer->lanes[i].entries->len > 0)
            return true;
    return false;
}

bool
lmtp_committer_is_away(const LmtpCommitter *committer)
{
    for (size_t i = 0; i < committer->options.lanes; i++)
        if (!lmtp_lane_is_away(committer->lanes[i].lane))
            return false;
    return true;
}
