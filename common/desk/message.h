/* message: the rows of one message; what apply.c and message.c share. */
#pragma once

#include "common/desk/apply.h"

/* Store the message, the index of its parts, and every Message-ID it brings along. */
bool message_store(const struct desk_context *desk, struct uuid conversation,
                   const struct apply_message *message, struct uuid *ret_id,
                   GError **error);

/* Write its text, parts and what is known of its protection anew. */
bool message_rewrite(const struct desk_context *desk,
                     const struct apply_rereading *rereading, GError **error);
