#include "maild/crypto/key_file.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/mail/address.h"
#include "maild/crypto/home.h"

void
key_file_free(KeyFile *file)
{
    if (!file)
        return;
    g_free(file->fingerprint);
    g_free(file->name);
    g_strfreev(file->addresses);
    g_clear_pointer(&file->certificate, g_bytes_unref);
    g_clear_pointer(&file->secret, g_bytes_unref);
    g_free(file);
}

static enum mail_protocol
guess_protocol(struct slice bytes)
{
    /* DER begins with a SEQUENCE, PEM with its first line; OpenPGP packets have the
       highest bit set (RFC 9580 §4.2). */
    bool der = bytes.n && bytes.p[0] == 0x30;
    bool pem = bytes.n
               && (memmem(bytes.p, bytes.n, "-----BEGIN CERTIFICATE", 22)
                   || memmem(bytes.p, bytes.n, "-----BEGIN PKCS7", 16));
    return der || pem ? MAIL_SMIME : MAIL_OPENPGP;
}

/* The one key of the file: the one with a private part, where it brings others along. */
static gpgme_key_t
find_key(gpgme_ctx_t context, bool secret, GError **error)
{
    g_autoptr(CryptoKey) found = NULL;
    gpgme_error_t code = gpgme_op_keylist_start(context, NULL, secret);
    while (!code) {
        g_autoptr(CryptoKey) key = NULL;
        code = gpgme_op_keylist_next(context, &key);
        if (code)
            break;
        if (found) {
            error_set(error, ERR_REJECT,
                      "it holds several keys: give a file for each of them");
            return NULL;
        }
        found = g_steal_pointer(&key);
    }
    gpgme_op_keylist_end(context);
    if (!found)
        error_set(error, ERR_REJECT, "there is no key in it");
    return g_steal_pointer(&found);
}

/* gpgsm writes <ada@x.example>. */
static void
add_address(GStrvBuilder *addresses, const char *email)
{
    g_autofree char *address = email ? address_normalise(slice_from(email)) : NULL;
    if (address)
        g_strv_builder_add(addresses, address);
}

static void
describe(KeyFile *file, gpgme_key_t key)
{
    g_autoptr(GStrvBuilder) addresses = g_strv_builder_new();
    for (gpgme_user_id_t id = key->uids; id; id = id->next)
        if (!id->revoked && !id->invalid)
            add_address(addresses, id->email);
    file->addresses = g_strv_builder_end(addresses);
    file->fingerprint = g_ascii_strup(key->subkeys->fpr, -1);
    file->name = g_utf8_make_valid(key->uids ? key->uids->uid : "", -1);
    for (char *c = file->name; *c; c++)
        if (g_ascii_iscntrl(*c))
            *c = ' ';
    file->expires_at = key->subkeys->expires * CLOCK_SECOND;
}

static bool export(gpgme_ctx_t context, GBytes **ret_bytes, GError **error)
{
    gpgme_data_t data = NULL;
    gpgme_error_t code = gpgme_data_new(&data);
    if (!code)
        code = gpgme_op_export(context, NULL, 0, data);
    if (code) {
        gpgme_data_release(data);
        return home_failed(error, code, "the key can't be exported");
    }
    size_t n = 0;
    char *bytes = gpgme_data_release_and_get_mem(data, &n);
    *ret_bytes = g_bytes_new(bytes, n);
    gpgme_free(bytes);
    return n > 0 || error_set(error, ERR_REJECT, "there is no key in it");
}

/* OpenPGP: gpg imports a locked key as it is (locked by the empty passphrase, too); taking
   the passphrase off is a step of its own. gpgsm does that at the import. */
static bool
unlock(gpgme_ctx_t context, gpgme_key_t key, GError **error)
{
    gpgme_error_t code = gpgme_op_passwd(context, key, 0);
    return !code || home_failed(error, code, "the passphrase does not open the key");
}

static KeyFile *
read_in(const Home *home, struct slice bytes, GError **error)
{
    g_autoptr(KeyFile) file = g_new0(KeyFile, 1);
    g_autoptr(GError) locked = NULL;

    file->protocol = guess_protocol(bytes);
    if (!home_import(home, file->protocol, bytes, error))
        return NULL;
    g_autoptr(CryptoContext) context = home_context(home, file->protocol, error);
    if (!context)
        return NULL;
    bool readable = home_save_secrets(home, &file->secret, &locked);
    g_autoptr(CryptoKey) key = find_key(context, !readable || file->secret, error);
    if (!key)
        return NULL;
    if (!readable
        && (file->protocol == MAIL_SMIME || !unlock(context, key, NULL)
            || !home_save_secrets(home, &file->secret, NULL))) {
        g_propagate_error(error, g_steal_pointer(&locked));
        return NULL;
    }
    describe(file, key);
    if (!export(context, &file->certificate, error))
        return NULL;
    return g_steal_pointer(&file);
}

KeyFile *
key_file_read(struct slice bytes, const char *passphrase, GError **error)
{
    g_autofree char *base = home_make_base(error);
    g_autoptr(Home) home =
        base ? home_new(base, passphrase ? passphrase : "", error) : NULL;
    KeyFile *file = home ? read_in(home, bytes, error) : NULL;
    g_clear_pointer(&home, home_free);
    if (base)
        home_remove_base(base);
    return file;
}
