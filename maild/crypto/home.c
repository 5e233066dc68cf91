#include "maild/crypto/home.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/error.h"
#include "common/base/limits.h"

#define BASE_PREFIX "postern-crypto-"
#define SECRETS "private-keys-v1.d"

struct Home {
    char *path;
};

/* --- files ------------------------------------------------------------------------ */

/* A folder with all that is in it; links are not followed. */
static void
remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        struct stat info;
        if (lstat(child, &info) == 0 && S_ISDIR(info.st_mode))
            remove_tree(child);
        else
            g_unlink(child);
    }
    g_rmdir(path);
}

static bool
write_file(const Home *home, const char *name, struct slice content, int mode,
           GError **error)
{
    g_autoptr(GError) problem = NULL;
    g_autofree char *path = g_build_filename(home->path, name, NULL);
    if (g_file_set_contents_full(path, content.p ? content.p : "", (gssize)content.n,
                                 G_FILE_SET_CONTENTS_NONE, mode, &problem))
        return true;
    return error_set(error, ERR_RETRY, "%s", problem->message);
}

static const char *
runtime_folder(void)
{
    const char *runtime = g_getenv("RUNTIME_DIRECTORY");
    return runtime && *runtime == '/' && !strchr(runtime, ':') ? runtime
                                                               : g_get_tmp_dir();
}

/* "postern-crypto-PID-XXXXXX" of a process that is no more: it ended in the middle. */
static bool
is_left_over(const char *name)
{
    guint64 pid = 0;
    if (!g_str_has_prefix(name, BASE_PREFIX))
        return false;
    pid = g_ascii_strtoull(name + strlen(BASE_PREFIX), NULL, 10);
    return pid > 0 && pid <= G_MAXINT && kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

char *
home_make_base(GError **error)
{
    const char *folder = runtime_folder();
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *old = g_build_filename(folder, name, NULL);
        if (is_left_over(name))
            remove_tree(old);
    }
    g_autofree char *base =
        g_strdup_printf("%s/" BASE_PREFIX "%d-XXXXXX", folder, (int)getpid());
    if (g_mkdtemp(base))
        return g_steal_pointer(&base);
    error_set(error, ERR_RETRY, "no folder can be made in %s: %s", folder,
              g_strerror(errno));
    return NULL;
}

void
home_remove_base(const char *base)
{
    remove_tree(base);
}

/* --- a home ----------------------------------------------------------------------- */

/* What a pinentry says to gpg-agent (its protocol is Assuan): our passphrase to what is to
   be unlocked, none for what is to be stored, yes to "really none?". */
static const char pinentry[] = "#!/bin/sh\n"
                               "echo OK\n"
                               "while read -r command rest; do\n"
                               "    case $command in\n"
                               "    SETDESC) what=$rest ;;\n"
                               "    GETPIN) case $what in\n"
                               "        *unlock* | *unprotect*)\n"
                               "            cat \"${0%/*}/passphrase\" ;;\n"
                               "        esac ;;\n"
                               "    BYE) echo OK; exit ;;\n"
                               "    esac\n"
                               "    echo OK\n"
                               "done\n";

static bool
write_pinentry(const Home *home, const char *passphrase, GError **error)
{
    g_autoptr(GString) line = g_string_new("D ");
    for (const char *c = passphrase; *c; c++) {
        if (*c == '%' || *c == '\r' || *c == '\n')
            g_string_append_printf(line, "%%%02X", (unsigned)(unsigned char)*c);
        else
            g_string_append_c(line, *c);
    }
    g_string_append_c(line, '\n');
    return write_file(home, "passphrase", slice_from(line->str), 0600, error)
           && write_file(home, "pinentry", slice_from(pinentry), 0700, error);
}

