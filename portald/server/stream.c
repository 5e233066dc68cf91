#include "portald/server/stream.h"

#include <pthread.h>

/* The library calls `read_more` from the thread of the connection; the stream wakes us from
   its own. `due` says that it did so while we were not asleep. */
struct pipe {
    pthread_mutex_t lock;
    struct MHD_Connection *connection;
    struct reply_stream *stream;
    bool asleep, due;
};

static void
wake(void *data)
{
    struct pipe *pipe = data;

    pthread_mutex_lock(&pipe->lock);
    if (pipe->asleep)
        MHD_resume_connection(pipe->connection);
    else
        pipe->due = true;
    pipe->asleep = false;
    pthread_mutex_unlock(&pipe->lock);
}

static ssize_t
read_more(void *data, uint64_t position, char *buffer, size_t n)
{
    struct pipe *pipe = data;

    (void)position;
    for (;;) {
        ssize_t got = pipe->stream->read(pipe->stream, buffer, n);
        if (got != 0)
            return got > 0 ? got : MHD_CONTENT_READER_END_OF_STREAM;
        pthread_mutex_lock(&pipe->lock);
        bool again = pipe->due;
        pipe->due = false;
        if (!again) {
            pipe->asleep = true;
            MHD_suspend_connection(pipe->connection);
        }
        pthread_mutex_unlock(&pipe->lock);
        if (!again)
            return 0;
    }
}

/* The stream itself is the reply's. */
static void
end(void *data)
{
    struct pipe *pipe = data;

    pthread_mutex_destroy(&pipe->lock);
    g_free(pipe);
}

struct MHD_Response *
stream_response(struct MHD_Connection *connection, Reply *reply)
{
    struct pipe *pipe = g_new0(struct pipe, 1);

    pthread_mutex_init(&pipe->lock, NULL);
    pipe->connection = connection;
    pipe->stream = reply->stream;
    reply->stream->waker = pipe;
    reply->stream->wake = wake;
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_more, pipe,
                                             end);
}
