/*
 * tickets_change: what a customer does to a ticket: reply, close, open again, rate, ask
 * for more speed. Each is a function over a locked ticket; page and API call the same one.
 */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "portald/api/change.h"
#include "portald/pages/frame.h"
#include "portald/pages/page.h"
#include "portald/portal/tickets.h"

/* --- one change ------------------------------------------------------------------- */

struct change {
    const struct request *request;
    /* What is done; `requester`: whether only the requester may. */
    bool (*make)(const struct change *change, const struct desk_context *desk,
                 const Ticket *ticket, GError **error);
    bool requester;
    bool is_conversation; /* the answer is a conversation */
    const char *done;     /* code of what the page says afterwards */
    const char *feature;  /* that has to be switched on; NULL: none */
    bool needs_words;
    /* what came of it */
    char *document;
    int64_t number;
};

/* As the client was sent it: the ticket, or the conversation. */
static char *
shown_document(const struct request *request, DbTx *tx, struct uuid conversation,
               bool is_conversation, GError **error)
{
    g_autofree char *ticket = ticket_document(request, tx, conversation, error);
    if (!ticket || !is_conversation)
        return g_steal_pointer(&ticket);
    return conversation_document(ticket);
}

bool
ticket_check(const struct request *request, DbTx *tx, struct uuid conversation,
             bool is_conversation, GError **error)
{
    if (!change_is_conditional(request))
        return true;
    g_autofree char *document =
        shown_document(request, tx, conversation, is_conversation, error);
    return document && change_check(request, document, error);
}

static bool
work(DbTx *tx, void *data, GError **error)
{
    struct change *change = data;
    const struct request *request = change->request;
    struct desk_context desk = request_desk(request, tx);
    struct ticket_found found;

    g_clear_pointer(&change->document, g_free);
    if (!ticket_find(request, tx, &found, error))
        return false;
    if (change->requester && !found.is_requester)
        return error_set(error, ERR_DENIED, "only who opened the ticket may do this");
    g_autoptr(Ticket) ticket =
        ticket_get(tx, found.conversation, request->caller.person, error);
    if (!ticket || !ticket_check(request, tx, ticket->id, change->is_conversation, error)
        || !change->make(change, &desk, ticket, error))
        return false;
    change->number = ticket->number;
    change->document =
        shown_document(request, tx, ticket->id, change->is_conversation, error);
    return change->document != NULL;
}

static bool
is_offered(const struct request *request, const struct change *change, GError **error)
{
    return (!change->feature || frame_check_feature(request, change->feature, error))
           && handed_check_files(request, error);
}

/* For the API: the ticket, or the conversation, as it is now. */
static Reply *
work_api(const struct request *request, DbTx *tx, void *data, GError **error)
{
    struct change *change = data;
    const struct operation *operation = request->route->operation;
    unsigned status = operation ? operation->status : 0; /* a link's route has none */
    bool made = work(tx, change, error);
    g_autofree char *document = g_steal_pointer(&change->document);

    return made ? reply_json(status ? status : 200, document) : NULL;
}

static Reply *
answer_api(const struct request *request, struct change change, GError **error)
{
    change.request = request;
    if (!is_offered(request, &change, error))
        return NULL;
    Reply *nothing = change.needs_words ? handed_check_words(request) : NULL;
    return nothing ? nothing : change_run(request, work_api, &change, error);
}

/* The page once more, with what was typed and why it was not taken. */
static Reply *
show_again(const struct request *request, const GError *failure, GError **error)
{
    struct ticket_found found;
    g_autoptr(DbTx) tx = request_begin(request, true, error);

    if (!tx || !ticket_find(request, tx, &found, error))
        return NULL;
    g_autofree char *document = ticket_document(request, tx, found.conversation, error);
    if (!document || !db_tx_commit(&tx, error))
        return NULL;
    Reply *reply =
        ticket_page(request, document, handed_text(request, "text"),
                    error_is(failure, ERR_CONFLICT)
                        ? text_of(request, "It changed meanwhile. Look before you go on.")
                        : text_of(request, "Please write something. Files must not be "
                                           "too many or too large."),
                    error);
    if (reply)
        reply->status = 422;
    return reply;
}

