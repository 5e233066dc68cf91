#include "maild/send/batch.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/db/listen.h"
#include "common/store/outbox.h"
#include "maild/figures.h"
#include "maild/send/render.h"

#define STOP_GRACE (5 * CLOCK_SECOND) /* of the ten that the master gives us */
#define STORE_PAUSE (CLOCK_SECOND / 2)

typedef struct Item {
    struct outbox_key key;
    OutboxMail *mail;
    GBytes *bytes;
    char *envelope_from;
} Item;

static void
item_free(void *data)
{
    Item *item = data;
    outbox_mail_free(item->mail);
    g_bytes_unref(item->bytes);
    g_free(item->envelope_from);
    g_free(item);
}

/* --- claim and render ------------------------------------------------------------- */

struct claiming {
    const struct sender *sender;
    GPtrArray *items;
    struct outbox_key current; /* what is being worked on, when it fails */
    bool full;                 /* nothing more goes into this batch */
};

/* Whether it may go into this batch. One whose sender ended goes alone: if it is what ends
   them, no other is counted with it. */
static bool
fits(struct claiming *c, const OutboxMail *mail)
{
    if (!mail->lost_tries)
        return true;
    c->full = true;
    return c->items->len == 0;
}

static bool
take_row(DbTx *tx, struct claiming *c, struct outbox_key key, GError **error)
{
    const struct sender *sender = c->sender;
    const struct render_setting setting = { sender->job->config, sender->templates };
    g_auto(Rendered) rendered = { NULL, NULL, NULL };

    c->current = key;
    if (!db_tx_set_tenant(tx, key.tenant, error))
        return false;
    g_autoptr(OutboxMail) mail = outbox_read(tx, key.id, error);
    if (!mail)
        return false;
    if (!fits(c, mail))
        return true;
    if (mail->lost_tries >= LIMIT_SEND_LOST_TRIES)
        return error_set(error, ERR_REJECT,
                         "the process that sent it ended each time, without a word");
    if (!mail->bytes && !render_mail(tx, &setting, mail, &rendered, error))
        return false;

    struct outbox_rendered written = { { NULL, 0 },
                                       rendered.envelope_from,
                                       rendered.rfc_message_id };
    if (rendered.bytes)
        written.bytes.p = g_bytes_get_data(rendered.bytes, &written.bytes.n);
    if (!outbox_start(tx, key.id, sender->job->worker, sender->job->config->lease_us,
                      &written, error))
        return false;

    Item *item = g_new0(Item, 1);
    item->key = key;
    item->bytes = g_bytes_ref(mail->bytes ? mail->bytes : rendered.bytes);
    item->envelope_from =
        g_strdup(mail->bytes ? mail->envelope_from : rendered.envelope_from);
    item->mail = g_steal_pointer(&mail);
    g_ptr_array_add(c->items, item);
    return true;
}

static bool
claim(DbTx *tx, void *data, GError **error)
{
    struct claiming *c = data;
    const struct job *job = c->sender->job;
    g_autoptr(GArray) keys = g_array_new(FALSE, FALSE, sizeof(struct outbox_key));

    g_ptr_array_set_size(c->items, 0);
    c->current = (struct outbox_key){ 0 };
    if (!outbox_claim(tx, job->worker, job->config->lease_us, LIMIT_SEND_BATCH, keys,
                      error))
        return false;
    c->full = false;
    for (guint i = 0; i < keys->len && !c->full; i++)
        if (!take_row(tx, c, g_array_index(keys, struct outbox_key, i), error))
            return false;
    return true;
}

/* A row that can't be made into a mail must not stand in the way of the others. */
static bool
set_aside(const struct sender *sender, struct outbox_key key, const GError *why,
          GError **error)
{
    const struct result_setting setting = { sender->db, sender->job->config,
                                            sender->job->worker };

    log_error("mail not made", log_uuid("id", key.id), log_error_field(why));
    figure_add(FIGURE_SEND_FAILED, 1);
    if (!result_give_up(&setting, key, why->message, error))
        return false;
    db_ring(sender->db, BELL_OUTBOX);
    return true;
}

/* All rows of a batch, or, when one can't be rendered, that one set aside and an empty
   batch: the next call takes the rest. */
