#include "maild/crypto/opening.h"

#include <errno.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/mail/address.h"
#include "maild/crypto/home.h"

enum signature {
    SIGNATURE_NONE,
    SIGNATURE_VERIFIED,
    SIGNATURE_MISMATCH, /* good, but by somebody else than From names */
    SIGNATURE_UNKNOWN, /* no key of the signer's here, or no trust in their certificate */
    SIGNATURE_EXPIRED, /* good, by a key that is no longer */
    SIGNATURE_UNCHECKED, /* something else kept it from being checked */
    SIGNATURE_BAD,
};

static const char *const signature_names[] = {
    [SIGNATURE_VERIFIED] = "verified", [SIGNATURE_MISMATCH] = "mismatch",
    [SIGNATURE_UNKNOWN] = "unknown",   [SIGNATURE_EXPIRED] = "expired",
    [SIGNATURE_BAD] = "bad",           [SIGNATURE_UNCHECKED] = "unchecked",
};

/* What is known so far. */
struct finding {
    const struct opening *opening;
    const Home *home;
    enum mail_protocol protocol;
    bool encrypted, decrypted, opened, no_secret;
    enum signature signature;
    char *signer, *fingerprint, *problem;
    GBytes *mail; /* as it reads with the layers so far undone; NULL: raw */
};

static void
set_problem(struct finding *f, char *take_problem)
{
    g_free(f->problem);
    f->problem = take_problem;
}

/* --- output with a bound ---------------------------------------------------------- */

struct sink {
    GByteArray *bytes;
    bool full;
};

static ssize_t
sink_write(void *handle, const void *buffer, size_t n)
{
    struct sink *sink = handle;
    if (sink->bytes->len + n > LIMIT_MESSAGE_BYTES) {
        sink->full = true;
        errno = ENOSPC;
        return -1;
    }
    g_byte_array_append(sink->bytes, buffer, (guint)n);
    return (ssize_t)n;
}

static struct gpgme_data_cbs sink_calls = { .write = sink_write };

static gpgme_error_t
data_from(GBytes *bytes, gpgme_data_t *ret_data)
{
    gsize n = 0;
    const char *p = g_bytes_get_data(bytes, &n);
    return gpgme_data_new_from_mem(ret_data, p ? p : "", n, 0);
}

/* --- signatures ------------------------------------------------------------------- */

static bool
key_is_of(gpgme_key_t key, const char *sender)
{
    for (gpgme_user_id_t id = key->uids; id; id = id->next) {
        g_autofree char *address =
            id->revoked || !id->email ? NULL : address_normalise(slice_from(id->email));
        if (address && strcmp(address, sender) == 0)
            return true;
    }
    return false;
}

/* Good as mathematics goes: whose is it, and do we believe that? */
static enum signature
judge_signer(struct finding *f, gpgme_ctx_t context, gpgme_signature_t s)
{
    g_autoptr(CryptoKey) key = NULL;
    if (gpgme_get_key(context, s->fpr, &key, 0) || !key->uids)
        return SIGNATURE_UNKNOWN;
    g_free(f->signer);
    f->signer = g_utf8_make_valid(key->uids->uid, -1);
    for (char *c = f->signer; *c; c++)
        if (g_ascii_iscntrl(*c))
            *c = ' ';
    /* An OpenPGP key is here because it was added; a certificate came with the mail, and
       only its chain tells. */
    if (f->protocol == MAIL_SMIME && s->validity < GPGME_VALIDITY_FULL)
        return SIGNATURE_UNKNOWN;
    return key_is_of(key, f->opening->sender) ? SIGNATURE_VERIFIED : SIGNATURE_MISMATCH;
}

static enum signature
judge(struct finding *f, gpgme_ctx_t context, gpgme_signature_t s)
{
    switch (gpgme_err_code(s->status)) {
    case GPG_ERR_NO_ERROR:
        return judge_signer(f, context, s);
    case GPG_ERR_BAD_SIGNATURE:
        return SIGNATURE_BAD;
    case GPG_ERR_NO_PUBKEY:
        return SIGNATURE_UNKNOWN;
    case GPG_ERR_SIG_EXPIRED:
    case GPG_ERR_KEY_EXPIRED:
    case GPG_ERR_CERT_EXPIRED:
    case GPG_ERR_CERT_REVOKED:
        judge_signer(f, context, s);
        return SIGNATURE_EXPIRED;
    default:
        return SIGNATURE_UNCHECKED;
    }
}

/* The layer within counts more than the one around it; in one layer a bad signature more
   than a good one, that more than one that can't be told. */
