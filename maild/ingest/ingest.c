#include "maild/ingest/ingest.h"

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "maild/ingest/facts.h"
#include "maild/ingest/opened.h"
#include "maild/ingest/roads.h"

#define POSTPONE (10 * CLOCK_SECOND) /* the database is full, or busy: not now */

const char *
ingest_result_name(enum ingest_result result)
{
    static const char *const names[] = {
        [INGEST_APPLIED] = "applied", [INGEST_DUPLICATE] = "duplicate",
        [INGEST_IGNORED] = "ignored", [INGEST_QUARANTINED] = "quarantined",
        [INGEST_GONE] = "gone",       [INGEST_WAITING] = "waiting",
        [INGEST_REREAD] = "reread",
    };
    return names[result];
}

static bool
parse(Reading *r, GError **error)
{
    const struct mail_options options = {
        .trusted_authserv_ids = (const char *const *)r->desk.config->authserv_ids,
        .own_addresses = (const char *const *)r->own_addresses,
    };
    r->mail = mail_parse(r->inbound->raw, &options, error);
    return r->mail != NULL;
}

/* The same mail came before: a second delivery, or a second queue. One message, which both
   queues see. */
static bool
find_copy(Reading *r, bool *ret_is_copy, GError **error)
{
    struct uuid none = { { 0 } };
    g_autoptr(DbRows) rows =
        db_query(r->desk.tx, SQL_MESSAGE_FIND_COPY, error, db_text(r->mail->message_id),
                 db_text(r->mail->body_sha256));
    if (!rows)
        return false;
    *ret_is_copy = db_rows_count(rows) > 0;
    if (!*ret_is_copy)
        return true;

    g_autoptr(Ticket) ticket =
        ticket_get(r->desk.tx, db_get_uuid(rows, 0, 0), none, error);
    if (!ticket)
        return false;
    for (guint i = 0; i < r->queues->len; i++)
        if (!apply_add_queue(&r->desk, ticket, g_array_index(r->queues, struct uuid, i),
                             error))
            return false;
    return true;
}

/* Where From is not to be believed, it is whose reply address it came to. */
static void
let_holder_speak(Reading *r)
{
    if (r->decision.speaker != SPEAKER_HOLDER)
        return;
    r->claimed = g_steal_pointer(&r->sender);
    r->sender = g_steal_pointer(&r->holder);
    r->holder = person_copy(r->sender);
}

static bool
take_road(Reading *r, enum ingest_result *ret_result, GError **error)
{
    bool taken = false, ours = false;

    if (!facts_is_ours(r, &ours, error))
        return false;
    if (ours || r->mail->automatic == MAIL_AUTO_LOOP) {
        r->reason = "our own mail came back";
        *ret_result = INGEST_IGNORED;
        return true;
    }
    *ret_result = INGEST_APPLIED;
    if ((r->mail->bounces->len || r->mail->is_feedback) && !road_report(r, &taken, error))
        return false;
    if (taken)
        return true;
    if ((!r->sender && !facts_find_sender(r, error)) || !facts_find_evidence(r, error))
        return false;
    r->decision = thread_decide(&r->facts);
    let_holder_speak(r);
    if (!road_agent(r, &taken, ret_result, error))
        return false;
    return taken || road_customer(r, ret_result, error);
}

static bool
read_message(Reading *r, enum ingest_result *ret_result, GError **error)
{
    bool again = false, is_copy = false, waits = false;
    if (!facts_find_queues(r, error) || !parse(r, error) || !facts_lock_thread(r, error)
        || !opened_again(r, &again, error) || (!again && !find_copy(r, &is_copy, error))
        || (!again && !is_copy && !opened_find(r, &waits, error)))
        return false;
    *ret_result = again ? INGEST_REREAD : is_copy ? INGEST_DUPLICATE : INGEST_WAITING;
    if (again || is_copy || waits)
        return true;
    if (!facts_find_capability(r, error) || !take_road(r, ret_result, error))
        return false;
    /* A report comes from a server on the way, and proves no mailbox. */
    return !r->has_capability || *ret_result != INGEST_APPLIED
           || r->mail->automatic != MAIL_AUTO_NONE
           || capability_use(r->desk.tx, r->capability.capability.id, error);
}

