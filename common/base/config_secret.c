/* Secrets: the content of a file that nobody else may read. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/autoptr.h"
#include "common/base/config_table.h"
#include "common/base/limits.h"

#define CREDENTIAL "credential:"

/* The file that a value names; NULL, with why, when it can't be told. */
static char *
find_file(const char *value, const char *directory, char **ret_why)
{
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    if (!g_str_has_prefix(value, CREDENTIAL))
        return g_canonicalize_filename(value, directory);

    const char *name = value + strlen(CREDENTIAL);
    if (!*name || strchr(name, '/'))
        *ret_why = g_strdup_printf("\"%s\" names no credential", value);
    else if (!credentials)
        *ret_why = g_strdup_printf("$CREDENTIALS_DIRECTORY is not set: start this by "
                                   "systemd with LoadCredential=%s:PATH",
                                   name);
    else
        return g_build_filename(credentials, name, NULL);
    return NULL;
}

/* systemd guards its credentials by the directory (and ACLs, which show as a group's
   right), so only other files are asked whose they are and who may read them. Root may
   read anybody's: it is about to become the user whose file it is. */
static char *
check_guarded(const char *path, const struct stat *st)
{
    if (geteuid() != 0 && st->st_uid != 0 && st->st_uid != geteuid())
        return g_strdup_printf("%s belongs to another user (%u): chown it to the user of "
                               "this process or to root",
                               path, (unsigned)st->st_uid);
    if (st->st_mode & (S_IRWXG | S_IRWXO))
        return g_strdup_printf("others may read %s (mode %04o): chmod 600 %s", path,
                               (unsigned)st->st_mode & 07777, path);
    return NULL;
}

static char *
read_file(const char *path, bool credential, GBytes **ret_content)
{
    struct stat st = { 0 };
    /* Looked at before it is opened: opening a device or a fifo can do things. */
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return g_strdup_printf("%s is no regular file", path);

    g_autoptr(FILE) file = fopen(path, "rbe");
    if (!file || fstat(fileno(file), &st) != 0)
        return g_strdup_printf("%s can't be read: %s", path, g_strerror(errno));
    char *why = credential ? NULL : check_guarded(path, &st);
    if (why)
        return why;

    char content[LIMIT_SECRET_BYTES + 1];
    size_t n = fread(content, 1, sizeof content, file);
    if (n > LIMIT_SECRET_BYTES)
        return g_strdup_printf("%s has more than %d bytes", path, LIMIT_SECRET_BYTES);
    /* Editors and echo end a file with a newline that is no part of the secret. */
    if (n > 0 && content[n - 1] == '\n')
        n--;
    if (n > 0 && content[n - 1] == '\r')
        n--;
    if (n == 0)
        return g_strdup_printf("%s is empty", path);
    *ret_content = g_bytes_new(content, n);
    explicit_bzero(content, sizeof content);
    return NULL;
}

static char *
read_secret(const char *value, const char *directory, GBytes **ret_content)
{
    char *why = NULL;
    g_autofree char *path = find_file(value, directory, &why);
    if (!path)
        return why;
    return read_file(path, g_str_has_prefix(value, CREDENTIAL), ret_content);
}

static char *
set_secret(const struct config_rule *rule, void *object, const char *value,
           const char *directory)
{
    g_autoptr(GBytes) content = NULL;
    char *why = read_secret(value, directory, &content);
    if (why)
        return why;

    gsize n = 0;
    const char *bytes = g_bytes_get_data(content, &n);
    if (memchr(bytes, 0, n) || memchr(bytes, '\n', n))
        return g_strdup_printf("%s holds more than one line", value);
    char **field = (char **)(void *)((char *)object + rule->offset);
    g_free(*field);
    *field = g_strndup(bytes, n);
    return NULL;
}

static char *
set_key(const struct config_rule *rule, void *object, const char *value,
        const char *directory)
{
    g_autoptr(GBytes) content = NULL;
    char *why = read_secret(value, directory, &content);
    if (why)
        return why;
    if (g_bytes_get_size(content) < LIMIT_KEY_BYTES)
        return g_strdup_printf(
            "%s has %zu bytes: make one with `(umask 077; openssl rand "
            "-base64 48 > FILE)`",
            value, g_bytes_get_size(content));
    GBytes **field = (GBytes **)(void *)((char *)object + rule->offset);
    g_clear_pointer(field, g_bytes_unref);
    *field = g_steal_pointer(&content);
    return NULL;
}

const struct config_type config_secret = {
    "a file with the secret on one line, or credential:NAME, readable by its owner only",
    set_secret
};
const struct config_type config_key = {
    "a file of at least 32 random bytes, or credential:NAME, readable by its owner only",
    set_key
};
