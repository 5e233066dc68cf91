#include "maild/lmtp/router.h"

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/store/statements.h"
#include "maild/lmtp/message.h"

#define BELL_PAUSE (20 * CLOCK_SECOND / 1000)

struct question {
    GPtrArray *recipients; /* borrowed from the asker */
    void *asker;           /* NULL: forgotten */
};

struct route {
    struct uuid tenant;
    int64_t until;
};

struct LmtpRouter {
    struct lmtp_router_options options;
    LmtpLane *lane;
    GArray *waiting;   /* of struct question, for the next query */
    GArray *asked;     /* … of the query under way */
    GHashTable *known; /* address -> struct route */
    bool bell_due;
    int64_t rang_at;
};

static struct lmtp_recipient *
recipient_at(const GPtrArray *recipients, size_t i)
{
    return g_ptr_array_index(recipients, i);
}

/* --- what is known ---------------------------------------------------------------- */

static void
remember(LmtpRouter *router, const char *address, struct uuid tenant)
{
    if (g_hash_table_size(router->known) >= LIMIT_LMTP_ROUTES)
        g_hash_table_remove_all(router->known);
    struct route *route = g_new(struct route, 1);
    *route = (struct route){ tenant,
                             clock_ticks_us() + LIMIT_LMTP_ROUTE_SECONDS * CLOCK_SECOND };
    g_hash_table_replace(router->known, g_strdup(address), route);
}

static bool
answer_from_known(LmtpRouter *router, struct lmtp_recipient *recipient)
{
    const struct route *route = g_hash_table_lookup(router->known, recipient->address);
    if (!route || route->until < clock_ticks_us())
        return false;
    recipient->answered = true;
    recipient->reply = LMTP_RECIPIENT_OK;
    recipient->tenant = route->tenant;
    return true;
}

/* --- questions -------------------------------------------------------------------- */

static void
answer_rest(GPtrArray *recipients, enum lmtp_reply reply)
{
    for (size_t i = 0; i < recipients->len; i++) {
        struct lmtp_recipient *recipient = recipient_at(recipients, i);
        if (recipient->answered)
            continue;
        recipient->answered = true;
        recipient->reply = reply;
    }
}

/* Give all these questions' open recipients the same reply and tell the askers. */
static void
close_questions(LmtpRouter *router, GArray *questions, enum lmtp_reply reply)
{
    for (size_t i = 0; i < questions->len; i++) {
        struct question question = g_array_index(questions, struct question, i);
        if (!question.asker)
            continue;
        answer_rest(question.recipients, reply);
        router->options.answered(question.asker);
    }
    g_array_set_size(questions, 0);
}

static void
fail_questions(LmtpRouter *router, GArray **questions, const GError *error,
               const char *sqlstate)
{
    g_autoptr(GArray) failed = g_steal_pointer(questions);
    *questions = g_array_new(FALSE, FALSE, sizeof(struct question));
    if (failed->len > 0)
        log_warning("lmtp recipients not looked up", log_error_field(error));
    close_questions(router, failed, lmtp_reply_of_error(error, sqlstate));
}

/* This query's own answers, so that what `known` forgets meanwhile does no harm. */
static GHashTable *
read_routes(LmtpRouter *router, const DbRows *rows)
{
    GHashTable *found = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t row = 0; row < db_rows_count(rows); row++) {
        const char *address = db_get_text(rows, row, 0);
        g_hash_table_insert(found, (void *)address, GSIZE_TO_POINTER(row));
        remember(router, address, db_get_uuid(rows, row, 1));
    }
    return found;
}

static void
answer_found(GPtrArray *recipients, GHashTable *found, const DbRows *rows)
{
    void *row = NULL;
    for (size_t i = 0; i < recipients->len; i++) {
        struct lmtp_recipient *recipient = recipient_at(recipients, i);
        if (recipient->answered
            || !g_hash_table_lookup_extended(found, recipient->address, NULL, &row))
            continue;
        recipient->answered = true;
        recipient->reply = LMTP_RECIPIENT_OK;
        recipient->tenant = db_get_uuid(rows, GPOINTER_TO_SIZE(row), 1);
    }
}

static void
take_answers(LmtpRouter *router, const DbRows *rows)
{
    g_autoptr(GHashTable) found = read_routes(router, rows);
    g_autoptr(GArray) questions = g_steal_pointer(&router->asked);

    router->asked = g_array_new(FALSE, FALSE, sizeof(struct question));
    for (size_t i = 0; i < questions->len; i++) {
        struct question *question = &g_array_index(questions, struct question, i);
        if (question->asker)
            answer_found(question->recipients, found, rows);
    }
    close_questions(router, questions, LMTP_UNKNOWN_RECIPIENT);
}

static void
batch_done(enum db_batch_outcome outcome, const DbBatch *batch, const GError *error,
           void *data)
{
    LmtpRouter *router = data;
    if (router->asked->len == 0)
        return; /* it was the bell */
    if (outcome == DB_BATCH_COMMITTED)
        take_answers(router, db_batch_rows(batch, 0));
    else
        fail_questions(router, &router->asked, error,
                       batch ? db_batch_sqlstate(batch) : NULL);
}

