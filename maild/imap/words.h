/*
 * words: what we put into an IMAP command, made safe to stand there.
 *
 * A line end in a password or a folder's name would begin a command of its own; libetpan
 * does not look, so everything from the configuration comes through here. Pure.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* A quoted string (RFC 3501 §4.3), its quotes included. ERR_REJECT for control characters
   and for what is not ASCII, which a quoted string can't carry. */
char *words_quote(const char *text, GError **error);

/* A folder's name as IMAP writes it, not quoted: modified UTF-7 (RFC 3501 §5.1.3) of UTF-8.
   ERR_REJECT for control characters, invalid UTF-8 and the empty name. */
char *words_encode_folder(const char *name, GError **error);

/* UIDs in ascending order as a sequence set, "3:5,9". Owned by the caller. */
char *words_format_set(const uint32_t *uids, size_t n);
