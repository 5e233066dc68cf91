#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/mail/reply.h"
#include "common/store/statements.h"
#include "maild/ingest/command.h"
#include "maild/ingest/facts.h"
#include "maild/ingest/join.h"
#include "maild/ingest/order.h"
#include "maild/ingest/roads.h"

/* --- whose mail is it ------------------------------------------------------------- */

/* The agent who speaks, or whom From names without proof; NULL: it is no agent's mail. */
static const Person *
agent_of(const Reading *r)
{
    const struct thread_sender *s = &r->facts.sender;
    if (r->decision.speaker == SPEAKER_AGENT)
        return s->has_token && s->of_agent && (s->is_holder || s->is_missing) ? r->holder
                                                                              : r->sender;
    return r->sender && r->sender->is_agent ? r->sender : NULL;
}

/* The ticket an agent's mail points to; NULL where it is none of an agent's business: the
   mail points nowhere, or it is a ticket that the agent is a customer of. */
static bool
find_ticket(const Reading *r, const Person *agent, Ticket **ret_ticket, GError **error)
{
    *ret_ticket = NULL;
    if (r->decision.outcome == THREAD_NEW)
        return true;
    g_autoptr(Ticket) ticket =
        ticket_get(r->desk.tx, facts_decisive(r)->conversation, agent->id, error);
    if (!ticket)
        return false;
    if (!ticket->takes_part)
        *ret_ticket = g_steal_pointer(&ticket);
    return true;
}

/* --- answers to the agent --------------------------------------------------------- */

static bool
tell_agent(const Reading *r, const Ticket *ticket, const Person *agent,
           const char *template, struct uuid event, json_t *detail, GError **error)
{
    g_autofree char *json = json_dumps(detail, 0);
    struct notify_about about = {
        .conversation = ticket->id,
        .event_row = event,
        .queue_address = ticket->queue_address,
        .subject = ticket->subject,
        .detail = json,
    };
    return notify_person(&r->desk, &about, template, agent->id, agent->address, error);
}

/* Nothing proves that the agent wrote this: it is kept, not obeyed, and the agent asked. */
static bool
refuse(Reading *r, const Ticket *ticket, GError **error)
{
    struct uuid event;
    const char *reason = r->has_capability && !r->facts.sender.has_token
                             ? "its reply address has expired or was taken back"
                             : "it did not come to a reply address that was made for you";
    g_autoptr(json_t) detail =
        json_pack("{s:s, s:s}", "subject", r->mail->subject, "reason", reason);
    g_autofree char *json = json_dumps(detail, 0);

    r->reason = "an agent's address without proof that the agent wrote it";
    return apply_record(&r->desk, ticket->id, "refused", json, &event, error)
           && (r->mail->automatic != MAIL_AUTO_NONE
               || tell_agent(r, ticket, r->sender, "refused", event, detail, error));
}

/* --- the words -------------------------------------------------------------------- */

/* The text of the notice that is answered, as it was sent; "" when it is no longer kept. */
static char *
notice_text(const Reading *r, GError **error)
{
    g_autoptr(DbRows) rows = db_query(r->desk.tx, SQL_NOTIFY_NOTICE_BYTES, error,
                                      db_uuid(r->capability.capability.id));
    if (!rows)
        return NULL;
    if (!r->has_capability || db_rows_count(rows) == 0)
        return g_strdup("");
    g_autoptr(Mail) notice = mail_parse(db_get_bytes(rows, 0, 0), NULL, error);
    return notice ? g_strdup(notice->text) : NULL;
}

/* Our notices begin with the line that says how to answer; where it stands quoted, all
   that follows is the notice's. */
static struct slice
first_line(const char *text)
{
    struct slice rest = slice_from(text), line = { NULL, 0 };
    while (slice_next_line(&rest, &line))
        if (slice_trim(line).n)
            return slice_trim(line);
    return (struct slice){ NULL, 0 };
}

/* What of the mail may go to the customer: nothing of the notice, no internal note, no
   signature. */
static char *
own_words(const Reading *r, const Ticket *ticket, bool *ret_left_out, GError **error)
{
    g_autofree char *notice = notice_text(r, error);
    g_autoptr(DbRows) texts =
        notice ? db_query(r->desk.tx, SQL_MESSAGE_TEXTS, error, db_uuid(ticket->id))
               : NULL;
    if (!texts)
        return NULL;

    size_t n = db_rows_count(texts), n_customer = 0;
    g_autofree struct slice *known = g_new0(struct slice, n + 1);
    g_autofree struct slice *customer = g_new0(struct slice, n + 1);
    for (size_t i = 0; i < n; i++) {
        known[i] = slice_from(db_get_text(texts, i, 0));
        if (db_get_bool(texts, i, 1))
            customer[n_customer++] = known[i];
    }
    known[n] = slice_from(notice);

    struct reply_agent_input in = {
        .mail = { .text = slice_from(r->mail->text),
                  .subject = slice_from(r->mail->subject),
                  .known = known,
                  .n_known = n + 1 },
        .marker = first_line(notice),
        .customer = customer,
        .n_customer = n_customer,
    };
    g_auto(ReplySplit) split = reply_split_agent(&in, ret_left_out);
    return g_steal_pointer(&split.reply);
}

