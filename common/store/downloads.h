/*
 * downloads: one part of a stored message, to be sent to somebody who may have it. The
 * bytes come out of the raw message as they stand there; common/mail decodes them.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"
#include "common/db/db.h"

typedef struct Download {
    char *content_type;   /* "image/png", as the sender said */
    char *name;           /* decoded; "" when there is none */
    char *encoding;       /* of `encoded`: "base64", … */
    struct slice encoded; /* borrowed from the download itself */
    DbRows *rows;
} Download;

/* The part with this number of a message of the transaction's tenant, 0 for the message as
   it came in. ERR_MISSING when there is none. */
Download *download_read(DbTx *tx, struct uuid message, int64_t ordinal, GError **error);
void download_free(Download *download);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Download, download_free)
