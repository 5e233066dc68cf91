/*
 * sign_in: from a proof to a session.
 *
 *     address ─► mail with link and code ─┐
 *     address + password ─────────────────┴─► [code of the device] ─► session
 *
 * A sign-in that has begun is a row (sign_ins) that only one browser can end: the one that
 * holds its cookie. So a link that somebody else opens, or a mail scanner, opens nothing;
 * opened in another browser it shows a code to be typed where it was asked for. GET never
 * uses anything up.
 *
 * Nothing here tells whether an address is known: a mail is sent in either case, a password
 * is hashed in either case. The person of a newcomer is made when the link comes back.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "portald/http/reply.h"
#include "portald/http/request.h"

typedef struct SignIn {
    struct uuid id;
    char *kind; /* as in sign_ins */
    struct uuid person;
    char *address;
    char *proof; /* "link", "password" */
    char *next;
    bool same_browser; /* the one that began it asks */
    bool is_over;      /* used, or too old */
    int64_t tries;
} SignIn;

void sign_in_free(SignIn *sign_in);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SignIn, sign_in_free)

enum sign_in_mail { SIGN_IN_LINK, SIGN_IN_RESET, SIGN_IN_ADDRESS };

/* Begin one by mail: the row, the mail, and the token that the browser (as its cookie) or
   program has to show later; owned by the caller. NULL and error: see above; ERR_REJECT for
   what is no address. SIGN_IN_ADDRESS verifies an address of the caller's account. The
   caller has asked sign_in_may_mail before. */
char *sign_in_begin(const struct request *request, enum sign_in_mail mail,
                    const char *address, const char *next, GError **error);

/* NULL without error: a mail may be sent; else the answer 429, or an error. */
Reply *sign_in_may_mail(const struct request *request, const char *address,
                        GError **error);

/* The sign-in of a link's token, or the newest of a browser's token that is of one of these
   kinds (NULL-terminated). NULL without error: there is none. `browser` may be NULL. */
SignIn *sign_in_of_token(const struct request *request, const char *token,
                         const char *browser, GError **error);
SignIn *sign_in_of_browser(const struct request *request, const char *browser,
                           const char *const *kinds, GError **error);

/* The code that stands for its link on another screen; owned by the caller. */
char *sign_in_code(const struct request *request, const SignIn *sign_in);

/* Whether this is that code. Each call is counted; after LIMIT_CODE_TRIES none is right. */
bool sign_in_code_is(const struct request *request, const SignIn *sign_in,
                     const char *typed, bool *ret_right, GError **error);

/* Whether password and address belong together; *ret_sign_in stands for what is then to be
   done (it has no row yet), NULL when they don't, or when passwords do not count here
   (barred.h): then *ret_barred, whether it was right or not. */
bool sign_in_by_password(const struct request *request, const char *address,
                         const char *password, const char *next, SignIn **ret_sign_in,
                         bool *ret_barred, GError **error);

/* Whether a code of the person's device is to be asked for. Makes the person of a
   newcomer. */
bool sign_in_needs_code(const struct request *request, SignIn *sign_in, bool *ret_needs,
                        GError **error);

/* The first proof was right, a code is to follow: *ret_browser is the token for it. */
bool sign_in_await_code(const struct request *request, const SignIn *sign_in,
                        char **ret_browser, GError **error);

/* The end, in the work of a transaction of this person. `code` is the device's or a
   recovery code, NULL where none is needed. False without error: it was wrong, used before,
   or somebody was faster. */
struct sign_in_end {
    const struct request *request;
    const SignIn *sign_in;
    const char *code;
    /* makes what is signed in to: a session, or tokens; `proof` as in sessions.proof */
    bool (*begin)(DbTx *tx, struct sign_in_end *end, const char *proof, GError **error);
    void *data;
    Reply *reply; /* by `begin` */
    bool done;
};
bool sign_in_finish(struct sign_in_end *end, GError **error);

/* Options of a transaction in the name of a person who has just proved it. */
struct db_tx_options sign_in_scope(const struct request *request, struct uuid person);
