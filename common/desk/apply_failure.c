#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/desk/change.h"
#include "common/desk/message.h"

static bool
is_final(enum automatic_kind kind)
{
    return kind == AUTOMATIC_HARD || kind == AUTOMATIC_SOFT
           || kind == AUTOMATIC_COMPLAINT;
}

static char *
reason_of(const struct apply_failure *failure)
{
    return failure->kind == AUTOMATIC_COMPLAINT
               ? g_strdup("reported as spam")
               : g_strdup_printf("%s %s", failure->status, failure->diagnostic);
}

/* The address is paused as the table says; an agent's never is. */
static bool
note_failure(const struct desk_context *desk, const struct apply_failure *failure,
             bool outside, GError **error)
{
    const struct automatic_rule *rule = automatic_rule_of(failure->kind);
    g_autofree char *reason = reason_of(failure);
    return !is_final(failure->kind)
           || address_note_bounce(desk->tx, failure->recipient, reason,
                                  outside ? rule->paused_days : 0, error);
}

static char *
detail_of(const struct apply_failure *failure)
{
    g_autoptr(json_t) detail = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:b, s:b}", "kind",
        automatic_rule_of(failure->kind)->name, "template", failure->template,
        "recipient", failure->recipient, "status", failure->status, "diagnostic",
        failure->diagnostic, "will_retry", (int)(failure->kind == AUTOMATIC_DELAYED),
        "complaint", (int)(failure->kind == AUTOMATIC_COMPLAINT));
    return json_dumps(detail, 0);
}

static bool
store_report(const struct desk_context *desk, const Ticket *ticket,
             const struct apply_failure *failure, struct uuid *ret_message,
             GError **error)
{
    return !failure->report
           || message_store(desk, ticket->id, failure->report, ret_message, error);
}

/* It wants an agent again: it had ended, or waits for an answer to what never arrived. */
static bool
reopen(const struct desk_context *desk, const Ticket *ticket, struct uuid message,
       GError **error)
{
    struct uuid event;
    bool waits = strcmp(ticket->status, "waiting_customer") == 0;
    return (!ticket->is_ended && !waits)
           || change_status(desk, ticket, "open", message, &event, error);
}

static bool
customer_mail_failed(const struct desk_context *desk, struct uuid conversation,
                     const struct apply_failure *failure, GError **error)
{
    static const char *const kinds[] = {
        [AUTOMATIC_DELIVERED] = "delivered", [AUTOMATIC_COMPLAINT] = "complaint"
    };
    const struct automatic_rule *rule = automatic_rule_of(failure->kind);
    struct uuid none = { { 0 } };
    struct change change = { .kind = "delivery_failed" };
    g_autoptr(Ticket) ticket = ticket_get(desk->tx, conversation, none, error);
    if (!ticket || !note_failure(desk, failure, true, error)
        || !store_report(desk, ticket, failure, &change.message, error))
        return false;

    g_autofree char *json = detail_of(failure);
    struct notify_about about = change_about(ticket, NOTIFY_DELIVERY_FAILED);
    about.detail = change.detail = json;
    about.from_machine = true;
    if (failure->kind < G_N_ELEMENTS(kinds) && kinds[failure->kind])
        change.kind = kinds[failure->kind];
    return change_record(desk, ticket->id, &change, &about.event_row, error)
           && (!rule->reopens || reopen(desk, ticket, change.message, error))
           && (!rule->told || notify(desk, &about, error));
}

static bool
notice_failed(const struct desk_context *desk, struct uuid conversation,
              const struct apply_failure *failure, GError **error)
{
    struct uuid event;
    if (!is_final(failure->kind))
        return true;

    g_autofree char *reason = reason_of(failure);
    g_autofree char *json = detail_of(failure);
    g_autofree char *text =
        g_strdup_printf("The notice \"%s\" for the agent %s could not be delivered: %s",
                        failure->template, failure->recipient, reason);
    g_autofree char *subject =
        g_strdup_printf("Mail to the agent %s is refused", failure->recipient);
    return apply_record(desk, conversation, "notice_failed", json, &event, error)
           && note_failure(desk, failure, false, error)
           && notify_alarm(desk, subject, text, error);
}

bool
apply_delivery_failed(const struct desk_context *desk, struct uuid conversation,
                      const struct apply_failure *failure, GError **error)
{
    if (uuid_is_nil(conversation))
        return true;
    return notify_is_outside(failure->role)
               ? customer_mail_failed(desk, conversation, failure, error)
               : notice_failed(desk, conversation, failure, error);
}
