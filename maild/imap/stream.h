/*
 * stream: the connection to an IMAP server, made by us and lent to libetpan.
 *
 *     TCP ─► (TLS) ─► guard ─► mailstream ─► libetpan
 *
 * libetpan's own streams verify no certificate, spin when the server hangs up inside a
 * literal, and wait without end; this one verifies chain and host name, turns every end
 * into an error, and reads and writes under a deadline and a budget of bytes that are set
 * anew for each command. While it waits it says that the job is alive, and it gives up at
 * once when the job shall stop. One thread.
 */
#pragma once

#include <glib.h>
#include <libetpan/mailstream_types.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Stream Stream;

struct stream_options {
    const char *host;
    uint16_t port;
    const char *ca_file;       /* PEM; NULL: the system's */
    int stop_fd;               /* readable when everything shall end; -1: never */
    void (*alive)(void *data); /* called every few seconds of waiting */
    void *alive_data;
};

/* Connect by TCP, to the first address that answers. ERR_RETRY when none does. */
Stream *stream_connect(const struct stream_options *options, GError **error);
void stream_free(Stream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Stream, stream_free)

/* Start TLS from here on, 1.2 or later, with the server's certificate verified against the
   host's name. ERR_RETRY, with the reason in the message, when it can't be. Nothing may
   have been read ahead of it: ERR_RETRY, for that is how an attacker puts words in front of
   a protected connection (CVE-2011-0411 and its kin). */
bool stream_start_tls(Stream *stream, GError **error);

/* libetpan's view of it. Owned by the stream, which must outlive all use of it. */
mailstream *stream_mailstream(Stream *stream);

/* What the server may do from here on: take so many seconds, and send LIMIT_IMAP_ANSWER_
   BYTES and so many bytes of literals. */
void stream_arm(Stream *stream, int64_t seconds, uint64_t literal_bytes);

/* Why the last read or write failed; NULL if none did. Takes it. */
GError *stream_take_error(Stream *stream);

/* Wait until the server has something to say, looking first at what has been read already
   (a socket does not show what lies in a buffer of ours or of TLS). *ret_input is false
   when timeout_us passed. ERR_RETRY when the job shall stop. */
bool stream_wait(Stream *stream, int64_t timeout_us, bool *ret_input, GError **error);
