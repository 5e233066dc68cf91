/*
 * account: a person's own settings: pages below /account, and the same through
 * /api/v1/portal. Both doors of a setting are one function: it reads the form or the JSON,
 * changes, writes the change into the record (auth/audit.h), and answers with a page or a
 * document.
 */
#pragma once

#include <jansson.h>

#include "common/db/db.h"
#include "portald/http/reply.h"
#include "portald/http/request.h"
#include "portald/http/routes.h"

extern const struct route_table account_profile_routes;
extern const struct route_table account_password_routes;
extern const struct route_table account_second_routes;
extern const struct route_table account_sessions_routes;
extern const struct route_table account_export_routes;
extern const struct route_table account_close_routes;
extern const struct route_table account_keys_routes;
extern const struct route_table account_addresses_routes;
extern const struct route_table account_notifications_routes;

/* What came by that name as text, out of the form or the JSON; NULL when nothing did. */
const char *account_input(const struct request *request, const char *name);

/* The document of a statement whose one parameter is the caller, and in it `version`, the
   ETag that the API gives it; owned by the caller of this function. NULL and error. */
json_t *account_read(const struct request *request, size_t statement, GError **error);

/* The same as the answer of the API. */
Reply *account_reply(const struct request *request, size_t statement, GError **error);

/* Within a change of what that statement reads: whether it is still as the request wants it
   (api/change.h). Who asks first keeps the others waiting until the end of `tx`. ERR_OUTDATED
   when it is not. */
bool account_check(const struct request *request, DbTx *tx, size_t statement,
                   GError **error);

/* JSON as an answer; takes the document. */
Reply *account_json(unsigned status, json_t *document);

/* What was wrong with a form: (has_errors, errors: [(id, text)]) for the partial `errors`
   of the page, or 422 with pointers for the API. Texts are msgids. */
struct account_flaws {
    struct reply_flaw flaws[8];
    size_t n;
};
void account_flaw(struct account_flaws *flaws, const char *pointer, const char *msgid);

/* Says on the page of a form that what it is about was changed meanwhile: 412, with what was
   typed in the document. `url`: where one sees what is stored. Takes the document. */
Reply *account_page_outdated(const struct request *request, const char *page,
                             json_t *document, const char *url, GError **error);

/* A page of `document` (taken) and these flaws (NULL: none), with 422 where there are some.
   For the API the flaws alone are the answer. */
Reply *account_page(const struct request *request, const char *page, json_t *document,
                    const struct account_flaws *flaws, GError **error);

/* NULL: the caller signed in within the last LIMIT_FRESH_MINUTES, so it is surely them who
   sits there. Else the answer: to the sign-in and back to `back`, or 403 for a program.
   Also NULL where *error is set. */
Reply *account_require_fresh(const struct request *request, const char *back,
                             GError **error);

/* Whether the session is as fresh as that and began with a mailed link. */
bool account_came_by_mail(const struct request *request, bool *ret_came, GError **error);
