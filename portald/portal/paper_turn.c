#include "portald/portal/paper_turn.h"

#include <stdatomic.h>

#include "common/base/limits.h"
#include "portald/auth/rate.h"

static atomic_int running;

int
paper_turn_places(int threads)
{
    return MAX(threads / 2, 1);
}

static bool
enter(int places)
{
    if (atomic_fetch_add(&running, 1) < places)
        return true;
    atomic_fetch_sub(&running, 1);
    return false;
}

static Reply *
check_rate(const struct request *request, GError **error)
{
    char person[UUID_TEXT_SIZE];
    const struct rate_ask ask = { RATE_PAPER,
                                  uuid_format(request->caller.person, person) };
    return rate_check(request, &ask, 1, error);
}

static Reply *
busy(void)
{
    Reply *reply =
        reply_problem(503, "Too many files are put together at the moment. Try "
                           "again in a few seconds.");
    reply_set(reply, "Retry-After", G_STRINGIFY(LIMIT_PAPER_RETRY_SECONDS));
    return reply;
}

Reply *
paper_turn_take(const struct request *request, PaperWork work, void *data, GError **error)
{
    g_autoptr(GError) problem = NULL;
    Reply *reply = check_rate(request, &problem);
    if (problem)
        g_propagate_error(error, g_steal_pointer(&problem));
    if (reply || (error && *error))
        return reply;
    if (!enter(paper_turn_places(site_config(request->site)->portal.threads)))
        return busy();
    reply = work(request, data, error);
    atomic_fetch_sub(&running, 1);
    return reply;
}