static Reply *
answer_page(const struct request *request, struct change change, GError **error)
{
    g_autoptr(GError) failure = NULL;

    change.request = request;
    if (!is_offered(request, &change, error))
        return NULL;
    bool made = request_transact(request, work, &change, &failure);
    g_free(change.document);
    if (!made && (error_is(failure, ERR_REJECT) || error_is(failure, ERR_CONFLICT)))
        return show_again(request, failure, error);
    if (!made) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return NULL;
    }
    g_autofree char *base = ticket_base(request, change.number);
    g_autofree char *path = g_strdup_printf("%s?done=%s", base, change.done);
    return reply_see_other(path);
}

/* --- what is done ----------------------------------------------------------------- */

/* Who answers by a link has read it; a page of who is signed in was noted when it was got. */
static bool
saw_by_link(const struct request *request, DbTx *tx, struct uuid conversation,
            GError **error)
{
    return request->caller.role != CALLER_LINK
           || ticket_mark_read(request, tx, conversation, clock_now_us(), error);
}

static bool
say(const struct change *change, const struct desk_context *desk, const Ticket *ticket,
    GError **error)
{
    struct uuid message;
    g_autoptr(Handed) handed = handed_take(change->request, desk->tx, error);

    if (!handed)
        return false;
    if (ticket->is_stale)
        return error_set(error, ERR_CONFLICT,
                         "this ticket was closed long ago: open a new one");
    return post_say(desk, ticket->id, VOICE_CUSTOMER, &handed->words, &message, error)
           && saw_by_link(change->request, desk->tx, ticket->id, error);
}

/* Words that may go along with another change. */
static bool
say_if_any(const struct change *change, const struct desk_context *desk,
           const Ticket *ticket, GError **error)
{
    const char *text = handed_text(change->request, "text");
    g_autofree char *trimmed = g_strstrip(g_strdup(text ? text : ""));
    return !*trimmed || say(change, desk, ticket, error);
}

/* What is said with it may have given it another status, so it is read again. */
static bool
close_it(const struct change *change, const struct desk_context *desk,
         const Ticket *ticket, GError **error)
{
    if (!say_if_any(change, desk, ticket, error))
        return false;
    g_autoptr(Ticket) now =
        ticket_get(desk->tx, ticket->id, change->request->caller.person, error);
    return now && apply_status(desk, now, "closed", (struct uuid){ { 0 } }, error);
}

static bool
reopen(const struct change *change, const struct desk_context *desk, const Ticket *ticket,
       GError **error)
{
    if (!apply_reopen(desk, ticket, error))
        return false;
    return say_if_any(change, desk, ticket, error);
}

static bool
rate(const struct change *change, const struct desk_context *desk, const Ticket *ticket,
     GError **error)
{
    const struct request *request = change->request;
    const char *text = handed_text(request, "rating");
    int64_t rating = text ? g_ascii_strtoll(text, NULL, 10) : 0;

    if (request->json)
        rating = json_integer_value(json_object_get(request->json, "rating"));
    return apply_rate(desk, ticket, rating, handed_text(request, "comment"), error);
}

static bool
escalate(const struct change *change, const struct desk_context *desk,
         const Ticket *ticket, GError **error)
{
    return apply_escalate(desk, ticket, handed_text(change->request, "reason"), error);
}

static const struct change replying = { .make = say,
                                        .done = "sent",
                                        .needs_words = true };
static const struct change closing = { .make = close_it,
                                       .requester = true,
                                       .done = "closed" };
static const struct change reopening = { .make = reopen, .done = "reopened" };
static const struct change rating = {
    .make = rate, .requester = true, .done = "rated", .feature = "rating"
};
static const struct change escalating = {
    .make = escalate, .requester = true, .done = "escalated", .feature = "escalation"
};

static Reply *
reply_page(const struct request *request, GError **error)
{
    return answer_page(request, replying, error);
}

static Reply *
close_page(const struct request *request, GError **error)
{
    return answer_page(request, closing, error);
}

static Reply *
reopen_page(const struct request *request, GError **error)
{
    return answer_page(request, reopening, error);
}

static Reply *
rate_page(const struct request *request, GError **error)
{
    return answer_page(request, rating, error);
}

static Reply *
escalate_page(const struct request *request, GError **error)
{
    return answer_page(request, escalating, error);
}

static Reply *
reply_api(const struct request *request, GError **error)
{
    return answer_api(request, replying, error);
}

static Reply *
close_api(const struct request *request, GError **error)
{
    return answer_api(request, closing, error);
}

static Reply *
reopen_api(const struct request *request, GError **error)
{
    return answer_api(request, reopening, error);
}

