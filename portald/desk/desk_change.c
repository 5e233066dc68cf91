/* desk_change: what agents' programs do to a ticket. */
#include <string.h>

#include "common/base/error.h"
#include "common/base/limits.h"
#include "portald/api/change.h"
#include "portald/desk/desk.h"
#include "portald/portal/tickets.h"

/* One change: the ticket is locked, and is what If-Match names. */
struct deed {
    const struct request *request;
    struct desk_context desk;
    Ticket *ticket;
    struct uuid shown; /* the ticket that the answer shows; at first this one */
    struct uuid made;  /* a new one that came of it, or nil */
};
typedef bool (*Deed)(struct deed *deed, GError **error);

/* --- what was handed in; its schema was looked at before ----------------------------- */

static json_t *
member(const struct deed *deed, const char *name)
{
    return json_object_get(deed->request->json, name);
}

static const char *
text_member(const struct deed *deed, const char *name)
{
    return json_string_value(member(deed, name));
}

static struct uuid
uuid_member(const struct deed *deed, const char *name)
{
    struct uuid id = { { 0 } };
    const char *text = text_member(deed, name);
    if (text)
        uuid_parse(slice_from(text), &id);
    return id;
}

/* NULL-terminated, borrowed texts; the list is the caller's (g_free). */
static const char **
list_member(const struct deed *deed, const char *name)
{
    const json_t *list = member(deed, name);
    const char **texts = g_new0(const char *, json_array_size(list) + 1);

    for (size_t i = 0; i < json_array_size(list); i++)
        texts[i] = json_string_value(json_array_get(list, i));
    return texts;
}

/* A ticket that the body names is a mistake in the body where it isn't there. */
static Ticket *
named_ticket(const struct deed *deed, const char *name, GError **error)
{
    g_autoptr(GError) problem = NULL;
    Ticket *ticket = ticket_get(deed->desk.tx, uuid_member(deed, name),
                                (struct uuid){ { 0 } }, &problem);

    if (error_is(problem, ERR_MISSING))
        error_set(error, ERR_CONFLICT, "\"%s\": there is no such ticket", name);
    else if (problem)
        g_propagate_error(error, g_steal_pointer(&problem));
    return ticket;
}

/* --- deeds ------------------------------------------------------------------------ */

static bool
say(struct deed *deed, enum apply_voice voice, GError **error)
{
    struct uuid message;
    g_autoptr(Handed) handed = handed_take(deed->request, deed->desk.tx, error);
    return handed
           && post_say(&deed->desk, deed->ticket->id, voice, &handed->words, &message,
                       error);
}

static bool
set_status(struct deed *deed, const char *status, GError **error)
{
    struct uuid none = { { 0 } };
    g_autoptr(Ticket) now = ticket_get(deed->desk.tx, deed->ticket->id, none, error);
    return now && apply_status(&deed->desk, now, status, none, error);
}

static bool
do_reply(struct deed *deed, GError **error)
{
    const char *status = text_member(deed, "status");
    return say(deed, VOICE_AGENT, error) && (!status || set_status(deed, status, error));
}

static bool
do_note(struct deed *deed, GError **error)
{
    return say(deed, VOICE_NOTE, error);
}

static bool
do_status(struct deed *deed, GError **error)
{
    return set_status(deed, text_member(deed, "status"), error);
}

static bool
do_priority(struct deed *deed, GError **error)
{
    return apply_priority(&deed->desk, deed->ticket, text_member(deed, "priority"),
                          error);
}

static bool
do_assign(struct deed *deed, GError **error)
{
    const char *owner = text_member(deed, "owner");
    struct uuid id =
        owner && strcmp(owner, "me") == 0 ? deed->desk.actor : uuid_member(deed, "owner");
    g_autoptr(GError) problem = NULL;

    if (!owner)
        return apply_assign(&deed->desk, deed->ticket, NULL, error);
    g_autoptr(Person) agent = person_get(deed->desk.tx, id, &problem);
    if (agent)
        return apply_assign(&deed->desk, deed->ticket, agent, error);
    if (error_is(problem, ERR_MISSING))
        return error_set(error, ERR_CONFLICT, "\"owner\": there is no such agent");
    g_propagate_error(error, g_steal_pointer(&problem));
    return false;
}

static bool
do_tags(struct deed *deed, GError **error)
{
    g_autofree const char **add = list_member(deed, "add");
    g_autofree const char **remove = list_member(deed, "remove");
    return apply_tags(&deed->desk, deed->ticket, add, remove, error);
}

static bool
do_merge(struct deed *deed, GError **error)
{
    g_autoptr(Ticket) into = named_ticket(deed, "into", error);

    if (!into || !apply_merge(&deed->desk, deed->ticket, into, error))
        return false;
    deed->shown = into->id;
    return true;
}

static bool
do_split(struct deed *deed, GError **error)
{
    const struct apply_splitting splitting = { .message = uuid_member(deed, "message"),
                                               .alone =
                                                   json_is_true(member(deed, "alone")),
                                               .subject = text_member(deed, "subject") };
    if (!apply_split(&deed->desk, deed->ticket, &splitting, &deed->made, error))
        return false;
    deed->shown = deed->made;
    return true;
}