static bool
write_settings(const Home *home, bool has_pinentry, GError **error)
{
    /* No max-output: gpg cuts there and calls the rest a success. The reader of its output
       has the limit. */
    static const char gpg[] = "batch\n"
                              "disable-dirmngr\n"
                              "no-auto-key-retrieve\n"
                              "no-auto-key-locate\n"
                              "trust-model always\n"
                              "no-random-seed-file\n";
    static const char gpgsm[] = "batch\n"
                                "disable-dirmngr\n"
                                "disable-crl-checks\n"
                                "no-common-certs-import\n"
                                "no-random-seed-file\n";
    g_autofree char *agent = g_strdup_printf("disable-scdaemon\n"
                                             "no-allow-mark-trusted\n"
                                             "no-allow-external-cache\n"
                                             "max-cache-ttl 0\n"
                                             "pinentry-program %s%s\n",
                                             has_pinentry ? home->path : "/bin/false",
                                             has_pinentry ? "/pinentry" : "");
    return write_file(home, "gpg.conf", slice_from(gpg), 0600, error)
           && write_file(home, "gpgsm.conf", slice_from(gpgsm), 0600, error)
           && write_file(home, "gpg-agent.conf", slice_from(agent), 0600, error);
}

Home *
home_new(const char *base, const char *passphrase, GError **error)
{
    g_autoptr(Home) home = g_new0(Home, 1);
    g_autofree char *path = g_build_filename(base, "XXXXXX", NULL);
    if (!g_mkdtemp(path)) {
        error_set(error, ERR_RETRY, "%s: %s", path, g_strerror(errno));
        return NULL;
    }
    home->path = g_steal_pointer(&path);
    g_autofree char *secrets = g_build_filename(home->path, SECRETS, NULL);
    if (g_mkdir(secrets, 0700) != 0) {
        error_set(error, ERR_RETRY, "%s: %s", secrets, g_strerror(errno));
        return NULL;
    }
    if (!write_settings(home, passphrase != NULL, error)
        || (passphrase && !write_pinentry(home, passphrase, error)))
        return NULL;
    return g_steal_pointer(&home);
}

void
home_free(Home *home)
{
    if (!home)
        return;
    if (home->path) {
        const char *argv[] = { "gpgconf", "--homedir", home->path,
                               "--kill",  "gpg-agent", NULL };
        g_spawn_sync(NULL, (char **)argv, NULL,
                     G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL
                         | G_SPAWN_STDERR_TO_DEV_NULL,
                     NULL, NULL, NULL, NULL, NULL, NULL);
        remove_tree(home->path);
    }
    g_free(home->path);
    g_free(home);
}

/* --- GPGME ------------------------------------------------------------------------ */

bool
home_failed(GError **error, gpgme_error_t code, const char *what)
{
    char words[256];
    enum error_code kind = ERR_REJECT;
    switch (gpgme_err_code(code)) {
    case GPG_ERR_INV_ENGINE:
    case GPG_ERR_UNSUPPORTED_PROTOCOL:
    case GPG_ERR_ENOENT:
    case GPG_ERR_ENOMEM:
    case GPG_ERR_EMFILE:
    case GPG_ERR_NO_AGENT:
    case GPG_ERR_AGENT:
        kind = ERR_RETRY;
        break;
    default:
        break;
    }
    gpgme_strerror_r(code, words, sizeof words);
    return error_set(error, kind, "%s: %s", what, words);
}

gpgme_ctx_t
home_context(const Home *home, enum mail_protocol protocol, GError **error)
{
    const gpgme_protocol_t engine =
        protocol == MAIL_OPENPGP ? GPGME_PROTOCOL_OpenPGP : GPGME_PROTOCOL_CMS;
    g_autoptr(CryptoContext) context = NULL;

    gpgme_check_version(NULL);
    gpgme_error_t code = gpgme_engine_check_version(engine);
    if (!code)
        code = gpgme_new(&context);
    if (!code)
        code = gpgme_set_protocol(context, engine);
    if (!code)
        code = gpgme_ctx_set_engine_info(context, engine, NULL, home->path);
    if (code) {
        home_failed(error, code, protocol == MAIL_OPENPGP ? "gpg" : "gpgsm");
        return NULL;
    }
    gpgme_set_offline(context, 1);
    return g_steal_pointer(&context);
}