/* --- doing it --------------------------------------------------------------------- */

/* Some clients attach a mail as a file of bytes and only its name tells. */
static bool
may_be_mail(const struct mail_part *part)
{
    g_autofree char *name = g_ascii_strdown(part->name, -1);
    return !part->is_body
           && (strcmp(part->content_type, "message/rfc822") == 0
               || g_str_has_suffix(name, ".eml"));
}

/* Whether this part is a mail that we sent to an agent: it carries notes, and the address
   that speaks as that agent. */
static bool
is_notice(const Reading *r, const struct mail_part *part, bool *ret_is, GError **error)
{
    *ret_is = false;
    if (!may_be_mail(part))
        return true;
    g_autoptr(GBytes) content = mail_part_decode(r->inbound->raw, part, error);
    if (!content)
        return false;
    struct slice raw = { g_bytes_get_data(content, NULL), g_bytes_get_size(content) };
    g_autoptr(Mail) mail = mail_parse(raw, NULL, error);
    if (!mail)
        return false;
    const char *const ids[] = { mail->message_id, NULL };
    g_autoptr(DbRows) rows =
        db_query(r->desk.tx, SQL_NOTIFY_OUTBOX_OF_MESSAGE_ID, error, db_text_array(ids));
    if (!rows)
        return false;
    *ret_is = db_rows_count(rows) > 0 && !notify_is_outside(db_get_text(rows, 0, 3));
    return true;
}

/* Some clients attach what they answer. Our notices stay in the raw mail, as its quotes
   do, and are no attachments that would be passed on. */
static bool
leave_out_notices(const Reading *r, bool *ret_any, GError **error)
{
    bool any = false;
    for (guint i = 0; i < r->mail->parts->len; i++) {
        struct mail_part *part = r->mail->parts->pdata[i];
        bool is = false;
        if (!is_notice(r, part, &is, error))
            return false;
        part->is_body |= is;
        any |= is;
    }
    *ret_any = any;
    return true;
}

static bool
has_attachment(const Mail *mail)
{
    for (guint i = 0; i < mail->parts->len; i++) {
        const struct mail_part *part = mail->parts->pdata[i];
        if (!part->is_body && !part->is_inline)
            return true;
    }
    return false;
}

static bool
say(const Reading *r, const Ticket *ticket, const Person *agent, const char *text,
    enum apply_voice voice, struct uuid *ret_message, GError **error)
{
    g_autofree char *evidence = facts_evidence(r);
    struct apply_message message = {
        .voice = voice,
        .inbound = r->inbound->id,
        .mail = r->mail,
        .author = agent,
        .text = text,
        .evidence = evidence,
        .crypto = r->crypto,
        .received_at = r->inbound->received_at,
    };
    return (voice == VOICE_NOTE || join_others(r, ticket->id, agent, error))
           && apply_say(&r->desk, ticket, &message, ret_message, error);
}

/* Why a command can't be obeyed; NULL: it is not the one. */
static char *
why_not(const struct command *c)
{
    return c->verb != COMMAND_UNKNOWN
               ? g_strdup("understood, but held back because of the others")
               : g_strdup_printf("no such command. There are: %s", commands_help());
}

/* All or nothing: one that can't be obeyed holds back the others, and the words. */
static bool
check_all(const struct order *order, const Commands *commands, bool *ret_may,
          GError **error)
{
    g_autoptr(json_t) found = json_array();
    bool may = !commands->has_unknown;

    for (guint i = 0; i < commands->list->len; i++) {
        const struct command *c = &g_array_index(commands->list, struct command, i);
        g_autofree char *why = NULL;
        if (!order_check(order, c, &why, error))
            return false;
        may = may && !why;
        g_autofree char *text = why ? g_strdup(why) : why_not(c);
        order_result(found, c->line, false, text);
    }
    if (!may)
        json_array_extend(order->results, found);
    *ret_may = may;
    return true;
}