static bool
do_link(struct deed *deed, GError **error)
{
    const char *kind = text_member(deed, "kind");
    g_autoptr(Ticket) to = named_ticket(deed, "to", error);
    return to
           && apply_link(&deed->desk, deed->ticket->id, to->id, kind ? kind : "related",
                         error);
}

/* --- one way for all of them --------------------------------------------------------- */

static bool
is_current(const struct deed *deed, GError **error)
{
    if (!change_is_conditional(deed->request))
        return true;
    g_autofree char *document = desk_document(deed->desk.tx, deed->ticket->id, error);
    return document && change_check(deed->request, document, error);
}

static Reply *
show(const struct deed *deed, GError **error)
{
    char id[UUID_TEXT_SIZE];
    g_autofree char *document = desk_document(deed->desk.tx, deed->shown, error);

    if (!document)
        return NULL;
    if (uuid_is_nil(deed->made))
        return reply_json(200, document);
    g_autofree char *path =
        g_strconcat("/api/v1/desk/tickets/", uuid_format(deed->made, id), NULL);
    Reply *reply = reply_json(201, document);
    reply_set(reply, "Location", path);
    return reply;
}

static Reply *
work(const struct request *request, DbTx *tx, void *data, GError **error)
{
    Deed *what = data;
    g_autoptr(Ticket) ticket =
        ticket_get(tx, desk_path_id(request), (struct uuid){ { 0 } }, error);
    if (!ticket)
        return NULL;
    struct deed deed = { .request = request,
                         .desk = request_desk(request, tx),
                         .ticket = ticket,
                         .shown = ticket->id };
    return is_current(&deed, error) && (*what)(&deed, error) ? show(&deed, error) : NULL;
}

/* What is said must say something; the others have no such member. */
static Reply *
check_words(const struct request *request, Deed deed)
{
    return deed == do_reply || deed == do_note ? handed_check_words(request) : NULL;
}

#define HANDLER(name)                                                                    \
    static Reply *name##_post(const struct request *request, GError **error)             \
    {                                                                                    \
        Deed deed = do_##name;                                                           \
        Reply *nothing = check_words(request, deed);                                     \
        return nothing ? nothing : change_run(request, work, &deed, error);              \
    }
HANDLER(reply)
HANDLER(note)
HANDLER(status)
HANDLER(priority)
HANDLER(assign)
HANDLER(tags)
HANDLER(merge)
HANDLER(split)
HANDLER(link)

/* --- routes ----------------------------------------------------------------------- */

#define OPERATION(name, id_, summary_, body_, status_, refused_)                         \
    static const struct operation name##_operation = {                                   \
        .id = id_,                                                                       \
        .summary = summary_,                                                             \
        .tag = "Desk",                                                                   \
        .body = body_,                                                                   \
        .answer = "DeskTicket",                                                          \
        .status = status_,                                                               \
        .if_match = true,                                                                \
        .refused = refused_,                                                             \
    }
OPERATION(reply, "replyToDeskTicket",
          "Answer the customer; it goes out by mail. The ticket then waits for them, or "
          "has the status that is named",
          "DeskReply", 200, "/uploads");
OPERATION(note, "noteOnDeskTicket", "Write to colleagues only", "DeskNote", 200,
          "/uploads");
OPERATION(status, "setDeskTicketStatus", "Give it another status", "DeskStatus", 200,
          "/status");
OPERATION(priority, "setDeskTicketPriority", "Give it another priority", "DeskPriority",
          200, "/priority");
OPERATION(assign, "assignDeskTicket", "Give it to an agent, to who asks, or to nobody",
          "DeskAssignment", 200, "/owner");
OPERATION(tags, "tagDeskTicket", "Put tags on and take tags off", "DeskTags", 200, NULL);
OPERATION(merge, "mergeDeskTicket",
          "Let it end in another ticket, which is the one that is answered with",
          "DeskMerge", 200, "/into");
OPERATION(split, "splitDeskTicket",
          "Make a message, and what was said after it, a ticket of its own", "DeskSplit",
          201, "/message");
OPERATION(link, "linkDeskTicket", "Say that it belongs together with another one",
          "DeskLink", 200, "/to");

#define TICKET "/api/v1/desk/tickets/{id:uuid}/"
#define WORDS LIMIT_HTTP_FORM_BYTES
#define SMALL LIMIT_SMALL_FORM_BYTES

static const struct route routes[] = {
    { HTTP_POST, TICKET "reply", WHO_AGENT, reply_post, WORDS, &reply_operation },
    { HTTP_POST, TICKET "notes", WHO_AGENT, note_post, WORDS, &note_operation },
    { HTTP_POST, TICKET "status", WHO_AGENT, status_post, SMALL, &status_operation },
    { HTTP_POST, TICKET "priority", WHO_AGENT, priority_post, SMALL,
      &priority_operation },
    { HTTP_POST, TICKET "assign", WHO_AGENT, assign_post, SMALL, &assign_operation },
    { HTTP_POST, TICKET "tags", WHO_AGENT, tags_post, SMALL, &tags_operation },
    { HTTP_POST, TICKET "merge", WHO_AGENT, merge_post, SMALL, &merge_operation },
    { HTTP_POST, TICKET "split", WHO_AGENT, split_post, SMALL, &split_operation },
    { HTTP_POST, TICKET "links", WHO_AGENT, link_post, SMALL, &link_operation },
};
const struct route_table desk_change_routes = { routes, G_N_ELEMENTS(routes) };