LmtpRouter *
lmtp_router_new(const struct lmtp_router_options *options)
{
    LmtpRouter *router = g_new0(LmtpRouter, 1);
    router->options = *options;
    router->waiting = g_array_new(FALSE, FALSE, sizeof(struct question));
    router->asked = g_array_new(FALSE, FALSE, sizeof(struct question));
    router->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    router->lane = lmtp_lane_new(&(struct lmtp_lane_options){
        .loop = options->loop, .db = options->db, .done = batch_done, .data = router });
    return router;
}

void
lmtp_router_free(LmtpRouter *router)
{
    if (!router)
        return;
    lmtp_lane_free(router->lane);
    g_array_unref(router->waiting);
    g_array_unref(router->asked);
    g_hash_table_unref(router->known);
    g_free(router);
}

bool
lmtp_router_is_away(const LmtpRouter *router)
{
    return lmtp_lane_is_away(router->lane);
}

bool
lmtp_router_ask(LmtpRouter *router, GPtrArray *recipients, void *asker)
{
    bool open = false;
    for (size_t i = 0; i < recipients->len; i++) {
        struct lmtp_recipient *recipient = recipient_at(recipients, i);
        if (!recipient->answered && !answer_from_known(router, recipient))
            open = true;
    }
    if (open && lmtp_lane_is_away(router->lane)) {
        answer_rest(recipients, LMTP_DATABASE_AWAY);
        open = false;
    }
    if (open) {
        struct question question = { recipients, asker };
        g_array_append_val(router->waiting, question);
    }
    return !open;
}

static void
forget_in(GArray *questions, const void *asker)
{
    for (size_t i = 0; i < questions->len; i++)
        if (g_array_index(questions, struct question, i).asker == asker)
            g_array_index(questions, struct question, i).asker = NULL;
}

void
lmtp_router_forget(LmtpRouter *router, const void *asker)
{
    forget_in(router->waiting, asker);
    forget_in(router->asked, asker);
}

/* --- sending ---------------------------------------------------------------------- */

static GPtrArray *
open_addresses(const GArray *questions)
{
    GPtrArray *addresses = g_ptr_array_new();
    for (size_t i = 0; i < questions->len; i++) {
        struct question question = g_array_index(questions, struct question, i);
        for (size_t j = 0; question.asker && j < question.recipients->len; j++)
            if (!recipient_at(question.recipients, j)->answered)
                g_ptr_array_add(addresses, recipient_at(question.recipients, j)->address);
    }
    g_ptr_array_add(addresses, NULL);
    return addresses;
}

static bool
send_query(LmtpRouter *router, GError **error)
{
    g_autoptr(GPtrArray) addresses = open_addresses(router->waiting);
    DbBatch *batch = lmtp_lane_begin(router->lane, error);

    if (!batch)
        return false;
    if (!db_batch_add(batch, SQL_ROUTE_ADDRESSES, error,
                      db_text_array((const char *const *)addresses->pdata))) {
        lmtp_lane_cancel(router->lane);
        return false;
    }
    return lmtp_lane_send(router->lane, error);
}

static void
send_questions(LmtpRouter *router)
{
    g_autoptr(GError) error = NULL;
    if (!send_query(router, &error)) {
        fail_questions(router, &router->waiting, error, NULL);
        return;
    }
    GArray *asked = router->asked;
    router->asked = router->waiting;
    router->waiting = asked;
}

/* A bell that can't be rung is no failure: ingest looks by itself every few seconds. */
static void
send_bell(LmtpRouter *router)
{
    DbBatch *batch = lmtp_lane_begin(router->lane, NULL);

    router->bell_due = false;
    router->rang_at = clock_ticks_us();
    if (!batch)
        return;
    if (db_batch_add_bell(batch, BELL_INBOUND, NULL))
        lmtp_lane_send(router->lane, NULL);
    else
        lmtp_lane_cancel(router->lane);
}

void
lmtp_router_ring(LmtpRouter *router)
{
    router->bell_due = true;
}

void
lmtp_router_run(LmtpRouter *router, int64_t *timeout_us)
{
    if (router->waiting->len > 0 && lmtp_lane_is_away(router->lane)) {
        g_autoptr(GError) error = NULL;
        error_set(&error, ERR_RETRY, "no connection to the database");
        fail_questions(router, &router->waiting, error, NULL);
    }
    if (router->waiting->len > 0 && lmtp_lane_is_free(router->lane))
        send_questions(router);
    if (!router->bell_due)
        return;
    int64_t left = router->rang_at + BELL_PAUSE - clock_ticks_us();
    if (left > 0)
        *timeout_us = MIN(*timeout_us, left);
    else if (lmtp_lane_is_free(router->lane))
        send_bell(router);
}

void
lmtp_router_tick(LmtpRouter *router)
{
    lmtp_lane_tick(router->lane);
}
