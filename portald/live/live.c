#include "portald/live/live.h"

#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/auth/scope.h"
#include "portald/live/hub.h"

/* What this viewer missed since the event that the browser saw last. */
static bool
replay(const struct request *request, struct reply_stream *feed, struct uuid last,
       GError **error)
{
    g_autoptr(DbTx) tx = request_begin(request, true, error);
    g_autoptr(DbRows) rows = tx ? db_query(tx, SQL_LIVE_REPLAY, error, db_uuid(last),
                                           db_int(LIMIT_LIVE_EVENTS))
                                : NULL;
    if (!rows)
        return false;
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        struct hub_event event = { .id = db_get_uuid(rows, i, 0),
                                   .conversation = db_get_uuid(rows, i, 1),
                                   .kind = db_get_text(rows, i, 2) };
        hub_replay(feed, &event);
    }
    return db_tx_commit(&tx, error);
}

static Reply *
live_get(const struct request *request, GError **error)
{
    struct db_tx_options scope = request_scope(request, true);
    struct hub_viewer viewer = { .tenant = scope.tenant,
                                 .viewer = scope.viewer,
                                 .person = scope.person,
                                 .conversation = scope.conversation };
    const char *last = request_header(request, "Last-Event-ID");
    struct uuid id;
    struct reply_stream *feed = hub_open(site_hub(request->site), &viewer);

    if (!feed) {
        Reply *busy = reply_problem(503, NULL);
        reply_set(busy, "Retry-After", "30");
        return busy;
    }
    Reply *reply = reply_streamed(200, "text/event-stream", feed);
    reply_set(reply, "X-Accel-Buffering", "no"); /* nginx passes it on at once */
    if (last && uuid_parse(slice_from(last), &id) && !replay(request, feed, id, error)) {
        reply_free(reply);
        return NULL;
    }
    return reply;
}

static const struct route routes[] = {
    { HTTP_GET, "/live", WHO_PERSON, live_get, 0, NULL },
    { HTTP_GET, "/t/{token}/live", WHO_LINK, live_get, 0, NULL },
};
const struct route_table live_routes = { routes, G_N_ELEMENTS(routes) };
