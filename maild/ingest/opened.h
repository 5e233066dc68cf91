/*
 * opened: signed and encrypted mails. Ingest has neither keys nor GnuPG: it asks the
 * crypto job by a row (store/unsealings.h), lets the mail wait, and goes on with what was
 * found. A mail that is only protected in part does not wait; its parts stay as they came.
 */
#pragma once

#include "maild/ingest/reading.h"

/* Take what was found into reading->crypto, and the mail as it reads opened for
   reading->mail. *ret_waits: it was asked for, and nothing is to be done until then. */
bool opened_find(Reading *reading, bool *ret_waits, GError **error);

/* A mail that became a message before, and of which more is known now: the message is
   written anew, and the agents told when it can be read at last. *ret_again is false when
   there is no such message. Sets reading->crypto as opened_find does. */
bool opened_again(Reading *reading, bool *ret_again, GError **error);
