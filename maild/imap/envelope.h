/*
 * envelope: what is left of a mail's SMTP envelope once it lies in a mailbox.
 *
 * The delivering server writes Return-Path (RFC 5321 §4.4) and, by habit, Delivered-To or
 * X-Original-To on top of a message. They are read from the header block by a plain scan;
 * reading the message as a whole is ingest's work. A sender can forge the recipients that
 * their server lets through, so they may only ever choose between addresses of the
 * mailbox's own tenant. Pure.
 */
#pragma once

#include <glib.h>

#include "common/base/slice.h"

typedef struct Envelope {
    char *from; /* "" for the null path <>; NULL where nothing is said */
    GPtrArray
        *recipients; /* addresses, NULL-terminated, without repetitions; not empty */
} Envelope;

/* Read it from a message. `queue` is the address that the mailbox belongs to; it is always
   among the recipients, and the last of them. Addresses come out in the form in which the
   database has them: lower case, an IDN domain in A-labels; what is no address is left
   out. */
Envelope *envelope_scan(struct slice message, const char *queue);

void envelope_free(Envelope *envelope);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Envelope, envelope_free)

/* The header block of a message, up to and including the empty line where there is one. */
struct slice envelope_header_block(struct slice message);

/* What is kept of a message that can't be kept whole: its header without the MIME fields,
   and `note` (ASCII lines that end in LF) as its text. Owned by the caller. */
GString *envelope_compose_note(struct slice header, const char *note);
