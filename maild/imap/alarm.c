#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/db/listen.h"
#include "common/desk/notify.h"
#include "maild/figures.h"
#include "maild/imap/reader.h"

#define REMIND_AFTER CLOCK_DAY
#define TOKEN_WARNING (7 * CLOCK_DAY)
#define CONTACT_INTERVAL (30 * CLOCK_SECOND)

struct alarm {
    struct reader *reader;
    const char *subject, *text;
};

static bool
write_alarm(DbTx *tx, void *data, GError **error)
{
    const struct alarm *alarm = data;
    const struct desk_context desk = {
        .tx = tx,
        .config = alarm->reader->job->config,
        .door = "imap",
    };
    return mailbox_note_alarm(tx, &alarm->reader->mailbox, error)
           && notify_alarm(&desk, alarm->subject, alarm->text, error);
}

static bool
raise_alarm(struct reader *r, const char *kind, const char *subject, const char *text,
            GError **error)
{
    struct alarm alarm = { r, subject, text };
    const struct db_tx_options options = { .tenant = r->mailbox.tenant_id,
                                           .durability = DB_DURABLE };
    log_error("imap alarm", log_str("mailbox", r->config->name), log_str("kind", kind),
              log_str("text", subject));
    if (!db_transact(r->db, &options, write_alarm, &alarm, error))
        return false;
    db_ring(r->db, BELL_OUTBOX);
    return true;
}

static bool
raise_failure(struct reader *r, int64_t since_us, const char *reason, GError **error)
{
    g_autofree char *since = clock_format_rfc3339(since_us);
    g_autofree char *subject =
        g_strdup_printf("Mailbox \"%s\" can't be read", r->config->name);
    g_autofree char *text = g_strdup_printf(
        "Postern can't read the mailbox \"%s\" (%s at %s, for %s) since %s:\n\n    %s\n\n"
        "It goes on trying. Mail that arrives there waits on that server until then.\n",
        r->config->name, r->config->auth.user, r->config->host, r->config->queue, since,
        reason);
    return raise_alarm(r, "mailbox-failing", subject, text, error);
}

void
alarm_log_failure(struct reader *r, const GError *failure)
{
    figure_add(FIGURE_IMAP_ERRORS, 1);
    log_warning("imap failed", log_str("mailbox", r->config->name),
                log_str("code", error_code_name(failure)), log_error_field(failure));
}

bool
alarm_failure(struct reader *r, const GError *failure, int64_t *ret_look_again_us,
              GError **error)
{
    int64_t since_us = 0, alarmed_us = 0, now_us = clock_now_us();

    r->failing = true;
    if (!mailbox_note_failure(r->db, &r->mailbox, failure->message, &since_us,
                              &alarmed_us, error))
        return false;
    int64_t patience_us = r->sign_in_lost ? 0 : r->config->alarm_after_us;
    int64_t due_us =
        alarmed_us >= since_us ? alarmed_us + REMIND_AFTER : since_us + patience_us;
    if (due_us <= now_us) {
        if (!raise_failure(r, since_us, failure->message, error))
            return false;
        due_us = now_us + REMIND_AFTER;
    }
    *ret_look_again_us = clock_ticks_us() + due_us - now_us;
    return true;
}

static bool
warn_of_expiry(struct reader *r, GError **error)
{
    int64_t expires_us = 0, alarmed_us = 0, now_us = clock_now_us();
    if (!token_expiry(r, &expires_us, &alarmed_us, error))
        return false;
    if (!expires_us || expires_us - now_us > TOKEN_WARNING
        || now_us - alarmed_us < REMIND_AFTER)
        return true;
    g_autofree char *when = clock_format_rfc3339(expires_us);
    g_autofree char *subject =
        g_strdup_printf("The sign-in of mailbox \"%s\" runs out", r->config->name);
    g_autofree char *text = g_strdup_printf(
        "The refresh token of the mailbox \"%s\" (%s at %s) is known to run out at %s.\n"
        "Sign in again and put the new one into its refresh_token_file before that.\n",
        r->config->name, r->config->auth.user, r->config->host, when);
    return raise_alarm(r, "token-expires", subject, text, error);
}

bool
alarm_contact(struct reader *r, GError **error)
{
    if (!r->failing && clock_ticks_us() < r->contact_at_us)
        return true;
    if (r->failing)
        log_info("imap recovered", log_str("mailbox", r->config->name));
    r->failing = false;
    r->contact_at_us = clock_ticks_us() + CONTACT_INTERVAL;
    return mailbox_note_contact(r->db, &r->mailbox, error) && warn_of_expiry(r, error);
}
