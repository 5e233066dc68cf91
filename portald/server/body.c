#include "portald/server/body.h"

#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/limits.h"

static bool
write_all(int fd, const char *data, size_t n)
{
    while (n > 0) {
        ssize_t written = write(fd, data, n);
        if (written <= 0)
            return false;
        data += written;
        n -= (size_t)written;
    }
    return true;
}

static bool
move_to_file(struct body *body)
{
    body->fd = open(g_get_tmp_dir(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (body->fd <= 0) {
        body->fd = 0;
        return false;
    }
    bool good = write_all(body->fd, body->memory, body->n);
    g_clear_pointer(&body->memory, g_free);
    return good;
}

bool
body_append(struct body *body, const char *data, size_t n)
{
    if (!body->fd && body->n + n > LIMIT_HTTP_MEMORY_BYTES && !move_to_file(body))
        return false;
    if (body->fd) {
        body->n += n;
        return write_all(body->fd, data, n);
    }
    if (body->n + n > body->room) {
        body->room = MAX(4096, 2 * (body->n + n));
        body->memory = g_realloc(body->memory, body->room);
    }
    memcpy(body->memory + body->n, data, n);
    body->n += n;
    return true;
}

struct slice
body_slice(struct body *body)
{
    if (!body->fd)
        return (struct slice){ body->memory, body->n };
    if (!body->map) {
        void *map = mmap(NULL, body->n, PROT_READ, MAP_PRIVATE, body->fd, 0);
        if (map == MAP_FAILED)
            return (struct slice){ 0 };
        body->map = map;
    }
    return (struct slice){ body->map, body->n };
}

void
body_clear(struct body *body)
{
    if (body->map)
        munmap(body->map, body->n);
    if (body->fd)
        close(body->fd);
    g_free(body->memory);
    *body = (struct body){ 0 };
}
