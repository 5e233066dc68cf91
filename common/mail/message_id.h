/*
 * message_id: Message-ID, In-Reply-To and References (RFC 5322 §3.6.4). Pure, linear,
 * tolerant: ids without brackets, with blanks or comments among them, cut off ones.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"

/* The id of an unfolded Message-ID value, without <>; NULL when there is none. */
char *message_id_read(const char *value);

/* The ids of an unfolded In-Reply-To or References value, in order, each once, without
   <>. Of more than LIMIT_REFERENCES the first half and the last half are kept, and
   *ret_cut, unless NULL, is true. NULL-terminated, owned by the caller (g_strfreev). */
char **message_id_read_list(const char *value, bool *ret_cut);
