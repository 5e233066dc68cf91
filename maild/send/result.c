#include "maild/send/result.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/desk/apply.h"
#include "common/store/people.h"
#include "maild/send/headers.h"

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

/* A notice that an agent doesn't get: the ticket says so, and the administrator, who can
   mend it, hears of it; writing to the agents again would go the same way. */
static bool
tell_of_notice(const struct desk_context *desk, const OutboxMail *mail,
               const struct apply_failure *failure, GError **error)
{
    if (!failure->permanent)
        return true;
    g_autofree char *reason =
        g_strdup_printf("%s %s", failure->status, failure->diagnostic);
    g_autofree char *detail =
        g_strdup_printf("The notice \"%s\" for the agent %s could not be delivered: %s",
                        mail->template, mail->address, reason);
    g_autofree char *subject =
        g_strdup_printf("Mail to the agent %s is refused", mail->address);
    return apply_record(desk, mail->conversation, "notice_failed", NULL, NULL, error)
           && address_note_bounce(desk->tx, mail->address, reason, 0, error)
           && notify_alarm(desk, subject, detail, error);
}

static bool
tell(DbTx *tx, const Config *config, const struct result_row *row, GError **error)
{
    const struct desk_context desk = { .tx = tx, .config = config, .door = "send" };
    const OutboxMail *mail = row->mail;
    const struct try_result *result = row->result;
    bool failed = strcmp(row->verdict.state, "failed") == 0;
    const struct apply_failure failure = {
        .recipient = mail->address,
        .status = result->enhanced ? result->enhanced : "",
        .diagnostic = result->reply ? result->reply : "",
        .permanent = failed,
        .will_retry = !failed,
    };
    /* What tells of failures is not itself told of, or it would never end. */
    if (uuid_is_nil(mail->conversation) || strcmp(mail->template, "delivery_failed") == 0)
        return true;
    return headers_is_outside(mail)
               ? apply_delivery_failed(&desk, mail->conversation, &failure, error)
               : tell_of_notice(&desk, mail, &failure, error);
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
             enum db_durability durability, bool *ret_ours, GError **error)
{
    struct storing storing = { .setting = setting, .row = row };
    const struct db_tx_options options = { .tenant = row->tenant,
                                           .durability = durability };
    if (!db_transact(setting->db, &options, store, &storing, error))
        return false;
    *ret_ours = storing.ours;
    return true;
}
