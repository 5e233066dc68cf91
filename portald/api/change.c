#include "portald/api/change.h"

#include "common/base/error.h"
#include "portald/api/once.h"
#include "portald/auth/scope.h"
#include "portald/http/conditional.h"

struct running {
    const struct request *request;
    ChangeWork work;
    void *data;
    Reply *reply;
};

static bool
run(DbTx *tx, void *data, GError **error)
{
    struct running *running = data;

    g_clear_pointer(&running->reply, reply_free); /* of a try that was rolled back */
    running->reply = running->work(running->request, tx, running->data, error);
    if (!running->reply)
        return false;
    if (running->reply->status >= 400)
        return error_set(error, ERR_REJECT, "answered with %u", running->reply->status);
    return once_keep(running->request, tx, running->reply, error);
}

Reply *
change_run(const struct request *request, ChangeWork work, void *data, GError **error)
{
    struct running running = { .request = request, .work = work, .data = data };
    g_autoptr(GError) problem = NULL;

    if (request_transact(request, run, &running, &problem)) {
        if (request->once)
            request->once->is_kept = true;
        return running.reply;
    }
    if (running.reply && running.reply->status >= 400)
        return running.reply;
    reply_free(running.reply);
    g_propagate_error(error, g_steal_pointer(&problem));
    return NULL;
}

/* The name of the state that is meant; NULL: whichever there is. */
static const char *
named_state(const struct request *request)
{
    const char *version = request_field(request, "version");
    return request_is_api(request) ? request_header(request, "If-Match")
           : version && *version   ? version
                                   : NULL;
}

bool
change_is_conditional(const struct request *request)
{
    return named_state(request) != NULL;
}

bool
change_check(const struct request *request, const char *document, GError **error)
{
    const char *named = named_state(request);
    g_autofree char *etag = reply_etag(document);

    return !named || conditional_matches(named, etag)
           || error_set(error, ERR_OUTDATED, "it has changed since: read it again");
}