bool
home_import(const Home *home, enum mail_protocol protocol, struct slice bytes,
            GError **error)
{
    g_autoptr(CryptoContext) context = home_context(home, protocol, error);
    g_autoptr(CryptoData) data = NULL;
    if (!context)
        return false;
    gpgme_error_t code = gpgme_data_new_from_mem(&data, bytes.p, bytes.n, 0);
    if (!code)
        code = gpgme_op_import(context, data);
    if (code)
        return home_failed(error, code, "the key can't be read");
    gpgme_import_result_t result = gpgme_op_import_result(context);
    return result->imported || result->unchanged || result->secret_imported
           || result->secret_unchanged
           || error_set(error, ERR_REJECT, "there is no key in it that GnuPG takes");
}

bool
home_trust(const Home *home, const char *fingerprint, GError **error)
{
    g_autofree char *path = g_build_filename(home->path, "trustlist.txt", NULL);
    g_autofree char *old = NULL;
    g_file_get_contents(path, &old, NULL, NULL);
    g_autofree char *list = g_strconcat(old ? old : "", fingerprint, " S relax\n", NULL);
    return write_file(home, "trustlist.txt", slice_from(list), 0600, error);
}

/* --- private keys ----------------------------------------------------------------- */

/* gpg-agent keeps each in a file named by its keygrip. The block is, for each of them:
   the name, a line feed, the length, a line feed, the bytes. */
static bool
save_secret(const Home *home, const char *name, GByteArray *block, GError **error)
{
    g_autofree char *path = g_build_filename(home->path, SECRETS, name, NULL);
    g_autofree char *content = NULL;
    gsize n = 0;
    if (!g_file_get_contents(path, &content, &n, NULL))
        return error_set(error, ERR_RETRY, "%s can't be read", path);
    bool locked = memmem(content, n, "protected-private-key", 21)
                  || memmem(content, n, "openpgp-native", 14)
                  || !memmem(content, n, "private-key", 11);
    if (!locked) {
        g_autofree char *head = g_strdup_printf("%s\n%zu\n", name, n);
        g_byte_array_append(block, (const guint8 *)head, (guint)strlen(head));
        g_byte_array_append(block, (const guint8 *)content, (guint)n);
    }
    explicit_bzero(content, n);
    return !locked
           || error_set(error, ERR_REJECT,
                        "its private key is locked, and the passphrase does not open it: "
                        "give the right one with --passphrase-file");
}

static void
wipe_block(GByteArray *block)
{
    if (block->len)
        explicit_bzero(block->data, block->len);
    g_byte_array_unref(block);
}

bool
home_save_secrets(const Home *home, GBytes **ret_block, GError **error)
{
    g_autofree char *path = g_build_filename(home->path, SECRETS, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    GByteArray *block = g_byte_array_new();

    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        if (g_str_has_suffix(name, ".key") && !save_secret(home, name, block, error)) {
            wipe_block(block);
            return false;
        }
    }
    *ret_block = block->len ? g_bytes_new(block->data, block->len) : NULL;
    wipe_block(block);
    return true;
}

/* 40 hex digits and ".key": nothing that leads out of the folder. */
static bool
is_key_name(struct slice name)
{
    for (size_t i = 0; i < name.n && i < 40; i++)
        if (!g_ascii_isxdigit(name.p[i]))
            return false;
    return name.n == 44 && memcmp(name.p + 40, ".key", 4) == 0;
}

bool
home_load_secrets(const Home *home, struct slice block, GError **error)
{
    while (block.n) {
        struct slice name = { NULL, 0 }, length = { NULL, 0 };
        guint64 n = 0;
        if (!slice_next_line(&block, &name) || !slice_next_line(&block, &length)
            || !is_key_name(name))
            return error_set(error, ERR_REJECT, "a stored private key is damaged");
        g_autofree char *text = slice_dup(length);
        if (!g_ascii_string_to_unsigned(text, 10, 1, block.n, &n, NULL))
            return error_set(error, ERR_REJECT, "a stored private key is damaged");
        g_autofree char *file = slice_dup(name);
        g_autofree char *path = g_build_filename(SECRETS, file, NULL);
        if (!write_file(home, path, slice_sub(block, 0, n), 0600, error))
            return false;
        block = slice_sub(block, n, block.n);
    }
    return true;
}
