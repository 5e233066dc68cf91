#include "maild/lmtp/loop.h"

#include <errno.h>
#include <glib.h>
#include <unistd.h>

struct LmtpLoop {
    int fd;
};

LmtpLoop *
lmtp_loop_new(void)
{
    LmtpLoop *loop = g_new(LmtpLoop, 1);
    loop->fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->fd < 0)
        g_error("epoll_create1: %s", g_strerror(errno));
    return loop;
}

void
lmtp_loop_free(LmtpLoop *loop)
{
    if (!loop)
        return;
    close(loop->fd);
    g_free(loop);
}

static void
control(LmtpLoop *loop, int operation, struct lmtp_source *source)
{
    struct epoll_event event = { .events = source->events, .data.ptr = source };
    if (epoll_ctl(loop->fd, operation, source->fd, &event) != 0)
        g_error("epoll_ctl: %s", g_strerror(errno));
}

void
lmtp_loop_add(LmtpLoop *loop, struct lmtp_source *source)
{
    control(loop, EPOLL_CTL_ADD, source);
}

void
lmtp_loop_change(LmtpLoop *loop, struct lmtp_source *source, uint32_t events)
{
    if (source->events == events)
        return;
    source->events = events;
    control(loop, EPOLL_CTL_MOD, source);
}

void
lmtp_loop_remove(LmtpLoop *loop, struct lmtp_source *source)
{
    control(loop, EPOLL_CTL_DEL, source);
    source->ready = NULL;
}

void
lmtp_loop_wait(LmtpLoop *loop, int64_t timeout_us)
{
    struct epoll_event events[64];
    /* Not epoll_wait: a commit is held for less than its millisecond. */
    const struct timespec timeout = { timeout_us / G_USEC_PER_SEC,
                                      timeout_us % G_USEC_PER_SEC * 1000 };
    int n = epoll_pwait2(loop->fd, events, G_N_ELEMENTS(events), &timeout, NULL);

    for (int i = 0; i < n; i++) {
        struct lmtp_source *source = events[i].data.ptr;
        if (source->ready)
            source->ready(source->data, events[i].events);
    }
}
