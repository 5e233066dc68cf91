#include "portald/live/hub.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/db/listen.h"
#include "common/store/statements.h"

struct feed {
    struct reply_stream stream; /* first: a feed is given out as this */
    Hub *hub;
    struct hub_viewer viewer;
    GString *waiting;
    int64_t ends_at, beat_at; /* clock_ticks_us */
    bool ended;
};

struct Hub {
    const Config *config;
    const struct db_statement_table *statements;
    pthread_t thread;
    pthread_mutex_t lock; /* over feeds and all that is in them */
    GPtrArray *feeds;
    GHashTable *told; /* struct uuid -> when, in seconds: events of the overlap */
    _Atomic bool stopping;
};

/* --- what goes out ---------------------------------------------------------------- */

static const struct {
    const char *kind, *name;
    bool outside; /* customers are to know */
} kinds[] = {
    { "opened", "message", true },
    { "customer_reply", "message", true },
    { "answer", "message", true },
    { "auto_reply", "message", true },
    { "note", "message", false },
    { "status", "status", true },
    { "priority", "ticket", true },
    { "merged", "ticket", true },
    { "split", "ticket", true },
    { "rated", "ticket", true },
    { "escalated", "ticket", true },
    { "read", "read", true },
    { "notification", "notification", true },
};

const char *
hub_name(enum db_viewer viewer, const char *kind)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(kinds[i].kind, kind) == 0)
            return kinds[i].outside || viewer == DB_VIEWER_DESK ? kinds[i].name : NULL;
    return viewer == DB_VIEWER_DESK ? "ticket" : NULL;
}

static bool
takes_part(const struct hub_viewer *viewer, char **people)
{
    char person[UUID_TEXT_SIZE];

    uuid_format(viewer->person, person);
    return g_strv_contains((const char *const *)people, person);
}

/* Whom it is for: a notification is one person's, all else a conversation's. */
static bool
may_know(const struct hub_viewer *viewer, const struct hub_event *event, char **people)
{
    bool is_person =
        viewer->viewer == DB_VIEWER_PERSON || viewer->viewer == DB_VIEWER_DESK;

    if (strcmp(event->kind, "notification") == 0)
        return is_person && takes_part(viewer, people);
    switch (viewer->viewer) {
    case DB_VIEWER_DESK:
        return true;
    case DB_VIEWER_PERSON:
        return takes_part(viewer, people);
    case DB_VIEWER_LINK:
        return uuid_equal(viewer->conversation, event->conversation);
    case DB_VIEWER_NONE:
        break;
    }
    return false;
}

static void
append_event(struct feed *feed, const struct hub_event *event)
{
    char id[UUID_TEXT_SIZE], conversation[UUID_TEXT_SIZE];
    const char *name = hub_name(feed->viewer.viewer, event->kind);

    if (name && feed->waiting->len < LIMIT_LIVE_WAITING_BYTES)
        g_string_append_printf(feed->waiting,
                               "id: %s\nevent: %s\ndata: {\"conversation\":\"%s\"}\n\n",
                               uuid_format(event->id, id), name,
                               uuid_format(event->conversation, conversation));
}

static void
wake(struct feed *feed)
{
    if (feed->stream.wake)
        feed->stream.wake(feed->stream.waker);
}

/* --- a feed, as the server sees it -------------------------------------------------- */

static ssize_t
feed_read(struct reply_stream *stream, char *buffer, size_t n)
{
    struct feed *feed = (struct feed *)stream;
    ssize_t got = 0;

    pthread_mutex_lock(&feed->hub->lock);
    if (feed->waiting->len > 0) {
        got = (ssize_t)MIN(n, feed->waiting->len);
        memcpy(buffer, feed->waiting->str, (size_t)got);
        g_string_erase(feed->waiting, 0, got);
    } else if (feed->ended) {
        got = -1;
    }
    pthread_mutex_unlock(&feed->hub->lock);
    return got;
}

