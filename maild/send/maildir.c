#include "maild/send/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/error.h"

#define FOLDER_MODE 0750
#define FILE_MODE 0640

static bool
failed(const char *what, const char *path, GError **error)
{
    return error_set(error, ERR_RETRY, "can't %s %s: %s", what, path, g_strerror(errno));
}

static bool
make_folders(const char *directory, GError **error)
{
    static const char *const names[] = { "tmp", "new", "cur" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(directory, names[i], NULL);
        if (g_mkdir_with_parents(path, FOLDER_MODE) != 0)
            return failed("make", path, error);
    }
    return true;
}

static GString *
format_file(const struct maildir_mail *mail)
{
    GString *text = g_string_sized_new(mail->bytes.n + 200);
    struct slice rest = mail->bytes, line;

    g_string_printf(text, "Return-Path: <%s>\nDelivered-To: %s\n", mail->envelope_from,
                    mail->recipient);
    while (slice_next_line(&rest, &line)) {
        g_string_append_len(text, line.p, (gssize)line.n);
        g_string_append_c(text, '\n');
    }
    return text;
}

static bool
write_all(int fd, const GString *text)
{
    for (size_t at = 0; at < text->len;) {
        ssize_t n = write(fd, text->str + at, text->len - at);
        if (n < 0 && errno != EINTR)
            return false;
        at += n > 0 ? (size_t)n : 0;
    }
    return fchmod(fd, FILE_MODE) == 0 && fsync(fd) == 0;
}

static bool
write_file(const char *path, const GString *text, GError **error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (fd < 0)
        return failed("write", path, error);
    bool good = write_all(fd, text);
    int problem = errno;
    if (close(fd) != 0 && good) {
        good = false;
        problem = errno;
    }
    errno = problem;
    return good || failed("write", path, error);
}

static bool
sync_folder(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (!good)
        failed("sync", path, error);
    if (fd >= 0)
        close(fd);
    return good;
}

bool
maildir_deliver(const char *directory, const struct maildir_mail *mail, GError **error)
{
    char id[UUID_TEXT_SIZE];
    g_autofree char *name = g_strdup_printf("%s.postern", uuid_format(mail->id, id));
    g_autofree char *tmp = g_build_filename(directory, "tmp", name, NULL);
    g_autofree char *folder = g_build_filename(directory, "new", NULL);
    g_autofree char *path = g_build_filename(folder, name, NULL);

    if (!make_folders(directory, error))
        return false;
    g_autoptr(GString) text = format_file(mail);
    if (!write_file(tmp, text, error))
        return false;
    if (rename(tmp, path) != 0)
        return failed("rename", tmp, error);
    return sync_folder(folder, error);
}
