/*
 * reader: what the files of this folder share about the one mailbox that their process
 * reads. Nobody outside includes it.
 *
 *     lease ─► session ─► after_catch_up ─► fetch_news ─┬► idle_wait ─┐
 *                                              ▲        └─────────────┤
 *                                              └──────────────────────┘
 *
 * One thread, one connection to the database. Whatever breaks ends the session; the loop
 * in job.c notes it, waits longer each time, and begins again from the cursor in the
 * database, so that nothing here needs to be undone.
 */
#pragma once

#include "common/base/config.h"
#include "common/db/db.h"
#include "common/http/oauth.h"
#include "common/store/mailboxes.h"
#include "maild/imap/session.h"
#include "maild/job.h"

#define READER_LEASE (60 * CLOCK_SECOND)
#define READER_RENEW (20 * CLOCK_SECOND)

struct reader {
    const struct job *job;
    const struct config_mailbox *config;
    Db *db;
    struct mailbox mailbox; /* the row; its cursor is what was last committed */
    OauthToken *token;      /* XOAUTH2: the access token in use */
    Session *session;       /* NULL: not connected */
    int64_t renew_at_us;    /* when the lease is to be renewed, in clock_ticks_us */
    int64_t contact_at_us;  /* when contact is to be noted again */
    bool failing;           /* since this process began */
    bool sign_in_lost;      /* the refresh token is worth nothing any more */
    GError *after_error; /* what keeps handled mail from being flagged, moved, deleted */
};

/* Say that we live, and renew the lease where it is time; a `void (*)(void *)` for the
   stream's waiting. */
void reader_tick(void *reader);

/* Make sure that there is an access token that still holds, by a refresh where needed.
   ERR_DENIED when the refresh token is worth nothing any more. */
bool token_ensure(struct reader *reader, GError **error);

/* When the refresh token runs out, in microseconds since 1970, 0 for not known; and when
   the administrator was last told of something here. */
bool token_expiry(struct reader *reader, int64_t *ret_expires_us, int64_t *ret_alarmed_us,
                  GError **error);

/* Read everything above the cursor, in batches, each committed and then flagged, moved or
   deleted. */
bool fetch_news(struct reader *reader, GError **error);

/* One message on its way into the database. */
struct fetched_mail {
    uint32_t uid;
    int64_t size;     /* of the whole message */
    struct slice raw; /* borrowed from the batch */
    bool truncated;   /* raw is its header and a note */
};

/* Commit mails (of struct fetched_mail) and the cursor in one durable transaction.
   ERR_CONFLICT when the mailbox is no longer ours to read. */
bool store_batch(struct reader *reader, const GArray *mails, uint32_t last_uid,
                 GError **error);

/* Flag, move or delete messages that are committed, and remember that. Those of which we
   hold only the header are never deleted. A server that refuses it does not
   keep us from reading: that goes to reader->after_error. */
bool after_commit(struct reader *reader, const GArray *mails, uint32_t last_uid,
                  GError **error);

/* The same for what was committed before the last connection broke. */
bool after_catch_up(struct reader *reader, GError **error);

/* Wait until there may be news: by IDLE, or by time where the server has none. */
bool idle_wait(struct reader *reader, GError **error);

/* The one line in the log that a failure gets, and its figure. */
void alarm_log_failure(struct reader *reader, const GError *failure);

/* Note a failure in the row; tell the administrator once it has lasted alarm_after, at once
   where nothing but a person can mend it, and again each day. *ret_look_again_us is when
   the next of that falls due, in clock_ticks_us. */
bool alarm_failure(struct reader *reader, const GError *failure,
                   int64_t *ret_look_again_us, GError **error);

/* Note that the mailbox was read; the end of a failure, if there was one. Warns of a
   refresh token that will run out. */
bool alarm_contact(struct reader *reader, GError **error);
