/*
 * listen: the doorbell between processes.
 *
 * NOTIFY inside a business transaction would serialise all commits of the server, so a
 * process rings after it committed, at most once in BELL_INTERVAL a channel. A bell is
 * only a hint: who listens also looks by itself every few seconds.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/db/db.h"

/* New mail to read; mail to send; mail to open or verify; something happened in a
   conversation. */
enum bell { BELL_INBOUND, BELL_OUTBOX, BELL_UNSEALING, BELL_EVENTS, BELL_COUNT };

/* Be told of this bell from now on, also after a reconnect. */
bool db_listen(Db *db, enum bell bell, GError **error);

/* Say that there is something new. Sent at once, or, within BELL_INTERVAL of the last
   time, by a later db_ring, db_ring_flush or db_wait. Outside a transaction only. A bell
   that can't be rung is no failure: polling is the truth. */
void db_ring(Db *db, enum bell bell);

/* Send what db_ring held back. */
void db_ring_flush(Db *db);

/* Wait until a bell rang, `fd` (unless -1) is readable, or timeout_us passed. Rings held
   back go out first. False and error only when the connection is lost. */
bool db_wait(Db *db, int fd, int64_t timeout_us, bool *ret_rang, GError **error);
