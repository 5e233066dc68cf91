/* maild key add|list|remove: OpenPGP keys and S/MIME certificates. */
#include <stdio.h>
#include <string.h>

#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/db/listen.h"
#include "common/mail/address.h"
#include "common/store/keys.h"
#include "maild/crypto/key_file.h"
#include "maild/verbs/arguments.h"
#include "maild/verbs/document.h"
#include "maild/verbs/verb.h"

struct request {
    const char *file, *tenant, *queue, *passphrase_file;
    bool authority;
};

/* --- add -------------------------------------------------------------------------- */

static bool
read_passphrase(const char *path, char **ret_passphrase, GError **error)
{
    g_autoptr(GByteArray) bytes = path ? verb_read_input(path, error) : NULL;
    if (!path)
        return true;
    if (!bytes)
        return false;
    g_autofree char *text = g_strndup((const char *)bytes->data, bytes->len);
    explicit_bzero(bytes->data, bytes->len);
    text[strcspn(text, "\r\n")] = 0;
    *ret_passphrase = g_steal_pointer(&text);
    return true;
}

static KeyFile *
read_key(const struct request *r, GError **error)
{
    g_autofree char *passphrase = NULL;
    g_autoptr(GByteArray) bytes = verb_read_input(r->file, error);
    if (!bytes || !read_passphrase(r->passphrase_file, &passphrase, error))
        return NULL;
    if (bytes->len > LIMIT_KEY_FILE_BYTES) {
        error_set(error, ERR_REJECT, "%s is larger than %u kB", r->file,
                  LIMIT_KEY_FILE_BYTES >> 10);
        return NULL;
    }
    KeyFile *key = key_file_read((struct slice){ (const char *)bytes->data, bytes->len },
                                 passphrase, error);
    explicit_bzero(bytes->data, bytes->len);
    if (passphrase)
        explicit_bzero(passphrase, strlen(passphrase));
    return key;
}

static const char *
kind_of(const struct request *r, const KeyFile *key, GError **error)
{
    if (r->authority && key->protocol == MAIL_OPENPGP)
        error_set(error, ERR_REJECT, "--authority is for S/MIME certificates");
    else if (r->authority && key->secret)
        error_set(error, ERR_REJECT,
                  "it holds a private key: an authority's certificate alone is wanted");
    else if (!r->authority && !key->secret && r->queue)
        error_set(error, ERR_REJECT,
                  "it holds no private key, and a correspondent's key is for all queues: "
                  "use --tenant");
    else
        return r->authority ? "authority" : key->secret ? "secret" : "person";
    return NULL;
}

static struct slice
slice_of(GBytes *bytes)
{
    struct slice s = { NULL, 0 };
    if (bytes)
        s.p = g_bytes_get_data(bytes, &s.n);
    return s;
}

static bool
store(const struct verb_context *context, const struct request *r, const KeyFile *key,
      const char *kind, GError **error)
{
    bool added = false;
    size_t again = 0;
    g_autoptr(Config) config = verb_config(context, error);
    g_autoptr(Db) db = config ? verb_owner(context, error) : NULL;
    g_autofree char *queue = r->queue ? address_normalise(slice_from(r->queue)) : NULL;
    if (!db)
        return false;
    if (r->queue && !queue)
        return error_set(error, ERR_REJECT, "\"%s\" is no mail address", r->queue);
    g_autoptr(GBytes) sealed =
        key->secret
            ? crypto_seal(slice_of(config->secret), KEY_SEAL_LABEL, slice_of(key->secret))
            : NULL;
    const struct key_new new = {
        .tenant = r->tenant,
        .queue = queue,
        .kind = kind,
        .protocol = mail_protocol_name(key->protocol),
        .fingerprint = key->fingerprint,
        .name = key->name,
        .addresses = (const char *const *)key->addresses,
        .expires_at = key->expires_at,
        .certificate = slice_of(key->certificate),
        .sealed_secret = slice_of(sealed),
    };
    if (!key_put(db, &new, &added, &again, error))
        return false;
    db_ring(db, BELL_UNSEALING);
    g_autofree char *name = document_safe(key->name);
    printf("%s key %s of %s %s\n", kind, key->fingerprint, name,
           added ? "added" : "is there");
    if (again)
        printf("%zu mails will be looked at again\n", again);
    return true;
}

static bool
add(const struct verb_context *context, const struct request *r, GError **error)
{
    g_autoptr(KeyFile) key = read_key(r, error);
    const char *kind = key ? kind_of(r, key, error) : NULL;
    return kind && store(context, r, key, kind, error);
}

/* --- list, remove ----------------------------------------------------------------- */

static void
print_key(const json_t *key)
{
    g_autofree char *name = document_safe(document_text(key, "name"));
    const char *queue = document_text(key, "queue");
    printf("%s  %s %s, %s\n  %s%s\n", document_text(key, "fingerprint"),
           document_text(key, "kind"), document_text(key, "protocol"),
           *queue ? queue : document_text(key, "tenant"), name,
           json_is_true(json_object_get(key, "expired")) ? " (expired)" : "");
}

static bool
list(const struct verb_context *context, const struct request *r, GError **error)
{
    g_autoptr(Db) db = verb_owner(context, error);
    g_autofree char *text = db ? key_list(db, r->tenant, error) : NULL;
    if (!text)
        return false;
    g_autoptr(json_t) document = document_parse(text);
    const json_t *key;
    size_t i;
    json_array_foreach(json_object_get(document, "keys"), i, key)
    {
        print_key(key);
    }
    if (i == 0)
        puts("there are no keys");
    return true;
}

static bool
forget(const struct verb_context *context, const struct request *r, GError **error)
{
    g_autofree char *fingerprint = g_ascii_strup(r->file, -1);
    g_autoptr(Db) db = verb_owner(context, error);
    if (!db || !key_remove(db, fingerprint, r->tenant, error))
        return false;
    puts("removed; what it opened stays");
    return true;
}

typedef bool (*Act)(const struct verb_context *context, const struct request *r,
                    GError **error);

/* What is to be done; NULL where too little or too much is said for it. */
static Act
find_act(const char *what, const struct request *r, int n)
{
    bool plain = !r->queue && !r->passphrase_file && !r->authority;
    if (strcmp(what, "add") == 0 && n == 2 && !r->tenant != !r->queue)
        return add;
    if (strcmp(what, "list") == 0 && n == 1 && plain)
        return list;
    if (strcmp(what, "remove") == 0 && n == 2 && plain)
        return forget;
    return NULL;
}

int
verb_key(const struct verb_context *context, int argc, char **argv)
{
    struct request r = { 0 };
    const struct verb_option options[] = {
        { "tenant", &r.tenant, NULL },
        { "queue", &r.queue, NULL },
        { "passphrase-file", &r.passphrase_file, NULL },
        { "authority", NULL, &r.authority },
        { NULL, NULL, NULL },
    };
    const char *words[2] = { NULL, NULL };
    g_autoptr(GError) error = NULL;
    int n = argc > 1 && strcmp(argv[1], "list") == 0 ? 1 : 2;

    if (!verb_arguments(argc, argv, options, words, (size_t)n))
        return verb_misused(argv[0]);
    r.file = words[1];
    Act act = find_act(words[0], &r, n);
    if (!act)
        return verb_misused(argv[0]);
    return act(context, &r, &error) ? EX_OK : verb_failed(error);
}