static void
note_signatures(struct finding *f, gpgme_ctx_t context)
{
    gpgme_verify_result_t result = gpgme_op_verify_result(context);
    enum signature best = SIGNATURE_NONE;
    if (!result || !result->signatures)
        return;
    g_clear_pointer(&f->signer, g_free);
    g_clear_pointer(&f->fingerprint, g_free);
    for (gpgme_signature_t s = result->signatures; s; s = s->next) {
        enum signature one = judge(f, context, s);
        if (one == SIGNATURE_BAD || best == SIGNATURE_NONE
            || (one < best && best != SIGNATURE_BAD)) {
            best = one;
            g_free(f->fingerprint);
            f->fingerprint = g_strdup(s->fpr);
        }
    }
    f->signature = best;
}

/* --- one layer -------------------------------------------------------------------- */

static struct slice
current(const struct finding *f)
{
    struct slice mail = f->opening->raw;
    if (f->mail)
        mail.p = g_bytes_get_data(f->mail, &mail.n);
    return mail;
}

static void
replace_mail(struct finding *f, const struct mail_protection *p, struct slice entity)
{
    GBytes *opened = mail_opened(current(f), p, entity);
    g_clear_pointer(&f->mail, g_bytes_unref);
    f->mail = opened;
}

static void
say_not_decrypted(struct finding *f, gpgme_ctx_t context, gpgme_error_t code, bool full)
{
    gpgme_decrypt_result_t result = gpgme_op_decrypt_result(context);
    char words[256];
    f->no_secret = gpgme_err_code(code) == GPG_ERR_NO_SECKEY;
    for (gpgme_recipient_t r = result ? result->recipients : NULL; r; r = r->next)
        f->no_secret |= gpgme_err_code(r->status) == GPG_ERR_NO_SECKEY;
    gpgme_strerror_r(code, words, sizeof words);
    if (full)
        set_problem(f, g_strdup_printf("it is larger than %u MB when it is unpacked",
                                       LIMIT_MESSAGE_BYTES >> 20));
    else if (f->no_secret)
        set_problem(f, g_strdup("none of the desk's keys opens it"));
    else
        set_problem(
            f, g_strdup_printf("it is damaged, or was changed on the way (%s)", words));
    f->no_secret = f->no_secret && !full;
}

/* True when there may be a layer within. */
static bool
verify(struct finding *f, gpgme_ctx_t context, const struct mail_protection *p)
{
    g_autoptr(GBytes) bytes = mail_protected_data(current(f), p);
    g_autoptr(GBytes) content = mail_signed_content(current(f), p);
    g_autoptr(GByteArray) out = g_byte_array_new();
    struct sink sink = { .bytes = out };
    g_autoptr(CryptoData) signature = NULL, text = NULL, plain = NULL;

    gpgme_error_t code = data_from(bytes, &signature);
    if (!code)
        code = content ? data_from(content, &text)
                       : gpgme_data_new_from_cbs(&plain, &sink_calls, &sink);
    if (!code)
        code = gpgme_op_verify(context, signature, text, plain);
    f->signature = SIGNATURE_UNCHECKED;
    if (!code && !sink.full)
        note_signatures(f, context);
    if (f->signature == SIGNATURE_UNCHECKED)
        set_problem(f, g_strdup("its signature is damaged, or of a kind that can't be "
                                "checked here"));
    struct slice entity = { (const char *)out->data, out->len };
    if (content)
        entity.p = g_bytes_get_data(content, &entity.n);
    if (code || sink.full || !entity.n)
        return content != NULL;
    f->opened |= !content;
    replace_mail(f, p, entity);
    return true;
}

static bool
has_recipients(gpgme_ctx_t context)
{
    gpgme_decrypt_result_t result = gpgme_op_decrypt_result(context);
    return result && result->recipients;
}

static bool
decrypt(struct finding *f, gpgme_ctx_t context, const struct mail_protection *p)
{
    g_autoptr(GBytes) bytes = mail_protected_data(current(f), p);
    g_autoptr(GByteArray) out = g_byte_array_new();
    struct sink sink = { .bytes = out };
    g_autoptr(CryptoData) cipher = NULL, plain = NULL;

    bool was_encrypted = f->encrypted; /* by a layer around this one */
    f->encrypted = true;
    gpgme_error_t code = data_from(bytes, &cipher);
    if (!code)
        code = gpgme_data_new_from_cbs(&plain, &sink_calls, &sink);
    if (!code)
        code = p->protocol == MAIL_OPENPGP
                   ? gpgme_op_decrypt_verify(context, cipher, plain)
                   : gpgme_op_decrypt(context, cipher, plain);
    /* "PGP MESSAGE" may also be signed only (gpg -a --sign): then it was encrypted to nobody.
       One that was, and whose inside is garbage, has no data either. */
    if (gpgme_err_code(code) == GPG_ERR_NO_DATA && p->protocol == MAIL_OPENPGP
        && !has_recipients(context)) {
        f->encrypted = was_encrypted;
        return verify(f, context, p);
    }
    if (code || sink.full) {
        say_not_decrypted(f, context, code, sink.full);
        return false;
    }
    if (p->protocol == MAIL_OPENPGP)
        note_signatures(f, context);
    f->decrypted = f->opened = true;
    replace_mail(f, p, (struct slice){ (const char *)out->data, out->len });
    return true;
}