static void
feed_free(struct reply_stream *stream)
{
    struct feed *feed = (struct feed *)stream;
    Hub *hub = feed->hub;

    pthread_mutex_lock(&hub->lock);
    g_ptr_array_remove_fast(hub->feeds, feed);
    pthread_mutex_unlock(&hub->lock);
    g_string_free(feed->waiting, TRUE);
    g_free(feed);
}

struct reply_stream *
hub_open(Hub *hub, const struct hub_viewer *viewer)
{
    struct feed *feed = NULL;
    int64_t now = clock_ticks_us();

    pthread_mutex_lock(&hub->lock);
    if (hub->feeds->len < LIMIT_LIVE_FEEDS && !hub->stopping) {
        feed = g_new0(struct feed, 1);
        *feed = (struct feed){ .stream = { .read = feed_read, .free = feed_free },
                               .hub = hub,
                               .viewer = *viewer,
                               .waiting = g_string_new("retry: 2000\n\n"),
                               .ends_at = now + LIMIT_LIVE_SECONDS * CLOCK_SECOND,
                               .beat_at = now + LIMIT_LIVE_BEAT_SECONDS * CLOCK_SECOND };
        g_ptr_array_add(hub->feeds, feed);
    }
    pthread_mutex_unlock(&hub->lock);
    return feed ? &feed->stream : NULL;
}

void
hub_replay(struct reply_stream *stream, const struct hub_event *event)
{
    struct feed *feed = (struct feed *)stream;

    pthread_mutex_lock(&feed->hub->lock);
    append_event(feed, event);
    pthread_mutex_unlock(&feed->hub->lock);
}

size_t
hub_count(Hub *hub)
{
    pthread_mutex_lock(&hub->lock);
    size_t n = hub->feeds->len;
    pthread_mutex_unlock(&hub->lock);
    return n;
}

/* --- the thread ------------------------------------------------------------------- */

/* The smallest version 7 id of a time: its first 48 bits are milliseconds (RFC 9562 §5.7). */
static struct uuid
uuid_of_time(int64_t time_us)
{
    struct uuid id = { { 0 } };
    uint64_t ms = (uint64_t)(time_us / 1000);

    for (int i = 0; i < 6; i++)
        id.b[i] = (uint8_t)(ms >> (8 * (5 - i)));
    id.b[6] = 0x70;
    id.b[8] = 0x80;
    return id;
}

static guint
uuid_hash(const void *key)
{
    guint hash;
    memcpy(&hash, ((const struct uuid *)key)->b + 10, sizeof hash); /* its random end */
    return hash;
}

static gboolean
uuid_same(const void *a, const void *b)
{
    return uuid_equal(*(const struct uuid *)a, *(const struct uuid *)b);
}

static gboolean
is_past(void *key, void *when, void *now)
{
    (void)key;
    return GPOINTER_TO_SIZE(when) + 2 * LIMIT_LIVE_OVERLAP_SECONDS
           < GPOINTER_TO_SIZE(now);
}

/* Hand one event to whom it concerns; under the lock. */
static void
tell(Hub *hub, const DbRows *rows, size_t row, size_t now)
{
    struct hub_event event = { .id = db_get_uuid(rows, row, 1),
                               .conversation = db_get_uuid(rows, row, 2),
                               .kind = db_get_text(rows, row, 3) };
    struct uuid tenant = db_get_uuid(rows, row, 0);

    if (g_hash_table_contains(hub->told, &event.id))
        return;
    g_hash_table_insert(hub->told, g_memdup2(&event.id, sizeof event.id),
                        GSIZE_TO_POINTER(now));
    g_auto(GStrv) people = db_get_text_array(rows, row, 4);
    for (guint i = 0; i < hub->feeds->len; i++) {
        struct feed *feed = hub->feeds->pdata[i];
        if (!uuid_equal(feed->viewer.tenant, tenant)
            || !may_know(&feed->viewer, &event, people))
            continue;
        append_event(feed, &event);
        wake(feed);
    }
}

/* A beat tells both ends that the other is there; without it nobody would notice a page
   that was closed. */
