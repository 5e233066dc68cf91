#include "maild/ingest/order.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/store/statements.h"

void
order_result(json_t *results, const char *command, bool done, const char *text)
{
    json_array_append_new(results, json_pack("{s:s, s:b, s:s}", "command", command,
                                             "done", (int)done, "text", text));
}

/* --- what its words name ---------------------------------------------------------- */

/* The agent of "#assign"; *ret_agent is NULL for "nobody". */
static bool
find_agent(const struct order *o, const char *words, Person **ret_agent, GError **error)
{
    *ret_agent = NULL;
    if (g_ascii_strcasecmp(words, "nobody") == 0)
        return true;
    if (g_ascii_strcasecmp(words, "me") == 0)
        *ret_agent = person_get(o->reading->desk.tx, o->agent->id, error);
    else
        *ret_agent = person_find_agent(o->reading->desk.tx, words, error);
    return *ret_agent != NULL;
}

static Ticket *
find_other(const struct order *o, const char *words, GError **error)
{
    int64_t number = 0;
    struct uuid none = { { 0 } };
    command_number(words, &number); /* it is one: command.c looked */
    g_autoptr(DbRows) rows =
        db_query(o->reading->desk.tx, SQL_CONVERSATION_OF_NUMBER, error, db_int(number));
    if (!rows)
        return NULL;
    if (db_rows_count(rows) == 0) {
        error_set(error, ERR_MISSING, "there is no ticket #%" G_GINT64_FORMAT, number);
        return NULL;
    }
    g_autoptr(Ticket) other =
        ticket_get(o->reading->desk.tx, db_get_uuid(rows, 0, 0), none, error);
    if (other && uuid_equal(other->id, o->ticket)) {
        error_set(error, ERR_CONFLICT, "#%" G_GINT64_FORMAT " is this very ticket",
                  number);
        return NULL;
    }
    return g_steal_pointer(&other);
}

/* The message of the ticket that the agent answers: what the notice carried that the reply
   address is of, else what the mail names. ERR_MISSING. */
static bool
find_message(const struct order *o, struct uuid *ret_message, GError **error)
{
    const Reading *r = o->reading;
    g_autoptr(DbRows) rows = NULL;
    if (r->has_capability)
        rows = db_query(r->desk.tx, SQL_MOVE_MESSAGE_OF_CAPABILITY, error,
                        db_uuid(r->capability.capability.id));
    else
        rows = db_query(r->desk.tx, SQL_MOVE_MESSAGE_OF_IDS, error,
                        db_text_array((const char *const *)r->mail->in_reply_to),
                        db_uuid(o->ticket));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0)
        return error_set(error, ERR_MISSING,
                         "it answers no message of the ticket: answer the notice of the "
                         "one where the new ticket shall begin");
    *ret_message = db_get_uuid(rows, 0, 0);
    return true;
}

/* "vip, -old" in two lists; words of #untag are all taken off. */
static void
read_tags(const struct command *command, GPtrArray *add, GPtrArray *remove)
{
    g_auto(GStrv) words = g_strsplit_set(command->words, " ,\t", -1);
    for (char **word = words; *word; word++) {
        const char *tag = *word + strspn(*word, "+-#");
        if (!*tag)
            continue;
        bool off = command->verb == COMMAND_UNTAG || **word == '-';
        g_ptr_array_add(off ? remove : add, g_strdup(tag));
    }
    g_ptr_array_add(add, NULL);
    g_ptr_array_add(remove, NULL);
}

/* --- checking --------------------------------------------------------------------- */

static bool
look(const struct order *o, const struct command *command, GError **error)
{
    static const char *const priorities[] = { "low", "normal", "high", "urgent", NULL };
    g_autoptr(Person) agent = NULL;
    g_autoptr(Ticket) other = NULL;
    struct uuid message;

    switch (command->verb) {
    case COMMAND_ASSIGN:
        return find_agent(o, command->words, &agent, error);
    case COMMAND_PRIORITY:
        return g_strv_contains(priorities, command->words)
               || error_set(error, ERR_REJECT,
                            "a priority is low, normal, high or urgent");
    case COMMAND_LINK:
    case COMMAND_MERGE:
        other = find_other(o, command->words, error);
        return other != NULL;
    case COMMAND_SPLIT:
    case COMMAND_SPLIT_ONE:
        return find_message(o, &message, error);
    default:
        return true;
    }
}

/* What the agent can mend; everything else is the database's. */
static bool
is_answer(const GError *error)
{
    return error_is(error, ERR_MISSING) || error_is(error, ERR_CONFLICT)
           || error_is(error, ERR_REJECT);
}

