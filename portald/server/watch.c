#include "portald/server/watch.h"

#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/base/clock.h"
#include "common/base/limits.h"

struct watched {
    int fd;
    int64_t ends_at; /* clock_ticks_us; INT64_MAX: never */
};

struct Watch {
    pthread_t thread;
    pthread_mutex_t lock;
    GHashTable *all; /* of struct watched, by itself */
    _Atomic bool stopping;
};

static const int64_t step_seconds[] = {
    [WATCH_FIELDS] = LIMIT_HTTP_IDLE_SECONDS + LIMIT_HTTP_FIELDS_SECONDS,
    [WATCH_BODY] = LIMIT_HTTP_BODY_SECONDS,
    [WATCH_ANSWER] = LIMIT_HTTP_BODY_SECONDS,
    [WATCH_STREAM] = 0,
};

static int64_t
end_of(enum watch_step step, size_t bytes)
{
    int64_t seconds = step_seconds[step] + (int64_t)(bytes / LIMIT_HTTP_BYTES_PER_SECOND);
    return step == WATCH_STREAM ? INT64_MAX : clock_ticks_us() + seconds * CLOCK_SECOND;
}

struct watched *
watch_add(Watch *watch, int fd)
{
    struct watched *watched = g_new(struct watched, 1);

    *watched = (struct watched){ .fd = fd, .ends_at = end_of(WATCH_FIELDS, 0) };
    pthread_mutex_lock(&watch->lock);
    g_hash_table_add(watch->all, watched);
    pthread_mutex_unlock(&watch->lock);
    return watched;
}

void
watch_remove(Watch *watch, struct watched *watched)
{
    pthread_mutex_lock(&watch->lock);
    g_hash_table_remove(watch->all, watched);
    pthread_mutex_unlock(&watch->lock);
}

void
watch_step(Watch *watch, struct watched *watched, enum watch_step step, size_t bytes)
{
    if (!watched)
        return;
    int64_t end = end_of(step, bytes);
    pthread_mutex_lock(&watch->lock);
    watched->ends_at = end;
    pthread_mutex_unlock(&watch->lock);
}

/* The socket is only shut down: it is the library's to close, and watch_remove comes before
   it does, so the number is still that connection's. */
static void
end_the_slow(Watch *watch)
{
    GHashTableIter iter;
    void *key;
    int64_t now = clock_ticks_us();

    pthread_mutex_lock(&watch->lock);
    g_hash_table_iter_init(&iter, watch->all);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        struct watched *watched = key;
        if (watched->ends_at < now) {
            shutdown(watched->fd, SHUT_RDWR);
            watched->ends_at = INT64_MAX;
        }
    }
    pthread_mutex_unlock(&watch->lock);
}

static void *
run(void *data)
{
    Watch *watch = data;

    while (!watch->stopping) {
        for (int i = 0; i < 10 && !watch->stopping; i++)
            g_usleep(100000);
        end_the_slow(watch);
    }
    return NULL;
}

Watch *
watch_new(void)
{
    Watch *watch = g_new0(Watch, 1);

    pthread_mutex_init(&watch->lock, NULL);
    watch->all = g_hash_table_new_full(NULL, NULL, g_free, NULL);
    if (pthread_create(&watch->thread, NULL, run, watch) != 0)
        g_error("no thread is left");
    return watch;
}

void
watch_free(Watch *watch)
{
    if (!watch)
        return;
    watch->stopping = true;
    pthread_join(watch->thread, NULL);
    g_hash_table_unref(watch->all);
    pthread_mutex_destroy(&watch->lock);
    g_free(watch);
}
