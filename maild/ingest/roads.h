/*
 * roads: where a mail goes once its facts are known. Each makes all that follows from it,
 * and says what became of it.
 */
#pragma once

#include "maild/ingest/reading.h"

/* A delivery or feedback report about mail of ours. *ret_taken is false when it is about none: then it
   is a mail like any other. */
bool road_report(Reading *reading, bool *ret_taken, GError **error);

/* An agent's mail to a ticket: an answer, a note, commands; or a refusal, when nothing
   proves that it is the agent's. *ret_taken is false when an agent writes like a customer:
   something new, or to a ticket of their own. */
bool road_agent(Reading *reading, bool *ret_taken, enum ingest_result *ret_result,
                GError **error);

/* The new words of a customer's mail in this conversation. Owned by the caller. */
char *customer_words(const Reading *reading, struct uuid conversation, GError **error);

/* Everybody else: a new ticket, or a message in one. */
bool road_customer(Reading *reading, enum ingest_result *ret_result, GError **error);
