/*
 * committer: messages become rows of `inbound`, durably, as few commits as it takes.
 *
 * A free connection commits what is there, and what arrives meanwhile shares the next
 * commit. So one message alone waits for nothing, and the more come at once, the more share
 * a flush of the disk. Clients that were just answered are likely to be back with their
 * next message at once: for as many as that the next commit waits, at most half as long as
 * commits take now, or the first one back would have a flush for itself and make all the
 * others wait for the one behind it. When a batch is refused, each of its rows is
 * tried again alone, so that one that can't be stored fails nobody else's.
 */
#pragma once

#include "maild/lmtp/lane.h"
#include "maild/lmtp/message.h"

typedef struct LmtpCommitter LmtpCommitter;

struct lmtp_committer_options {
    LmtpLoop *loop;
    struct db_options db;
    size_t lanes; /* connections */
    /* Every row of the message is answered. Takes the message. */
    void (*done)(LmtpMessage *take, void *data);
    void *data;
};

LmtpCommitter *lmtp_committer_new(const struct lmtp_committer_options *options);

/* Messages that are still here are freed without an answer. */
void lmtp_committer_free(LmtpCommitter *committer);

void lmtp_committer_add(LmtpCommitter *committer, LmtpMessage *take);

/* Once a turn of the loop: commits what waits. *timeout_us is lowered to when it must be
   called again. */
void lmtp_committer_run(LmtpCommitter *committer, int64_t *timeout_us);

/* Once a second. */
void lmtp_committer_tick(LmtpCommitter *committer);

/* True while there is something whose end will give memory back. */
bool lmtp_committer_is_busy(const LmtpCommitter *committer);
bool lmtp_committer_is_away(const LmtpCommitter *committer);