static void
beat(Hub *hub)
{
    int64_t now = clock_ticks_us();

    for (guint i = 0; i < hub->feeds->len; i++) {
        struct feed *feed = hub->feeds->pdata[i];
        feed->ended |= now >= feed->ends_at;
        if (!feed->ended && now < feed->beat_at)
            continue;
        feed->beat_at = now + LIMIT_LIVE_BEAT_SECONDS * CLOCK_SECOND;
        if (!feed->ended)
            g_string_append(feed->waiting, ": \n\n");
        wake(feed);
    }
}

static bool
look(Hub *hub, Db *db, GError **error)
{
    size_t now = (size_t)(clock_now_us() / CLOCK_SECOND);
    struct uuid since =
        uuid_of_time(clock_now_us() - LIMIT_LIVE_OVERLAP_SECONDS * CLOCK_SECOND);

    if (hub_count(hub) == 0)
        return true;
    g_autoptr(DbRows) rows =
        db_call(db, SQL_LIVE_EVENTS, error, db_uuid(since), db_int(LIMIT_LIVE_LOOKED));
    if (!rows)
        return false;
    pthread_mutex_lock(&hub->lock);
    for (size_t i = 0; i < db_rows_count(rows); i++)
        tell(hub, rows, i, now);
    g_hash_table_foreach_remove(hub->told, is_past, GSIZE_TO_POINTER(now));
    pthread_mutex_unlock(&hub->lock);
    return true;
}

static Db *
connect_db(Hub *hub, GError **error)
{
    struct db_options options = { .conninfo = hub->config->portal_database,
                                  .application = "portald live",
                                  .statements = hub->statements,
                                  .statement_timeout_us = 5 * CLOCK_SECOND };
    g_autoptr(Db) db = db_open(&options, error);

    return db && db_listen(db, BELL_EVENTS, error) ? g_steal_pointer(&db) : NULL;
}

/* Until the connection is lost or the end. */
static bool
watch(Hub *hub, Db *db, GError **error)
{
    bool rang = false;

    while (!hub->stopping) {
        if (!db_wait(db, -1, CLOCK_SECOND, &rang, error) || !look(hub, db, error))
            return false;
        pthread_mutex_lock(&hub->lock);
        beat(hub);
        pthread_mutex_unlock(&hub->lock);
        g_usleep(LIMIT_LIVE_PAUSE_US); /* what rings meanwhile is looked at together */
    }
    return true;
}

static void *
run(void *data)
{
    Hub *hub = data;

    while (!hub->stopping) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Db) db = connect_db(hub, &error);
        if (db && watch(hub, db, &error))
            break;
        log_warning("live pages wait for the database", log_error_field(error));
        for (int i = 0; i < 20 && !hub->stopping; i++)
            g_usleep(100000);
    }
    return NULL;
}

Hub *
hub_new(const Config *config, const struct db_statement_table *table)
{
    Hub *hub = g_new0(Hub, 1);

    hub->config = config;
    hub->statements = table;
    hub->feeds = g_ptr_array_new();
    hub->told = g_hash_table_new_full(uuid_hash, uuid_same, g_free, NULL);
    pthread_mutex_init(&hub->lock, NULL);
    if (pthread_create(&hub->thread, NULL, run, hub) != 0)
        g_error("no thread is left");
    return hub;
}

void
hub_stop(Hub *hub)
{
    if (!hub || atomic_exchange(&hub->stopping, true))
        return;
    pthread_mutex_lock(&hub->lock);
    for (guint i = 0; i < hub->feeds->len; i++) {
        struct feed *feed = hub->feeds->pdata[i];
        feed->ended = true;
        wake(feed);
    }
    pthread_mutex_unlock(&hub->lock);
    pthread_join(hub->thread, NULL);
}

void
hub_free(Hub *hub)
{
    if (!hub)
        return;
    hub_stop(hub);
    g_assert(hub->feeds->len == 0);
    g_ptr_array_unref(hub->feeds);
    g_hash_table_unref(hub->told);
    pthread_mutex_destroy(&hub->lock);
    g_free(hub);
}