static const struct command *
find_split(const Commands *commands)
{
    for (guint i = 0; i < commands->list->len; i++) {
        const struct command *c = &g_array_index(commands->list, struct command, i);
        if (c->verb == COMMAND_SPLIT || c->verb == COMMAND_SPLIT_ONE)
            return c;
    }
    return NULL;
}

/* A split comes first: the words answer the message that is split off. *ret_done is false
   when it could not be done; then nothing else is. */
static bool
split_first(struct order *order, const Commands *commands, bool *ret_done, GError **error)
{
    const struct command *split = find_split(commands);
    *ret_done = true;
    return !split || order_run(order, split, ret_done, error);
}

static bool
run_all(struct order *order, const Commands *commands, GError **error)
{
    const struct command *split = find_split(commands);
    bool done;
    for (guint i = 0; i < commands->list->len; i++) {
        const struct command *c = &g_array_index(commands->list, struct command, i);
        if (c != split && c->verb != COMMAND_NOTE && !order_run(order, c, &done, error))
            return false;
    }
    return true;
}

static bool
do_all(struct order *order, const Commands *commands, GError **error)
{
    const Reading *r = order->reading;
    struct uuid none = { { 0 } };
    bool speaks = *commands->text || has_attachment(r->mail), may = false;
    bool sealed = r->encrypted && !r->desk.config->carry_decrypted;

    if (!split_first(order, commands, &may, error))
        return false;
    if (!may)
        return true;
    g_autoptr(Ticket) ticket = ticket_get(r->desk.tx, order->ticket, none, error);
    if (!ticket
        || (speaks
            && !say(r, ticket, order->agent, commands->text,
                    commands->has_note || sealed ? VOICE_NOTE : VOICE_AGENT,
                    &order->message, error)))
        return false;
    if (sealed && speaks && !commands->has_note)
        order_result(order->results, "your answer", false,
                     "it came encrypted and would leave in clear: it is kept as a note");
    if (commands->has_note)
        order_result(order->results, "#note", speaks,
                     speaks ? "kept for your colleagues" : "there were no words to note");
    if (!speaks && commands->list->len == 0)
        order_result(order->results, "your answer", false,
                     "it had no words of its own, so nothing was sent");
    return run_all(order, commands, error);
}

/* Tell the agent what was done, on the ticket as it is now. */
static bool
transcribe(const struct order *order, bool refused, GError **error)
{
    struct uuid event, none = { { 0 } };
    const Reading *r = order->reading;
    if (json_array_size(order->results) == 0)
        return true;
    g_autoptr(Ticket) ticket = ticket_get(r->desk.tx, order->ticket, none, error);
    g_autoptr(json_t) detail =
        json_pack("{s:b, s:O}", "refused", (int)refused, "results", order->results);
    return ticket && apply_record(&r->desk, ticket->id, "commands", NULL, &event, error)
           && tell_agent(r, ticket, order->agent, "transcript", event, detail, error);
}

static bool
obey(Reading *r, const Ticket *ticket, const Person *agent, GError **error)
{
    bool left_out = false, attached_notice = false, may = false;
    g_autofree char *words = own_words(r, ticket, &left_out, error);
    if (!words || !leave_out_notices(r, &attached_notice, error))
        return false;

    g_autoptr(Commands) commands = commands_read(slice_from(words));
    g_autoptr(json_t) results = json_array();
    struct order order = {
        .reading = r, .agent = agent, .ticket = ticket->id, .results = results
    };
    if (!check_all(&order, commands, &may, error)
        || (may && !do_all(&order, commands, error)))
        return false;
    if (left_out && may)
        order_result(
            results, "your answer", true,
            "lines below our own could not be told from the notice and were left "
            "out; write above it");
    if (attached_notice && may)
        order_result(results, "your answer", true,
                     "our notice, which was attached to it, was left out");
    return transcribe(&order, !may, error);
}

bool
road_agent(Reading *r, bool *ret_taken, enum ingest_result *ret_result, GError **error)
{
    g_autoptr(Ticket) ticket = NULL;
    const Person *agent = agent_of(r);

    *ret_taken = false;
    if (!agent)
        return true;
    if (!find_ticket(r, agent, &ticket, error))
        return false;
    if (!ticket)
        return true;

    *ret_taken = true;
    *ret_result = INGEST_APPLIED;
    if (r->decision.speaker != SPEAKER_AGENT) {
        *ret_result = INGEST_IGNORED;
        return refuse(r, ticket, error);
    }
    if (r->mail->automatic != MAIL_AUTO_NONE) {
        r->reason = "an automatic mail of an agent";
        *ret_result = INGEST_IGNORED;
        return true;
    }
    r->desk.actor = agent->id;
    return obey(r, ticket, agent, error);
}