/* --- the whole -------------------------------------------------------------------- */

static bool
add_key(const Home *home, const struct opening_key *k, enum mail_protocol protocol,
        GError **error)
{
    struct slice certificate, secret;
    certificate.p = g_bytes_get_data(k->certificate, &certificate.n);
    if (!home_import(home, protocol, certificate, error))
        return false;
    if (k->secret) {
        secret.p = g_bytes_get_data(k->secret, &secret.n);
        if (!home_load_secrets(home, secret, error))
            return false;
    }
    return !k->is_trusted || home_trust(home, k->fingerprint, error);
}

/* A key that GnuPG no longer takes is as good as none. */
static bool
fill_home(const Home *home, const struct opening *o, enum mail_protocol protocol,
          GError **error)
{
    for (guint i = 0; i < o->keys->len; i++) {
        g_autoptr(GError) problem = NULL;
        if (add_key(home, o->keys->pdata[i], protocol, &problem)
            || !error_is(problem, ERR_RETRY))
            continue;
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    return true;
}

static bool
undo_layers(struct finding *f, GError **error)
{
    for (int layer = 0; layer < LIMIT_CRYPTO_LAYERS; layer++) {
        g_auto(MailProtection) p = { 0 };
        mail_protection_find(current(f), &p);
        /* The keys here are of the outermost one's protocol. */
        if (!p.whole || (layer && p.protocol != f->protocol))
            return true;
        f->protocol = p.protocol;
        g_autoptr(CryptoContext) context = home_context(f->home, p.protocol, error);
        if (!context)
            return false;
        if (!(p.kind == MAIL_ENCRYPTED ? decrypt : verify)(f, context, &p))
            return true;
    }
    return true;
}

static void
describe(const struct finding *f, Opened *ret)
{
    g_autoptr(json_t) result = json_pack(
        "{s:s, s:b, s:b, s:b, s:b, s:b, s:s?, s:s?, s:s?, s:s?}", "protocol",
        mail_protocol_name(f->protocol), "whole", 1, "encrypted", (int)f->encrypted,
        "decrypted", (int)f->decrypted, "opened", (int)f->opened, "signed",
        (int)(f->signature != SIGNATURE_NONE), "signature", signature_names[f->signature],
        "signer", f->signer, "fingerprint", f->fingerprint, "problem", f->problem);
    char *text = json_dumps(result, JSON_COMPACT);
    ret->result = g_strdup(text);
    free(text);
    ret->lacks = f->no_secret && !f->decrypted       ? "secret"
                 : f->signature == SIGNATURE_UNKNOWN ? "person"
                                                     : NULL;
    if (f->opened)
        ret->bytes = g_bytes_ref(f->mail);
}

static void
finding_clear(struct finding *f)
{
    g_free(f->signer);
    g_free(f->fingerprint);
    g_free(f->problem);
    g_clear_pointer(&f->mail, g_bytes_unref);
}

bool
opening_run(const struct opening *opening, Opened *ret_opened, GError **error)
{
    g_auto(MailProtection) outermost = { 0 };
    g_autoptr(Home) home = home_new(opening->base, NULL, error);
    struct finding f = { .opening = opening, .home = home };

    mail_protection_find(opening->raw, &outermost);
    f.protocol = outermost.protocol;
    bool good =
        home && fill_home(home, opening, f.protocol, error) && undo_layers(&f, error);
    if (good)
        describe(&f, ret_opened);
    finding_clear(&f);
    return good;
}

void
opening_give_up(struct slice raw, const char *problem, Opened *ret_opened)
{
    g_auto(MailProtection) p = { 0 };
    mail_protection_find(raw, &p);
    struct finding f = {
        .protocol = p.protocol,
        .encrypted = p.kind == MAIL_ENCRYPTED,
        .signature = p.kind == MAIL_SIGNED ? SIGNATURE_UNCHECKED : SIGNATURE_NONE,
        .problem = (char *)problem,
        .no_secret = p.kind == MAIL_ENCRYPTED,
    };
    describe(&f, ret_opened);
    if (!ret_opened->lacks)
        ret_opened->lacks = "person";
}

void
opened_clear(Opened *opened)
{
    g_clear_pointer(&opened->result, g_free);
    g_clear_pointer(&opened->bytes, g_bytes_unref);
}
