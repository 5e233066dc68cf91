/*
 * imap: one connection's commands and answers (RFC 3501), by libetpan on our stream.
 *
 * A command is written as text by the caller, from words.h where it carries someone's
 * input; the answer is read whole, and what it held can be asked for until the next
 * command. Never is anything asked for whose answer libetpan reads by recursion
 * (ENVELOPE, BODYSTRUCTURE); bodies come as BODY.PEEK[].
 *
 * Errors: ERR_RETRY when the connection is of no more use (lost, too slow, not IMAP);
 * ERR_DENIED when the server answered NO or BAD, after which the connection still is.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"
#include "maild/imap/stream.h"

typedef struct Imap Imap;

/* Take the stream, read the server's greeting. *ret_preauth: it takes us for someone
   already (RFC 3501 §7.1.4). */
Imap *imap_greet(Stream *take_stream, bool *ret_preauth, GError **error);

/* Say LOGOUT, without waiting for the answer, and close. */
void imap_free(Imap *imap);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Imap, imap_free)

Stream *imap_stream(Imap *imap);

/* Send one command, without tag and line end, and read its answer. */
bool imap_command(Imap *imap, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* The same for one whose answer carries literals: so many bytes of them may come, and the
   server has longer for them. */
bool imap_command_literals(Imap *imap, uint64_t literal_bytes, GError **error,
                           const char *format, ...) G_GNUC_PRINTF(4, 5);

/* AUTHENTICATE with a mechanism of one message, in base64; `initial`: it goes along with
   the command (SASL-IR, RFC 4959), else it waits for the server's "+". What the server
   gives as a reason in a further challenge (XOAUTH2 does) is part of the error's text. */
bool imap_authenticate(Imap *imap, const char *mechanism, const char *message,
                       bool initial, GError **error);

/* What the last CAPABILITY said, "IDLE", "AUTH=PLAIN": asked for anew by imap_command
   (imap, error, "CAPABILITY"). */
bool imap_can(Imap *imap, const char *capability);

struct imap_folder {
    uint32_t uidvalidity;
    uint32_t exists; /* messages in it, when it was selected */
    bool read_only;
};

/* SELECT a folder, its name in modified UTF-7. */
bool imap_select(Imap *imap, const char *folder, struct imap_folder *ret_folder,
                 GError **error);

/* Messages in the selected folder, as far as the server has told. */
uint32_t imap_exists(const Imap *imap);

/* The numbers that the last SEARCH gave, ascending; of uint32_t, owned by the caller. */
GArray *imap_found(Imap *imap);

struct imap_message {
    uint32_t uid;
    uint32_t size;
    bool has_size;
    struct slice body; /* p is NULL where none came */
};

typedef struct ImapMessages ImapMessages;

/* What the last FETCH gave, with its bodies. Owned by the caller. */
ImapMessages *imap_take_fetched(Imap *imap);
void imap_messages_free(ImapMessages *messages);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImapMessages, imap_messages_free)
size_t imap_messages_count(const ImapMessages *messages);
const struct imap_message *imap_messages_get(const ImapMessages *messages, size_t i);

/* IDLE (RFC 2177): begin it, and end it by DONE, which must not be left out. Between them
   only stream_wait may be called. */
bool imap_idle_begin(Imap *imap, GError **error);
bool imap_idle_end(Imap *imap, GError **error);
