/*
 * order: what a command of an agent's mail does.
 *
 * Every command of a mail is checked before any is obeyed, so that one that can't be holds
 * back the others and the words. What was done, or why not, is put into `results` for the
 * transcript.
 */
#pragma once

#include <jansson.h>

#include "maild/ingest/command.h"
#include "maild/ingest/reading.h"

struct order {
    const Reading *reading;
    const Person *agent;
    struct uuid ticket;  /* the one that it is about: a split or a merge changes it */
    struct uuid message; /* said with the commands; nil: nothing was */
    json_t *results;     /* of {"command", "done", "text"} */
};

/* *ret_why, owned by the caller, is why this command can't be obeyed; NULL when it can, as
   far as can be told without doing it. */
bool order_check(const struct order *order, const struct command *command, char **ret_why,
                 GError **error);

/* Obey it, and add to the results. *ret_done is false when that was not possible: then
   nothing was changed. Not of COMMAND_NOTE and COMMAND_UNKNOWN. */
bool order_run(struct order *order, const struct command *command, bool *ret_done,
               GError **error);

/* Add to the results. */
void order_result(json_t *results, const char *command, bool done, const char *text);
