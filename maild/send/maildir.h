/*
 * maildir: the transport that puts mail into a Maildir, for trying things out.
 *
 * The file is named after the outbox row, so a mail that is sent again after a crash does
 * not lie there twice. Return-Path and Delivered-To stand on top, as a delivery agent
 * would write them; line ends are LF, as local files have them.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"
#include "common/base/uuid.h"

struct maildir_mail {
    struct uuid id;
    const char *envelope_from; /* "": the null path */
    const char *recipient;
    struct slice bytes;
};

/* Deliver, safely on disk when it returns: readable for the group. The folders are made
   where they are missing. ERR_RETRY when the file system can't take it now. */
bool maildir_deliver(const char *directory, const struct maildir_mail *mail,
                     GError **error);
