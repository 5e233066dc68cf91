#include "portald/auth/sign_in.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/mail/address.h"
#include "common/store/statements.h"
#include "portald/auth/audit.h"
#include "portald/auth/keys.h"
#include "portald/auth/letter.h"
#include "portald/auth/next.h"
#include "portald/auth/rate.h"
#include "portald/auth/scope.h"
#include "portald/auth/token.h"
#include "portald/auth/typed_address.h"

static const struct {
    const char *kind;
    const char *template; /* to a person whom we know */
    const char *newcomer; /* to anybody else; NULL: none */
} mails[] = {
    [SIGN_IN_LINK] = { "link", "sign_in", "sign_up" },
    [SIGN_IN_RESET] = { "reset", "reset_password", "sign_up" },
    [SIGN_IN_ADDRESS] = { "address", "verify_address", "verify_address" },
};

void
sign_in_free(SignIn *sign_in)
{
    if (!sign_in)
        return;
    g_free(sign_in->kind);
    g_free(sign_in->address);
    g_free(sign_in->proof);
    g_free(sign_in->next);
    g_free(sign_in);
}

static struct db_bind
digest_bind(const struct sha256 *digest)
{
    return db_bytes((struct slice){ (const char *)digest->b, SHA256_SIZE });
}

struct db_tx_options
sign_in_scope(const struct request *request, struct uuid person)
{
    return (struct db_tx_options){ .tenant = request->caller.tenant,
                                   .viewer = DB_VIEWER_PERSON,
                                   .person = person };
}

/* A transaction of nobody, for the questions of the sign-in. */
static bool
transact_as_nobody(const struct request *request, DbWork work, void *data, GError **error)
{
    const struct db_tx_options options = { .tenant = request->caller.tenant };
    Db *db = site_db(request->site, error);
    return db && db_transact(db, &options, work, data, error);
}

/* --- begin by mail ------------------------------------------------------------------ */

Reply *
sign_in_may_mail(const struct request *request, const char *address, GError **error)
{
    g_autofree char *normal = address_normalise(slice_from(address));
    const struct rate_ask asks[] = {
        { RATE_MAIL_ADDRESS, normal ? normal : "" },
        { RATE_MAIL_PEER, request->peer },
        { RATE_MAIL_TENANT, "" },
    };
    return rate_check(request, asks, G_N_ELEMENTS(asks), error);
}

typedef struct Beginning {
    const struct request *request;
    enum sign_in_mail mail;
    const char *address, *next;
    struct uuid id;
    char *token, *browser; /* owned */
} Beginning;

static void
beginning_clear(Beginning *b)
{
    g_free(b->token);
    g_free(b->browser);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Beginning, beginning_clear)

static char *
code_of(const struct request *request, struct uuid id)
{
    return token_code(auth_keys_of(request).present, "sign-in code",
                      (struct slice){ (const char *)id.b, sizeof id.b });
}

static bool
mail_link(DbTx *tx, const Beginning *b, const char *template, struct uuid person,
          GError **error)
{
    g_autofree char *code = code_of(b->request, b->id);
    g_autofree char *base_url = letter_base_url(tx, b->request, error);
    if (!base_url)
        return false;
    g_autofree char *url = g_strdup_printf(
        "%s/%s/%s", base_url,
        b->mail == SIGN_IN_ADDRESS ? "account/verify" : "sign-in/link", b->token);
    return letter_send(tx, b->request, template, person, b->address,
                       json_pack("{s:s, s:s, s:i, s:s}", "url", url, "code", code,
                                 "minutes", LIMIT_SIGN_IN_MINUTES, "address", b->address),
                       error);
}

/* Whose account it is about: the caller's own, else that of the address. */
static struct uuid
subject_of(const Beginning *b, const DbRows *known)
{
    if (b->mail == SIGN_IN_ADDRESS)
        return b->request->caller.person;
    return db_is_null(known, 0, 0) ? (struct uuid){ { 0 } } : db_get_uuid(known, 0, 0);
}

static bool
begin(DbTx *tx, void *data, GError **error)
{
    const Beginning *b = data;
    struct sha256 token = token_digest(slice_from(b->token));
    struct sha256 browser = token_digest(slice_from(b->browser));
    g_autoptr(DbRows) known =
        db_query(tx, SQL_SIGN_IN_PERSON, error, db_text(b->address));
    if (!known)
        return false;
    if (db_rows_count(known) == 0)
        return error_set(error, ERR_MISSING, "there is no help desk at this address");

    struct uuid person = subject_of(b, known);
    bool is_own = db_get_bool(known, 0, 6), open = db_get_bool(known, 0, 5);
    const char *template =
        uuid_is_nil(person) ? mails[b->mail].newcomer : mails[b->mail].template;
    if (!db_execute(tx, SQL_SIGN_IN_ADD, NULL, error, db_uuid(b->id),
                    db_text(mails[b->mail].kind), db_uuid(person), db_text(b->address),
                    digest_bind(&token), digest_bind(&browser), db_text("link"),
                    db_text(b->next), db_text(b->request->peer),
                    db_int(LIMIT_SIGN_IN_MINUTES)))
        return false;
    /* Our own addresses would answer; a desk that takes no newcomers writes them nothing. */
    if (is_own || (uuid_is_nil(person) && !open))
        return true;
    return mail_link(tx, b, template, person, error);
}

