/*
 * render: a row of the outbox becomes the bytes that are sent.
 *
 *     row ─► document ─► attachments: along, or as links ─► template ─► headers ─► bytes
 *
 * In the transaction that claims the row: the links are capabilities, rows like any other.
 */
#pragma once

#include <stdbool.h>

#include "common/base/config.h"
#include "common/db/db.h"
#include "common/store/outbox.h"
#include "common/text/template_set.h"

struct render_setting {
    const Config *config;
    const TemplateSet *templates;
};

typedef struct rendered {
    GBytes *bytes;
    char *envelope_from;
    char *rfc_message_id;
} Rendered;

void rendered_clear(struct rendered *rendered);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Rendered, rendered_clear)

/* Render `mail`, a row of this transaction's tenant. ERR_REJECT, ERR_MISSING, ERR_BUG when
   it can't be done with this row, whatever is tried; ERR_RETRY is the database's. */
bool render_mail(DbTx *tx, const struct render_setting *setting, const OutboxMail *mail,
                 struct rendered *ret, GError **error);
