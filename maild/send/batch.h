/*
 * batch: a few mails at a time, from their claim to their results.
 *
 *     claim + render ─► COMMIT (durable) ─► send ─► result ─► send ─► result …
 *
 * The durable commit comes before the first byte of any mail leaves, and flushes what
 * other processes had committed without waiting: nothing is ever sent that the database
 * could forget. Results are committed without waiting, the last one of a batch durably.
 * Once a mail is out, its result is stored however long the database is away.
 */
#pragma once

#include "common/db/db.h"
#include "common/text/template_set.h"
#include "maild/job.h"
#include "maild/send/transport.h"

struct sender {
    const struct job *job;
    Db *db;
    const TemplateSet *templates;
    Transports *transports;
};

/* Send what is due, one batch at most. *ret_n is how many rows were taken. */
bool batch_send(const struct sender *sender, size_t *ret_n, GError **error);