bool
order_check(const struct order *order, const struct command *command, char **ret_why,
            GError **error)
{
    g_autoptr(GError) failure = NULL;
    *ret_why = NULL;
    if (look(order, command, &failure))
        return true;
    if (!is_answer(failure)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    *ret_why = g_strdup(failure->message);
    return true;
}

/* --- obeying. Each gives the line of the transcript, or NULL and error. ------------ */

#define NUMBER "#%" G_GINT64_FORMAT

static char *
set_status(const struct order *o, const Ticket *ticket, const struct command *command,
           GError **error)
{
    static const char *const statuses[] = {
        [COMMAND_CLOSE] = "closed",
        [COMMAND_RESOLVE] = "resolved",
        [COMMAND_OPEN] = "open",
    };
    const char *status = statuses[command->verb];
    return apply_status(&o->reading->desk, ticket, status, o->message, error)
               ? g_strdup_printf(NUMBER " is %s", ticket->number, status)
               : NULL;
}

static char *
assign(const struct order *o, const Ticket *ticket, const struct command *command,
       GError **error)
{
    g_autoptr(Person) agent = NULL;
    if (!find_agent(o, command->words, &agent, error)
        || !apply_assign(&o->reading->desk, ticket, agent, error))
        return NULL;
    const char *name = !agent ? "nobody" : *agent->name ? agent->name : agent->address;
    return g_strdup_printf(NUMBER " belongs to %s", ticket->number, name);
}

static char *
set_priority(const struct order *o, const Ticket *ticket, const struct command *command,
             GError **error)
{
    return apply_priority(&o->reading->desk, ticket, command->words, error)
               ? g_strdup_printf(NUMBER " has priority %s", ticket->number,
                                 command->words)
               : NULL;
}

static char *
set_tags(const struct order *o, const Ticket *ticket, const struct command *command,
         GError **error)
{
    g_autoptr(GPtrArray) add = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) remove = g_ptr_array_new_with_free_func(g_free);
    struct uuid none = { { 0 } };

    read_tags(command, add, remove);
    if (!apply_tags(&o->reading->desk, ticket, (const char *const *)add->pdata,
                    (const char *const *)remove->pdata, error))
        return NULL;
    g_autoptr(Ticket) now = ticket_get(o->reading->desk.tx, ticket->id, none, error);
    if (!now)
        return NULL;
    g_autofree char *tags = g_strjoinv(", ", now->tags);
    return *tags ? g_strdup_printf(NUMBER " has the tags %s", now->number, tags)
                 : g_strdup_printf(NUMBER " has no tags", now->number);
}

static char *
link_to(const struct order *o, const Ticket *ticket, const struct command *command,
        GError **error)
{
    g_autoptr(Ticket) other = find_other(o, command->words, error);
    return other && apply_link(&o->reading->desk, ticket->id, other->id, "related", error)
               ? g_strdup_printf(NUMBER " is linked to " NUMBER, ticket->number,
                                 other->number)
               : NULL;
}

static char *
merge(struct order *o, const Ticket *ticket, const struct command *command,
      GError **error)
{
    g_autoptr(Ticket) other = find_other(o, command->words, error);
    if (!other || !apply_merge(&o->reading->desk, ticket, other, error))
        return NULL;
    o->ticket = other->id;
    return g_strdup_printf(NUMBER " was merged into " NUMBER, ticket->number,
                           other->number);
}

static char *
split(struct order *o, const Ticket *ticket, const struct command *command,
      GError **error)
{
    struct uuid id, none = { { 0 } };
    struct apply_splitting splitting = {
        .alone = command->verb == COMMAND_SPLIT_ONE,
        .subject = command->words,
    };
    if (!find_message(o, &splitting.message, error)
        || !apply_split(&o->reading->desk, ticket, &splitting, &id, error))
        return NULL;
    o->ticket = id;
    g_autoptr(Ticket) new = ticket_get(o->reading->desk.tx, id, none, error);
    return new ? g_strdup_printf(NUMBER " was split off " NUMBER, new->number,
                                 ticket->number)
               : NULL;
}

static char *
run(struct order *o, const Ticket *ticket, const struct command *command, GError **error)
{
    switch (command->verb) {
    case COMMAND_CLOSE:
    case COMMAND_RESOLVE:
    case COMMAND_OPEN:
        return set_status(o, ticket, command, error);
    case COMMAND_ASSIGN:
        return assign(o, ticket, command, error);
    case COMMAND_PRIORITY:
        return set_priority(o, ticket, command, error);
    case COMMAND_TAG:
    case COMMAND_UNTAG:
        return set_tags(o, ticket, command, error);
    case COMMAND_LINK:
        return link_to(o, ticket, command, error);
    case COMMAND_MERGE:
        return merge(o, ticket, command, error);
    case COMMAND_SPLIT:
    case COMMAND_SPLIT_ONE:
        return split(o, ticket, command, error);
    case COMMAND_NOTE:
    case COMMAND_UNKNOWN:
        break;
    }
    error_set(error, ERR_BUG, "command %d is not run", (int)command->verb);
    return NULL;
}

bool
order_run(struct order *order, const struct command *command, bool *ret_done,
          GError **error)
{
    struct uuid none = { { 0 } };
    g_autoptr(GError) failure = NULL;
    g_autoptr(Ticket) ticket =
        ticket_get(order->reading->desk.tx, order->ticket, none, error);
    if (!ticket)
        return false;
    g_autofree char *text = run(order, ticket, command, &failure);
    if (!text && !is_answer(failure)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    order_result(order->results, command->line, text != NULL,
                 text ? text : failure->message);
    *ret_done = text != NULL;
    return true;
}
