#include "portald/server/exchange.h"

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "portald/api/once.h"
#include "portald/auth/caller.h"
#include "portald/auth/csrf.h"
#include "portald/auth/rate.h"
#include "portald/http/conditional.h"
#include "portald/http/input.h"
#include "portald/pages/page.h"

struct exchange *
exchange_new(Site *site)
{
    struct exchange *exchange = g_new0(struct exchange, 1);

    exchange->request.site = site;
    exchange->began_us = exchange->handed_us = clock_ticks_us();
    return exchange;
}

void
exchange_free(struct exchange *exchange)
{
    once_free(exchange->request.once);
    request_clear(&exchange->request);
    body_clear(&exchange->body);
    reply_free(exchange->reply);
    g_free(exchange);
}

void
exchange_log(const struct exchange *exchange)
{
    Site *site = exchange->request.site;
    const char *pattern = exchange->route ? exchange->route->pattern : "";
    int64_t bytes = (int64_t)g_bytes_get_size(exchange->reply->body);

    log_info(
        "http request", log_str("method", http_method_name(exchange->request.method)),
        log_str("route", pattern), log_int("status", exchange->reply->status),
        log_int("bytes", bytes), log_int("us", clock_ticks_us() - exchange->began_us));
    site_count(site, SITE_REQUESTS, 1);
    site_count(site, SITE_BYTES, bytes);
    if (exchange->reply->status >= 500)
        site_count(site, SITE_REQUESTS_FAILED, 1);
    else if (exchange->reply->status >= 400)
        site_count(site, SITE_REQUESTS_REFUSED, 1);
}

/* --- what refuses it -------------------------------------------------------------- */

/* The connection ends with the answer: what follows on it can't be trusted, or not read. */
static Reply *
last_reply(Reply *reply)
{
    reply_set(reply, "Connection", "close");
    return reply;
}

static Reply *
busy_reply(void)
{
    Reply *reply = reply_problem(503, "too much to do at the moment: try again soon");
    reply_set(reply, "Retry-After", "2");
    return last_reply(reply);
}

static Reply *
answer_other_method(struct route_table table, const struct request *request)
{
    g_autofree char *allow = routes_allow(table, request->path);
    Reply *reply = request->method == HTTP_OPTIONS
                       ? reply_text(204, "text/plain; charset=utf-8", "")
                       : last_reply(reply_problem(405, "this is not done here that way"));

    reply_set(reply, "Allow", allow);
    return reply;
}

static Reply *
find_route(struct exchange *exchange, struct route_table table)
{
    struct request *request = &exchange->request;
    g_autoptr(GError) error = NULL;

    exchange->route =
        routes_find(table, request->method, request->path, request->params, &error);
    request->route = exchange->route;
    if (error_is(error, ERR_DENIED))
        return answer_other_method(table, request);
    return error ? last_reply(reply_error(error)) : NULL;
}

void
exchange_look(struct exchange *exchange, struct route_table table, bool text,
              const struct guard *guard, const char *version)
{
    const char *problem =
        text ? guard_problem(guard, version) : "the request is not UTF-8 text";

    exchange->has_body = guard->chunked || guard->length > 0;
    if (problem)
        exchange->reply = last_reply(reply_problem(400, problem));
    else if (!(exchange->reply = find_route(exchange, table))
             && (guard->length > exchange->route->body_bytes
                 || (guard->chunked && exchange->route->body_bytes == 0)))
        exchange->reply = last_reply(reply_problem(
            413, exchange->route->body_bytes == 0 ? "no body is taken here" : NULL));
}

void
exchange_take_body(struct exchange *exchange, const char *data, size_t n)
{
    if (exchange->reply)
        return;
    if (exchange->body.n + n > exchange->route->body_bytes)
        exchange->reply = last_reply(reply_problem(413, NULL));
    else if (!body_append(&exchange->body, data, n))
        exchange->reply = last_reply(reply_problem(503, NULL));
}

void
exchange_turn_away(struct exchange *exchange)
{
    reply_free(exchange->reply);
    exchange->reply = busy_reply();
    exchange->step = EXCHANGE_ANSWERED;
}

