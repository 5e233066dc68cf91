/*
 * export: put together what the desk has of a person, whoever asked for it on the web.
 *
 *     profile.json · conversations/ticket-7.json · mails.mbox · files/ticket-7/1-photo.jpg
 *         ─► ZIP ─► export_pieces, a few transactions ─► ready, and a mail that says so
 *
 * Only conversations that the person takes part in as a customer, without notes; mails as
 * common/store/papers.h has them. An archive that was broken off is begun anew, three times
 * at most.
 */
#pragma once

#include <stdbool.h>

#include "common/db/db.h"
#include "maild/job.h"

/* Make the one that waits longest. *ret_any: there was one. False and error where the
   database fails or the job is to stop: it is begun again with the next call. */
bool export_next(Db *db, const struct job *job, bool *ret_any, GError **error);