static bool
claim_batch(const struct sender *sender, GPtrArray *items, bool *ret_set_aside,
            GError **error)
{
    const struct db_tx_options options = { .durability = DB_DURABLE };
    struct claiming claiming = { .sender = sender, .items = items };
    g_autoptr(GError) failure = NULL;

    *ret_set_aside = false;
    if (db_transact(sender->db, &options, claim, &claiming, &failure))
        return true;
    g_ptr_array_set_size(items, 0);
    if (error_is(failure, ERR_RETRY) || uuid_is_nil(claiming.current.id)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    *ret_set_aside = true;
    return set_aside(sender, claiming.current, failure, error);
}

/* --- results ---------------------------------------------------------------------- */

static void
log_result(const Item *item, const struct try_result *result,
           const struct verdict *verdict, int64_t took_us)
{
    bool sent = strcmp(verdict->state, "sent") == 0;
    bool failed = strcmp(verdict->state, "failed") == 0;
    log_write(sent ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
              sent     ? "mail sent"
              : failed ? "mail failed"
                       : "mail deferred",
              LOG_FIELDS(log_uuid("id", item->key.id), log_str("to", item->mail->address),
                         log_str("template", item->mail->template),
                         log_str("relay", result->relay ? result->relay : ""),
                         log_int("code", result->code),
                         log_str("status", result->enhanced ? result->enhanced : ""),
                         log_str("queue_id", result->queue_id ? result->queue_id : ""),
                         log_int("tries", item->mail->tries + 1),
                         log_int("took_ms", took_us / 1000),
                         log_str("reply", result->reply ? result->reply : "")));
    figure_add(sent     ? FIGURE_SEND_SENT
               : failed ? FIGURE_SEND_FAILED
                        : FIGURE_SEND_DEFERRED,
               1);
}

/* The mail is out: forgetting that would send it again. What the server said is worth less
   than that it took the mail, so where the words can't be stored they are left out. False
   only when the job has to end with the database still away. */
static bool
store_surely(const struct sender *sender, const struct result_row *tried, GError **error)
{
    const struct result_setting setting = { sender->db, sender->job->config,
                                            sender->job->worker };
    struct try_result wordless = { 0 };
    struct result_row row = *tried;
    int64_t stop_us = 0;
    for (;;) {
        g_autoptr(GError) failure = NULL;
        bool ours = false;
        job_alive();
        if (result_store(&setting, &row, &ours, &failure)) {
            if (!ours)
                log_warning("mail's claim had run out", log_uuid("id", row.mail->id));
            return true;
        }
        if (!error_is(failure, ERR_RETRY) && row.verdict.tell) {
            log_error("nobody told of a mail", log_uuid("id", row.mail->id),
                      log_error_field(failure));
            row.verdict.tell = false;
            continue;
        }
        if (!error_is(failure, ERR_RETRY) && row.result != &wordless) {
            log_error("words of a relay not stored", log_uuid("id", row.mail->id),
                      log_error_field(failure));
            wordless.outcome = row.result->outcome;
            wordless.code = row.result->code;
            row.result = &wordless;
            continue;
        }
        if (job_stopping() && stop_us == 0)
            stop_us = clock_ticks_us() + STOP_GRACE;
        if (!error_is(failure, ERR_RETRY) || (stop_us && clock_ticks_us() > stop_us)) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        g_usleep(STORE_PAUSE);
    }
}

static bool
give_back_row(DbTx *tx, void *data, GError **error)
{
    const struct claiming *c = data;
    return outbox_give_back(tx, c->current.id, c->sender->job->worker, error);
}

static bool
give_back(const struct sender *sender, const Item *item, GError **error)
{
    const struct db_tx_options options = { .tenant = item->key.tenant,
                                           .durability = DB_ASYNC };
    struct claiming c = { .sender = sender, .current = item->key };
    return db_transact(sender->db, &options, give_back_row, &c, error);
}

/* --- sending ---------------------------------------------------------------------- */

/* Until when the master waits; a mail whose body is on its way may use it. */
static bool
tick(void *data, bool on_its_way)
{
    int64_t *stop_us = data;
    job_alive();
    if (!job_stopping())
        return true;
    if (*stop_us == 0)
        *stop_us = clock_ticks_us() + STOP_GRACE;
    return on_its_way && clock_ticks_us() < *stop_us;
}

static bool
send_item(const struct sender *sender, const Item *item, int64_t timeout_us,
          GError **error)
{
    int64_t began_us = clock_ticks_us(), stop_us = 0;
    struct slice bytes = { g_bytes_get_data(item->bytes, NULL),
                           g_bytes_get_size(item->bytes) };
    const struct transport_mail mail = {
        .id = item->key.id,
        .tenant = item->mail->tenant_name,
        .envelope_from = item->envelope_from,
        .recipient = item->mail->address,
        .bytes = bytes,
        .timeout_us = timeout_us,
        .tick = tick,
        .tick_data = &stop_us,
    };
    g_auto(TryResult) result = { .outcome = TRY_LATER };
    transport_send(sender->transports, &mail, &result);
    if (result.outcome == TRY_NOT)
        return give_back(sender, item, error);

    struct result_row row = { item->key.tenant, item->mail, &result,
                              result_judge(result.outcome, item->mail->tries + 1,
                                           clock_now_us() - item->mail->created_at) };
    log_result(item, &result, &row.verdict, clock_ticks_us() - began_us);
    if (!store_surely(sender, &row, error))
        return false;
    if (row.verdict.tell)
        db_ring(sender->db, BELL_OUTBOX);
    return true;
}

/* A mail must be over, and its result stored, before another sender may take it for
   abandoned. What there is no time for is given back. */
static bool
send_items(const struct sender *sender, const GPtrArray *items, int64_t claimed_us,
           GError **error)
{
    int64_t lease_us = sender->job->config->lease_us;
    int64_t margin_us = MIN(5 * CLOCK_SECOND, lease_us / 4);
    int64_t least_us = MIN(60 * CLOCK_SECOND, lease_us / 4);

    for (guint i = 0; i < items->len; i++) {
        const Item *item = items->pdata[i];
        int64_t left_us = claimed_us + lease_us - margin_us - clock_ticks_us();
        bool good = left_us < least_us || job_stopping()
                        ? give_back(sender, item, error)
                        : send_item(sender, item, left_us, error);
        if (!good)
            return false;
    }
    return true;
}

bool
batch_send(const struct sender *sender, size_t *ret_n, GError **error)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(item_free);
    int64_t claimed_us = clock_ticks_us();
    bool set_aside_one = false;

    if (!claim_batch(sender, items, &set_aside_one, error)
        || !send_items(sender, items, claimed_us, error))
        return false;
    *ret_n = items->len + set_aside_one;
    return true;
}