bool
exchange_waits(const struct exchange *exchange)
{
    return !exchange->route || exchange->has_body || !exchange->route->from_memory;
}

/* --- what may wait for the database ----------------------------------------------- */

/* Who asks, and whether they may; before a byte of the body is taken. */
static Reply *
find_caller(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    g_autoptr(GError) error = NULL;

    if (exchange->route->who == WHO_PUBLIC)
        return NULL;
    if (!caller_find(request, &error)) {
        log_warning("caller not found", log_error_field(error));
        return last_reply(reply_error(error));
    }
    Reply *refusal = caller_permit(request);
    if (!refusal && !(refusal = rate_check_request(request, &error)) && error)
        refusal = reply_error(error);
    return refusal ? last_reply(refusal) : NULL;
}

/* What an operation refuses after it was read and fits its schema is still something wrong
   with what it says, not with how it is written: 422. */
static Reply *
handle(const struct exchange *exchange, GError **error)
{
    const struct route *route = exchange->route;
    g_autoptr(GError) problem = NULL;
    Reply *reply = route->handler(&exchange->request, &problem);

    if (!reply && route->operation && error_is(problem, ERR_REJECT)) {
        const char *pointer = route->operation->refused;
        const struct reply_flaw flaw = { pointer ? pointer : "", problem->message };
        return reply_flaws(&flaw, 1);
    }
    if (problem)
        g_propagate_error(error, g_steal_pointer(&problem));
    return reply;
}

static void
answer(struct exchange *exchange)
{
    g_autoptr(GError) error = NULL;
    struct request *request = &exchange->request;

    request->body = body_slice(&exchange->body);
    exchange->reply = input_read(request, &error);
    if (!exchange->reply && !error && csrf_check(request, &error))
        exchange->reply = input_check(request);
    if (!exchange->reply && !error)
        exchange->reply = once_begin(request);
    if (!exchange->reply && !error)
        exchange->reply = once_finish(request, handle(exchange, &error), &error);
    if (exchange->reply)
        return;
    exchange->reply = reply_error(error);
    if (exchange->reply->status >= 500)
        log_error("http request failed", log_str("route", exchange->route->pattern),
                  log_error_field(error));
}

/* What leads nowhere asks for nobody, but its page is still one of the site that they are
   signed in to. */
static void
find_viewer(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    unsigned status = exchange->reply->status;
    g_autoptr(GError) error = NULL;

    if (exchange->route && exchange->route->from_memory)
        return;
    if ((status != 404 && status != 410) || !uuid_is_nil(request->caller.tenant)
        || request_is_api(request) || !request_header(request, "Cookie"))
        return;
    if (!caller_find(request, &error))
        log_warning("caller not found", log_error_field(error));
}

/* The last touches, the same for all. */
static void
finish(struct exchange *exchange)
{
    struct request *request = &exchange->request;

    find_viewer(exchange);
    exchange->reply = page_of_problem(request, exchange->reply);
    if (request->is_https)
        reply_set(exchange->reply, "Strict-Transport-Security", "max-age=31536000");
    if (request->fields)
        conditional_apply(request, exchange->reply);
    exchange->step = EXCHANGE_ANSWERED;
}

static bool
waited_too_long(const struct exchange *exchange)
{
    return clock_ticks_us() - exchange->handed_us
           > LIMIT_HTTP_WAIT_SECONDS * CLOCK_SECOND;
}

void
exchange_work(struct exchange *exchange)
{
    bool is_whole = exchange->step == EXCHANGE_ADMITTED || !exchange->has_body;

    if (waited_too_long(exchange)) {
        exchange_turn_away(exchange);
        return;
    }
    if (!exchange->reply && exchange->step == EXCHANGE_ASKED)
        exchange->reply = find_caller(exchange);
    if (!exchange->reply && is_whole)
        answer(exchange);
    if (exchange->reply)
        finish(exchange);
    else
        exchange->step = EXCHANGE_ADMITTED;
}
