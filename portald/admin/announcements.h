/*
 * announcements: what the page and the API of announcements share: what may be announced,
 * and how it is written.
 */
#pragma once

#include "common/db/db.h"
#include "portald/http/request.h"

struct announcement {
    const struct request *request;
    struct uuid id;
    const char *kind, *title, *text;
    char *starts_at, *ends_at; /* RFC 3339; NULL: now, or as it is; until removed */
};
void announcement_clear(struct announcement *a);

/* What is wrong with it, a msgid, and with which member ("/title"); NULL: nothing. The times
   are read into it: RFC 3339, or as a form has them, in the admin's zone. */
const char *announcement_judge(struct announcement *a, const char *starts_at,
                               const char *ends_at, const char **ret_pointer);

/* What is said where storing it fails with ERR_CONFLICT: the table's own check. */
extern const char announcement_late[];

/* Write a new one, in place of that one, take it away; `data` is a struct announcement. */
bool announcement_store(DbTx *tx, void *data, GError **error);
bool announcement_replace(DbTx *tx, void *data, GError **error);
bool announcement_forget(DbTx *tx, void *data, GError **error);

/* Its document, owned by the caller. ERR_MISSING. */
char *announcement_read(DbTx *tx, struct uuid id, GError **error);

/* The one that the path names, locked, as the request wants it (api/change.h): its document,
   owned by the caller. ERR_MISSING, ERR_OUTDATED. */
char *announcement_take(const struct request *request, DbTx *tx, struct announcement *a,
                        GError **error);

/* The state of one for a page's form, which has it from a list; owned by the caller. */
char *announcement_state(const json_t *document);
