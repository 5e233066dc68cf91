/*
 * paper_turn: papers (a ticket as PDF or mbox, an archive of one's data) take a thread for
 * seconds and megabytes. So each person may have some in a while, and a process makes only
 * a few at once: whatever is asked for, threads are left for pages.
 */
#pragma once

#include "portald/http/reply.h"
#include "portald/http/request.h"

/* What makes one: a handler with its data. */
typedef Reply *(*PaperWork)(const struct request *request, void *data, GError **error);

/* Do it, or answer with Retry-After at once: 429 where this person had many, 503 where as
   many as may are being made. Nobody waits, since who waits holds a thread too. */
Reply *paper_turn_take(const struct request *request, PaperWork work, void *data,
                       GError **error);

/* How many are made at once with that many threads: half of them, but one. */
int paper_turn_places(int threads);