static Reply *
rate_api(const struct request *request, GError **error)
{
    return answer_api(request, rating, error);
}

static Reply *
escalate_api(const struct request *request, GError **error)
{
    return answer_api(request, escalating, error);
}

static Reply *
message_api(const struct request *request, GError **error)
{
    struct change change = replying;
    change.is_conversation = true;
    change.feature = "messages";
    return answer_api(request, change, error);
}

static const struct operation message_operation = {
    .id = "addMessage",
    .summary = "Write into a conversation",
    .tag = "Messages",
    .body = "Words",
    .refused = "/uploads",
    .answer = "Conversation",
    .status = 201,
    .if_match = true,
};
static const struct operation reply_operation = {
    .id = "replyToTicket",
    .summary = "Write into a ticket",
    .tag = "Tickets",
    .body = "Words",
    .refused = "/uploads",
    .answer = "Ticket",
    .status = 201,
    .if_match = true,
};
static const struct operation close_operation = {
    .id = "closeTicket",
    .summary = "Close a ticket; words and files may go along with it",
    .tag = "Tickets",
    .body = "Words",
    .refused = "/uploads",
    .body_optional = true,
    .answer = "Ticket",
    .if_match = true,
};
static const struct operation reopen_operation = {
    .id = "reopenTicket",
    .summary = "Open a ticket again; words and files may go along with it",
    .tag = "Tickets",
    .body = "Words",
    .refused = "/uploads",
    .body_optional = true,
    .answer = "Ticket",
    .if_match = true,
};
static const struct operation rate_operation = {
    .id = "rateTicket",
    .summary = "Say how it was solved",
    .tag = "Tickets",
    .body = "Rating",
    .refused = "/comment",
    .answer = "Ticket",
    .if_match = true,
};
static const struct operation escalate_operation = {
    .id = "escalateTicket",
    .summary = "Ask for a ticket to be looked at soon",
    .tag = "Tickets",
    .body = "Escalation",
    .refused = "/reason",
    .answer = "Ticket",
    .if_match = true,
};

#define POST_BYTES (LIMIT_POST_FILE_BYTES + LIMIT_HTTP_FORM_BYTES)
#define TICKET "/tickets/{number:int}"
#define API "/api/v1/portal/tickets/{id:uuid}"

static const struct route routes[] = {
    { HTTP_POST, TICKET "/reply", WHO_PERSON, reply_page, POST_BYTES, NULL },
    { HTTP_POST, TICKET "/close", WHO_PERSON, close_page, POST_BYTES, NULL },
    { HTTP_POST, TICKET "/reopen", WHO_PERSON, reopen_page, POST_BYTES, NULL },
    { HTTP_POST, TICKET "/rate", WHO_PERSON, rate_page, LIMIT_HTTP_FORM_BYTES, NULL },
    { HTTP_POST, TICKET "/escalate", WHO_PERSON, escalate_page, LIMIT_HTTP_FORM_BYTES,
      NULL },
    { HTTP_POST, "/t/{token}/reply", WHO_LINK, reply_page, POST_BYTES, NULL },
    { HTTP_POST, "/t/{token}/answers", WHO_LINK, reply_api, LIMIT_HTTP_FORM_BYTES, NULL },
    { HTTP_POST, "/t/{token}/rate", WHO_LINK, rate_page, LIMIT_HTTP_FORM_BYTES, NULL },
    { HTTP_POST, "/api/v1/portal/conversations/{id:uuid}/messages", WHO_PERSON,
      message_api, LIMIT_HTTP_FORM_BYTES, &message_operation },
    { HTTP_POST, API "/reply", WHO_PERSON, reply_api, LIMIT_HTTP_FORM_BYTES,
      &reply_operation },
    { HTTP_POST, API "/close", WHO_PERSON, close_api, LIMIT_HTTP_FORM_BYTES,
      &close_operation },
    { HTTP_POST, API "/reopen", WHO_PERSON, reopen_api, LIMIT_HTTP_FORM_BYTES,
      &reopen_operation },
    { HTTP_POST, API "/rate", WHO_PERSON, rate_api, LIMIT_HTTP_FORM_BYTES,
      &rate_operation },
    { HTTP_POST, API "/escalate", WHO_PERSON, escalate_api, LIMIT_HTTP_FORM_BYTES,
      &escalate_operation },
};
const struct route_table tickets_change_routes = { routes, G_N_ELEMENTS(routes) };