char *
sign_in_begin(const struct request *request, enum sign_in_mail mail, const char *address,
              const char *next, GError **error)
{
    g_autofree char *normal = address_normalise(slice_from(address));
    if (typed_address_fault(address)) {
        error_set(error, ERR_REJECT, "this is no mail address");
        return NULL;
    }
    g_auto(Beginning) b = { .request = request,
                            .mail = mail,
                            .address = normal,
                            .next = next_or_home(next),
                            .id = uuid_make(),
                            .token = token_make(TOKEN_LINK_PREFIX),
                            .browser = token_make(TOKEN_LINK_PREFIX) };
    bool begun = mail == SIGN_IN_ADDRESS ? request_transact(request, begin, &b, error)
                                         : transact_as_nobody(request, begin, &b, error);
    if (!begun)
        return NULL;
    letter_ring(request);
    return g_steal_pointer(&b.browser);
}

/* --- find --------------------------------------------------------------------------- */

static SignIn *
take_sign_in(const DbRows *rows)
{
    SignIn *s = g_new0(SignIn, 1);
    s->id = db_get_uuid(rows, 0, 0);
    s->kind = g_strdup(db_get_text(rows, 0, 1));
    s->person = db_get_uuid(rows, 0, 2);
    s->address = g_strdup(db_get_text(rows, 0, 3));
    s->proof = g_strdup(db_get_text(rows, 0, 4));
    s->next = g_strdup(db_get_text(rows, 0, 5));
    s->same_browser = db_get_bool(rows, 0, 6);
    s->is_over = db_get_bool(rows, 0, 7);
    s->tries = db_get_int(rows, 0, 8);
    return s;
}

static SignIn *
find(const struct request *request, size_t statement, const struct db_bind *binds,
     size_t n, GError **error)
{
    const struct db_tx_options options = { .tenant = request->caller.tenant,
                                           .read_only = true };
    Db *db = site_db(request->site, error);
    g_autoptr(DbTx) tx = db ? db_tx_begin(db, &options, error) : NULL;
    g_autoptr(DbRows) rows = tx ? db_query_binds(tx, statement, binds, n, error) : NULL;
    if (!rows || db_rows_count(rows) == 0)
        return NULL;
    return take_sign_in(rows);
}

SignIn *
sign_in_of_token(const struct request *request, const char *token, const char *browser,
                 GError **error)
{
    struct sha256 digest = token_digest(slice_from(token));
    struct sha256 cookie = token_digest(slice_from(browser ? browser : ""));
    return find(
        request, SQL_SIGN_IN_OF_TOKEN,
        DB_BINDS(digest_bind(&digest), browser ? digest_bind(&cookie) : db_null()),
        error);
}

SignIn *
sign_in_of_browser(const struct request *request, const char *browser,
                   const char *const *kinds, GError **error)
{
    if (!browser)
        return NULL;
    struct sha256 cookie = token_digest(slice_from(browser));
    return find(request, SQL_SIGN_IN_OF_BROWSER,
                DB_BINDS(digest_bind(&cookie), db_text_array(kinds)), error);
}

/* --- codes -------------------------------------------------------------------------- */

char *
sign_in_code(const struct request *request, const SignIn *sign_in)
{
    return code_of(request, sign_in->id);
}

struct trying {
    const SignIn *sign_in;
    bool may;
};

static bool
count_try(DbTx *tx, void *data, GError **error)
{
    struct trying *t = data;
    g_autoptr(DbRows) rows = db_query(tx, SQL_SIGN_IN_TRY, error, db_uuid(t->sign_in->id),
                                      db_int(LIMIT_CODE_TRIES));
    if (!rows)
        return false;
    t->may = db_rows_count(rows) == 1;
    return true;
}

bool
sign_in_code_is(const struct request *request, const SignIn *sign_in, const char *typed,
                bool *ret_right, GError **error)
{
    struct trying t = { .sign_in = sign_in };
    g_autofree char *code = sign_in_code(request, sign_in);
    if (!transact_as_nobody(request, count_try, &t, error))
        return false;
    *ret_right = t.may && token_code_is(typed, code);
    return true;
}
