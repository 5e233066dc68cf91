/*
 * facts: gather what the mail carries and what the database knows of it, before anything is
 * decided. Reads; the only thing it may add is the sender as a person.
 */
#pragma once

#include "maild/ingest/reading.h"

/* The desk's own addresses and, of them, the queues that this message came to. */
bool facts_find_queues(Reading *reading, GError **error);

/* Wait for other workers that hold mail of the same thread. */
bool facts_lock_thread(const Reading *reading, GError **error);

/* The reply capability among the addresses that it was sent to. */
bool facts_find_capability(Reading *reading, GError **error);

/* Whoever From names, made a person if need be; where it names nobody, whom the capability
   was given to, then whom the envelope names; else nobody. */
bool facts_find_sender(Reading *reading, GError **error);

/* Every piece of evidence that points to a ticket, in order of strength, and who may have
   sent it. */
bool facts_find_evidence(Reading *reading, GError **error);

/* The candidate that decided; NULL: nothing points anywhere. */
const struct thread_candidate *facts_decisive(const Reading *reading);

/* What kind of mail it is, once the thread is decided. */
void facts_find_kind(Reading *reading);

/* True for an address of the desk itself, with or without +extension. */
bool facts_is_own(const Reading *reading, const char *address);

/* True when this very mail is one that we sent. */
bool facts_is_ours(const Reading *reading, bool *ret_is_ours, GError **error);

/* True when the sender's domain disowned the mail (DMARC fail, by a relay we trust). */
bool facts_is_disowned(const Reading *reading);

/* True when a relay we trust vouches for From (DMARC pass). */
bool facts_is_vouched_for(const Reading *reading);

/* Why the mail is where it is and by this author, as a JSON object; owned by the caller. */
char *facts_evidence(const Reading *reading);
