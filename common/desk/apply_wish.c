/* apply_wish: what a customer says of a ticket without writing into it; declared in
   apply.h. */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/desk/change.h"
#include "common/store/statements.h"

/* Without the spaces around it; NULL when there are no words. ERR_REJECT when it is too
   long. */
static bool
tidy(const char *text, char **ret_text, GError **error)
{
    g_autofree char *trimmed = g_strstrip(g_strdup(text ? text : ""));

    if (g_utf8_strlen(trimmed, -1) > LIMIT_WISH_CHARS)
        return error_set(error, ERR_REJECT, "the words are longer than %d characters",
                         LIMIT_WISH_CHARS);
    *ret_text = *trimmed ? g_steal_pointer(&trimmed) : NULL;
    return true;
}

bool
apply_rate(const struct desk_context *desk, const Ticket *ticket, int64_t rating,
           const char *comment, GError **error)
{
    struct notify_about about = change_about(ticket, NOTIFY_RATED);
    g_autofree char *words = NULL;

    if (rating < 1 || rating > 5)
        return error_set(error, ERR_REJECT, "a rating is 1 to 5");
    if (!ticket->is_ended)
        return error_set(error, ERR_CONFLICT, "a ticket is rated when it is solved");
    if (!tidy(comment, &words, error))
        return false;
    g_autoptr(json_t) after =
        json_pack("{s:i, s:s*}", "rating", (int)rating, "comment", words);
    g_autofree char *detail = json_dumps(after, 0);
    const struct change change = { .kind = "rated", .after = after };
    size_t changed = 0;
    if (!db_execute(desk->tx, SQL_TICKET_SET_RATING, &changed, error, db_uuid(ticket->id),
                    db_int(rating), db_text(words)))
        return false;
    if (changed == 0)
        return true;
    about.detail = detail;
    return change_record(desk, ticket->id, &change, &about.event_row, error)
           && notify(desk, &about, error);
}

/* One step up, so that an urgent ticket that waits in the same queue stays before it. */
static const char *
raised(const char *priority)
{
    return strcmp(priority, "low") == 0      ? "normal"
           : strcmp(priority, "normal") == 0 ? "high"
                                             : "urgent";
}

bool
apply_escalate(const struct desk_context *desk, const Ticket *ticket, const char *reason,
               GError **error)
{
    static const char *const mark[] = { "escalated", NULL };
    struct notify_about about = change_about(ticket, NOTIFY_ESCALATED);
    g_autofree char *words = NULL;

    if (ticket->is_ended)
        return error_set(error, ERR_CONFLICT, "the ticket is closed: open it again");
    if (ticket->tags && g_strv_contains((const char *const *)ticket->tags, mark[0]))
        return error_set(error, ERR_CONFLICT, "this was asked for already");
    if (!tidy(reason, &words, error))
        return false;
    if (!words)
        return error_set(error, ERR_REJECT, "a reason is needed");
    g_autoptr(json_t) json = json_pack("{s:s}", "reason", words);
    g_autofree char *detail = json_dumps(json, 0);
    about.detail = detail;
    return apply_record(desk, ticket->id, "escalated", detail, &about.event_row, error)
           && apply_priority(desk, ticket, raised(ticket->priority), error)
           && apply_tags(desk, ticket, mark, NULL, error) && notify(desk, &about, error);
}

bool
apply_reopen(const struct desk_context *desk, const Ticket *ticket, GError **error)
{
    const struct uuid none = { { 0 } };
    struct notify_about about = change_about(ticket, NOTIFY_REOPENED);

    if (!ticket->is_ended)
        return true;
    if (ticket->is_stale)
        return error_set(error, ERR_CONFLICT,
                         "this ticket was closed long ago: open a new one");
    g_autoptr(json_t) json =
        json_pack("{s:s, s:s}", "from", ticket->status, "to", "open");
    g_autofree char *detail = json_dumps(json, 0);
    about.detail = detail;
    return change_status(desk, ticket, "open", none, &about.event_row, error)
           && notify(desk, &about, error);
}
