/*
 * result: what follows from one try to send a mail.
 *
 *     outcome of the try ─► verdict: sent, failed, or again after a pause; who is told
 *                       └─► stored in one transaction with the event and what it causes
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/config.h"
#include "common/db/db.h"
#include "common/store/outbox.h"

enum try_outcome {
    TRY_SENT,
    TRY_REFUSED, /* permanently: this mail, or this recipient */
    TRY_LATER,   /* it may pass */
    TRY_NOT,     /* it was not begun: nothing of it left */
};

struct try_result {
    enum try_outcome outcome;
    char *relay;    /* "mx.example:25", "maildir:/path" */
    int code;       /* 0: no reply */
    char *enhanced; /* NULL: none */
    char *reply;    /* its words, or what went wrong instead; NULL: nothing was said */
    char *queue_id; /* NULL: none */
    bool is_broken; /* it was the relay, not the mail: the next one need not be tried */
};

void try_result_clear(struct try_result *result);
typedef struct try_result TryResult;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TryResult, try_result_clear)

struct verdict {
    const char *state; /* "sent", "failed", "queued" */
    int64_t pause_us;  /* queued */
    bool tell;         /* the agent has to know */
};

/* Pure. `tries` counts this one; `age_us` is how long the mail has been waiting in all. */
struct verdict result_judge(enum try_outcome outcome, int64_t tries, int64_t age_us);

/* The pause after the n-th failed try: 5, 10, 20, 40, then 60 minutes. */
int64_t result_pause_us(int64_t tries);

struct result_setting {
    Db *db;
    const Config *config;
    const char *worker;
};

struct result_row {
    struct uuid tenant;
    const OutboxMail *mail;
    const struct try_result *result;
    struct verdict verdict; /* result_judge's */
};

/* Store what came of a try, with all that follows from it, in one transaction. *ret_ours
   is false when the claim had run out. Durable: a result that a crash of the server took
   back would send the mail again. */
bool result_store(const struct result_setting *setting, const struct result_row *row,
                  bool *ret_ours, GError **error);

/* The row can't be made into a mail: it has failed, with all that follows from it. */
bool result_give_up(const struct result_setting *setting, struct outbox_key key,
                    const char *reason, GError **error);
