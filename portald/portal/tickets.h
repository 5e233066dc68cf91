/*
 * tickets: a customer's tickets, as pages and in the API.
 *
 *     /tickets, /api/v1/portal/tickets ─► ticket_find ─► change ─► document ─► JSON or page
 *
 * The path names a ticket by its number (pages), its id (API) or by a signed link
 * (/t/{token}, auth/link.h); ticket_find says whether the caller takes part in it. What
 * the files behind portal.h share.
 */
#pragma once

#include "common/desk/post.h"
#include "portald/auth/scope.h"
#include "portald/portal/portal.h"

struct ticket_found {
    struct uuid conversation;
    bool is_requester; /* else Cc */
};

/* The ticket that the path of this request names, if the caller takes part in it.
   ERR_MISSING: it is not there, or not theirs; nobody can tell which. */
bool ticket_find(const struct request *request, DbTx *tx, struct ticket_found *ret_found,
                 GError **error);

/* Its document in one step and one round trip, for who only reads. The same errors. */
char *ticket_read(const struct request *request, GError **error);

/* Its document (portal_ticket_read), owned by the caller. */
char *ticket_document(const struct request *request, DbTx *tx, struct uuid conversation,
                      GError **error);

/* Where its pages are, without a slash at the end; owned by the caller. */
char *ticket_base(const struct request *request, int64_t number);

/* They have seen what was said until `at`: their notifications of it are read. */
bool ticket_mark_read(const struct request *request, DbTx *tx, struct uuid conversation,
                      int64_t at, GError **error);

/* Whether the path is under /t/{token}. */
bool ticket_by_link(const struct request *request);

/* The page of a ticket. `typed` is what a refused reply said, NULL: nothing; `problem` is
   shown above it. */
Reply *ticket_page(const struct request *request, const char *document, const char *typed,
                   const char *problem, GError **error);

/* Within a change of it: whether the ticket (or the conversation that the API makes of it)
   is still as the request wants it (api/change.h). ERR_OUTDATED when it is not. */
bool ticket_check(const struct request *request, DbTx *tx, struct uuid conversation,
                  bool is_conversation, GError **error);

/* The API's door to note that all of it was read, and with it what they were told of it. */
Reply *ticket_read_api(const struct request *request, bool is_conversation,
                       GError **error);

/* What a conversation of the API has of a ticket's document; owned by the caller. */
char *conversation_document(const char *ticket_text);

/* The customer's own text of this id, owned by the caller; NULL: there is none. */
char *customer_text_find(const struct request *request, DbTx *tx, const char *id);

/* --- what was handed in (handed.c) ------------------------------------------------ */

/* A field of the form or of the JSON body, NULL when it is not there. Borrowed. */
const char *handed_text(const struct request *request, const char *name);

/* Whether files come with it, or uploads are named. */
bool handed_has_files(const struct request *request);

/* False, ERR_DENIED, where they do and the tenant takes none. Ask before a transaction is
   begun, as with frame_check_feature. */
bool handed_check_files(const struct request *request, GError **error);

/* Whether it says anything, words or files, and not too much. NULL: so it is; else 422 of
   the field. */
Reply *handed_check_words(const struct request *request);

/* The words and files of a message; the files are those of the form and the uploads that
   it names, which are used up. */
typedef struct Handed {
    struct post_words words;
    Person *author;
    GArray *files; /* of struct post_file */
    DbRows *uploads;
} Handed;

/* ERR_CONFLICT when an upload is gone. */
Handed *handed_take(const struct request *request, DbTx *tx, GError **error);
void handed_free(Handed *handed);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Handed, handed_free)