/* --- one transaction a message ---------------------------------------------------- */

struct work {
    const Config *config;
    struct inbound_claim claim;
    enum ingest_result result;
    const char *failure; /* of quarantine(): what to write down */
};

static bool
ingest_work(DbTx *tx, void *data, GError **error)
{
    struct work *work = data;
    enum ingest_result result = INGEST_IGNORED;
    g_auto(Reading) r = { .desk = { .tx = tx, .config = work->config } };

    work->result = INGEST_GONE;
    if (!inbound_read(tx, work->claim.id, &r.inbound, error))
        return false;
    if (!r.inbound)
        return true;
    r.desk.door = r.inbound->door;
    if (!read_message(&r, &result, error)
        || (result != INGEST_WAITING
            && !inbound_finish(tx, work->claim.id,
                               result == INGEST_IGNORED ? "ignored" : "done",
                               ingest_result_name(result), r.reason, error)))
        return false;
    work->result = result;
    return true;
}

static bool
quarantine_work(DbTx *tx, void *data, GError **error)
{
    struct work *work = data;
    char id[UUID_TEXT_SIZE];
    struct uuid event, none = { { 0 } };
    struct desk_context desk = { .tx = tx, .config = work->config };
    g_autoptr(Inbound) inbound = NULL;
    if (!inbound_read(tx, work->claim.id, &inbound, error))
        return false;
    if (!inbound)
        return true;

    desk.door = inbound->door;
    uuid_format(work->claim.id, id);
    g_autofree char *text = g_strdup_printf(
        "A mail from <%s> could not be read and was set aside: %s.\nNothing of it is "
        "lost. See it with: maild quarantine show %s\nHave it read again with: maild "
        "quarantine retry %s",
        inbound->envelope_from, work->failure, id, id);
    g_autofree char *detail = g_strdup_printf("{\"inbound\": \"%s\"}", id);
    return inbound_finish(tx, work->claim.id, "quarantined", "quarantined", work->failure,
                          error)
           && apply_record(&desk, none, "quarantined", detail, &event, error)
           && notify_alarm(&desk, "A mail was set aside", text, error);
}

static bool
note_work(DbTx *tx, void *data, GError **error)
{
    const struct work *work = data;
    return inbound_note_failure(tx, work->claim.id, work->failure, error);
}

static bool
postpone_work(DbTx *tx, void *data, GError **error)
{
    const struct work *work = data;
    return inbound_postpone(tx, work->claim.id, POSTPONE, error);
}

/* This try failed for a reason that lies in the message: written down; after the last try,
   or where another would end the same, it is set aside. */
static bool
set_aside(Db *db, const struct db_tx_options *options, struct work *work, bool for_good,
          enum ingest_result *ret_result, GError **error)
{
    if (!for_good && work->claim.tries < LIMIT_INGEST_TRIES)
        return db_transact(db, options, note_work, work, error);
    if (!db_transact(db, options, quarantine_work, work, error))
        return false;
    *ret_result = INGEST_QUARANTINED;
    return true;
}

bool
ingest_row(Db *db, const Config *config, const struct inbound_claim *claim,
           enum ingest_result *ret_result, GError **error)
{
    /* The raw row is durable and would be read again: losing this commit loses nothing. */
    const struct db_tx_options options = { .tenant = claim->tenant,
                                           .durability = DB_ASYNC };
    struct work work = { .config = config, .claim = *claim };
    g_autoptr(GError) failure = NULL;

    if (claim->tries > LIMIT_INGEST_TRIES) {
        work.failure = "the process that read it ended each time, without a word";
        return set_aside(db, &options, &work, true, ret_result, error);
    }
    if (db_transact(db, &options, ingest_work, &work, &failure)) {
        *ret_result = work.result;
        return true;
    }
    if (error_is(failure, ERR_RETRY)) {
        if (!db_is_lost(db))
            db_transact(db, &options, postpone_work, &work, NULL);
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    work.failure = failure->message;
    enum ingest_result result = INGEST_GONE;
    if (!set_aside(db, &options, &work, error_is(failure, ERR_REJECT), &result, error))
        return false;
    if (result == INGEST_QUARANTINED) {
        *ret_result = result;
        return true;
    }
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}
