/* loop: epoll, and who is told of which descriptor. */
#pragma once

#include <stdint.h>
#include <sys/epoll.h>

/* One watched descriptor; part of what owns it. */
struct lmtp_source {
    int fd;
    uint32_t events; /* EPOLLIN, EPOLLOUT: as registered */
    void (*ready)(void *data, uint32_t events);
    void *data;
};

typedef struct LmtpLoop LmtpLoop;

LmtpLoop *lmtp_loop_new(void);
void lmtp_loop_free(LmtpLoop *loop);

/* Watch source->fd for source->events. The source stays where it is until removed. */
void lmtp_loop_add(LmtpLoop *loop, struct lmtp_source *source);
void lmtp_loop_change(LmtpLoop *loop, struct lmtp_source *source, uint32_t events);

/* Before the descriptor is closed. The source itself must outlive the running
   lmtp_loop_wait: events for it may have been fetched already. */
void lmtp_loop_remove(LmtpLoop *loop, struct lmtp_source *source);

/* Wait at most timeout_us and tell those who have events. */
void lmtp_loop_wait(LmtpLoop *loop, int64_t timeout_us);
