/*
 * header_write: header fields of ours, encoded (RFC 2047) and folded (RFC 5322 §2.2.3).
 *
 * Values must have been checked to hold no control characters; what comes out is ASCII,
 * lines of at most 78 bytes where there is a space to fold at, and CR LF.
 */
#pragma once

#include <glib.h>

/* Append "Name: value" and CR LF; a value that isn't plain ASCII, or looks like an encoded
   word, is encoded as a whole. */
void header_write_text(GString *out, const char *name, const char *value);

/* Append "Name: value" and CR LF, where the value is ASCII and means what it says. */
void header_write_raw(GString *out, const char *name, const char *value);

/* Append one mailbox ("name <address>") as it stands in a list of them. */
void header_write_mailbox(GString *value, const char *name, const char *address);
