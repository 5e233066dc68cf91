#include "maild/send/result.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/desk/apply.h"

#define GIVE_UP_AFTER (5 * CLOCK_DAY)
#define TELL_AT_TRY 3

void
try_result_clear(struct try_result *result)
{
    g_clear_pointer(&result->relay, g_free);
    g_clear_pointer(&result->enhanced, g_free);
    g_clear_pointer(&result->reply, g_free);
    g_clear_pointer(&result->queue_id, g_free);
}

int64_t
result_pause_us(int64_t tries)
{
    static const int minutes[] = { 5, 10, 20, 40, 60 };
    int64_t i = CLAMP(tries - 1, 0, (int64_t)G_N_ELEMENTS(minutes) - 1);
    return minutes[i] * CLOCK_MINUTE;
}

struct verdict
result_judge(enum try_outcome outcome, int64_t tries, int64_t age_us)
{
    if (outcome == TRY_SENT)
        return (struct verdict){ .state = "sent" };
    if (outcome == TRY_REFUSED || age_us + result_pause_us(tries) > GIVE_UP_AFTER)
        return (struct verdict){ .state = "failed", .tell = true };
    return (struct verdict){ .state = "queued",
                             .pause_us = result_pause_us(tries),
                             .tell = tries == TELL_AT_TRY };
}

/* --- who is told ------------------------------------------------------------------ */

static bool
tell(DbTx *tx, const Config *config, const struct result_row *row, GError **error)
{
    const struct desk_context desk = { .tx = tx, .config = config, .door = "send" };
    const OutboxMail *mail = row->mail;
    const struct try_result *result = row->result;
    bool failed = strcmp(row->verdict.state, "failed") == 0;
    const char *status = result->enhanced ? result->enhanced : "";
    const struct apply_failure failure = {
        .kind = automatic_kind_of_failure(failed ? "failed" : "delayed", status, true),
        .template = mail->template,
        .role = mail->role,
        .recipient = mail->address,
        .status = status,
        .diagnostic = result->reply ? result->reply : "",
    };
    return apply_delivery_failed(&desk, mail->conversation, &failure, error);
}

/* --- storing ---------------------------------------------------------------------- */

struct storing {
    const struct result_setting *setting;
    const struct result_row *row;
    bool ours;
};

static bool
store(DbTx *tx, void *data, GError **error)
{
    struct storing *s = data;
    const struct result_row *row = s->row;
    const struct outbox_result result = {
        .state = row->verdict.state,
        .pause_us = row->verdict.pause_us,
        .relay = row->result->relay,
        .code = row->result->code,
        .enhanced = row->result->enhanced,
        .reply = row->result->reply,
        .queue_id = row->result->queue_id,
    };
    if (!outbox_finish(tx, row->mail->id, s->setting->worker, &result, &s->ours, error))
        return false;
    return !s->ours || !row->verdict.tell || tell(tx, s->setting->config, row, error);
}

bool
result_store(const struct result_setting *setting, const struct result_row *row,
             bool *ret_ours, GError **error)
{
    struct storing storing = { .setting = setting, .row = row };
    const struct db_tx_options options = { .tenant = row->tenant,
                                           .durability = DB_DURABLE };
    if (!db_transact(setting->db, &options, store, &storing, error))
        return false;
    *ret_ours = storing.ours;
    return true;
}

/* --- given up before it was a mail ------------------------------------------------ */

struct giving_up {
    const Config *config;
    struct outbox_key key;
    const char *reason;
    bool tell;
};

static bool
give_up(DbTx *tx, void *data, GError **error)
{
    const struct giving_up *g = data;
    const struct verdict verdict = { .state = "failed", .tell = g->tell };
    g_autofree char *reason = g_strdup(g->reason);
    const struct try_result result = { .outcome = TRY_REFUSED, .reply = reason };

    if (!outbox_fail(tx, g->key.id, reason, error))
        return false;
    if (!g->tell)
        return true;
    g_autoptr(OutboxMail) mail = outbox_read(tx, g->key.id, error);
    const struct result_row row = { g->key.tenant, mail, &result, verdict };
    return mail && tell(tx, g->config, &row, error);
}

bool
result_give_up(const struct result_setting *setting, struct outbox_key key,
               const char *reason, GError **error)
{
    const struct db_tx_options options = { .tenant = key.tenant };
    struct giving_up g = { setting->config, key, reason, true };
    g_autoptr(GError) failure = NULL;

    if (db_transact(setting->db, &options, give_up, &g, &failure))
        return true;
    if (error_is(failure, ERR_RETRY)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    g.tell = false; /* what can't be told must not stand in the way either */
    return db_transact(setting->db, &options, give_up, &g, error);
}
