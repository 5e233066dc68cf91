/*
 * document: what a mail is rendered from, as one JSON document that one statement reads.
 *
 * Its shape is templates/mail/document.json. Beyond that example, attachments carry their
 * `ordinal`. A requester or Cc is never given a note or an agent's own address.
 */
#pragma once

#include <jansson.h>

#include "common/db/db.h"

/* The document of a row of the outbox of this transaction's tenant, owned by the caller;
   the url of each attachment is null. ERR_MISSING. */
json_t *document_for_outbox(DbTx *tx, struct uuid id, bool carry_decrypted,
                            GError **error);
