/*
 * papers: the mails of a customer, to be handed out: those that they sent, and those that
 * they were sent, as the bytes were.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"
#include "common/db/db.h"

/* One mail; borrowed for the call. */
struct paper_mail {
    const char *envelope_from;
    int64_t time_us;
    struct slice raw;
};

typedef bool (*PaperMail)(const struct paper_mail *mail, void *data, GError **error);

/* Hand over each mail of `person` about the ticket with this number, of all conversations
   that they take part in where it is 0, the oldest first. What comes after `most` bytes is
   left out; *ret_left_out says how many mails. */
bool papers_each_mail(DbTx *tx, struct uuid person, int64_t number, int64_t most,
                      PaperMail each, void *data, size_t *ret_left_out, GError **error);
