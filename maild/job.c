#include "maild/job.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "common/base/clock.h"
#include "maild/life.h"

static int stop_socket = -1;
static struct life *own_life;

struct life *
life_new(void)
{
    struct life *life = mmap(NULL, sizeof *life, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (life == MAP_FAILED)
        g_error("out of memory");
    return life;
}

void
life_free(struct life *life)
{
    if (life)
        munmap(life, sizeof *life);
}

/* A socket that is shut down for reading is readable for ever, as is one whose other end
   is closed: both ways to be told look the same to the job. */
static void
on_term(int signal)
{
    (void)signal;
    shutdown(stop_socket, SHUT_RD);
}

void
life_begin(struct life *life, int stop_fd)
{
    struct sigaction action = { .sa_handler = on_term, .sa_flags = SA_RESTART };

    own_life = life;
    stop_socket = stop_fd;
    sigaction(SIGTERM, &action, NULL);
}

int
job_stop_fd(void)
{
    return stop_socket;
}

bool
job_stopping(void)
{
    struct pollfd fd = { .fd = stop_socket, .events = POLLIN };
    return stop_socket >= 0 && poll(&fd, 1, 0) == 1;
}

void
job_alive(void)
{
    if (own_life)
        own_life->alive_us = clock_ticks_us();
}
