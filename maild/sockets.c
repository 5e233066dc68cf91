#include "maild/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/error.h"

#define BACKLOG 511
#define UNIX_PREFIX "unix:"

typedef struct addrinfo addrinfo;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(addrinfo, freeaddrinfo)

static bool
failed(const char *endpoint, const char *what, int fd, GError **error)
{
    int code = errno;
    if (fd >= 0)
        close(fd);
    return error_set(error, ERR_BUG, "can't listen at %s: %s: %s", endpoint, what,
                     g_strerror(code));
}

/* True when someone answers at this unix socket. */
static bool
is_served(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool served =
        fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;
    if (fd >= 0)
        close(fd);
    return served;
}

static bool
listen_unix(const char *endpoint, int *ret_fd, GError **error)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const char *path = endpoint + strlen(UNIX_PREFIX);
    struct stat st;

    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
        if (is_served(&address))
            return error_set(error, ERR_BUG,
                             "can't listen at %s: another process serves it", endpoint);
        unlink(path);
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        return failed(endpoint, "bind", fd, error);
    if (chmod(path, 0666) != 0 || listen(fd, BACKLOG) != 0)
        return failed(endpoint, "listen", fd, error);
    *ret_fd = fd;
    return true;
}

static struct addrinfo *
resolve(const char *endpoint, GError **error)
{
    const char *colon = strrchr(endpoint, ':'); /* the configuration checked the form */
    bool bracket = *endpoint == '[';
    g_autofree char *host =
        g_strndup(endpoint + bracket, (size_t)(colon - endpoint) - (bracket ? 2 : 0));
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
    struct addrinfo *found = NULL;

    int code = getaddrinfo(host, colon + 1, &hints, &found);
    if (code != 0)
        error_set(error, ERR_BUG, "can't listen at %s: %s", endpoint, gai_strerror(code));
    return found;
}

static bool
listen_tcp(const char *endpoint, int *ret_fd, GError **error)
{
    g_autoptr(addrinfo) address = resolve(endpoint, error);
    const int on = 1;
    if (!address)
        return false;

    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return failed(endpoint, "socket", fd, error);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(fd, address->ai_addr, address->ai_addrlen) != 0)
        return failed(endpoint, "bind", fd, error);
    if (listen(fd, BACKLOG) != 0)
        return failed(endpoint, "listen", fd, error);
    *ret_fd = fd;
    return true;
}

static bool
take_over(const char *endpoint, const Sockets *old, int *ret_fd, GError **error)
{
    for (size_t i = 0; old && old->endpoints[i]; i++)
        if (strcmp(old->endpoints[i], endpoint) == 0) {
            *ret_fd = fcntl(old->fds[i], F_DUPFD_CLOEXEC, 0);
            return *ret_fd >= 0 || failed(endpoint, "dup", -1, error);
        }
    return g_str_has_prefix(endpoint, UNIX_PREFIX) ? listen_unix(endpoint, ret_fd, error)
                                                   : listen_tcp(endpoint, ret_fd, error);
}

Sockets *
sockets_open(char **endpoints, const Sockets *old, GError **error)
{
    g_autoptr(Sockets) sockets = g_new0(Sockets, 1);
    size_t n = g_strv_length(endpoints);

    sockets->endpoints = g_strdupv(endpoints);
    sockets->fds = g_new(int, n + 1);
    for (size_t i = 0; i <= n; i++)
        sockets->fds[i] = -1;
    for (size_t i = 0; i < n; i++)
        if (!take_over(endpoints[i], old, &sockets->fds[i], error))
            return NULL;
    return g_steal_pointer(&sockets);
}

void
sockets_free(Sockets *sockets)
{
    if (!sockets)
        return;
    for (int *fd = sockets->fds; *fd >= 0; fd++)
        close(*fd);
    g_strfreev(sockets->endpoints);
    g_free(sockets->fds);
    g_free(sockets);
}

void
sockets_remove(const Sockets *sockets, const Sockets *kept)
{
    for (char **endpoint = sockets->endpoints; *endpoint; endpoint++)
        if (g_str_has_prefix(*endpoint, UNIX_PREFIX)
            && !(kept
                 && g_strv_contains((const char *const *)kept->endpoints, *endpoint)))
            unlink(*endpoint + strlen(UNIX_PREFIX));
}
