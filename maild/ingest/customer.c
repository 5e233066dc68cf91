#include <string.h>

#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/mail/meaning.h"
#include "maild/ingest/facts.h"
#include "maild/ingest/join.h"
#include "maild/ingest/known.h"
#include "maild/ingest/roads.h"

char *
customer_words(const Reading *r, struct uuid conversation, GError **error)
{
    g_auto(Known) known = { NULL, NULL, NULL };
    if (!known_read(r, conversation, &known, error))
        return NULL;
    g_auto(ReplySplit) split = mail_split(
        r->mail, (const struct slice *)(void *)known.texts->data, known.texts->len);
    return g_steal_pointer(&split.reply);
}

/* --- the two ends ----------------------------------------------------------------- */

static bool
open_ticket(Reading *r, struct uuid *ret_conversation, GError **error)
{
    const Mail *mail = r->mail;
    struct apply_opening opening = {
        .channel = "mail",
        .source = "email",
        .queue = g_array_index(r->queues, struct uuid, 0),
        .requester = r->sender,
        .subject = *mail->subject ? mail->subject : "(no subject)",
        .thread_index = mail->thread_index,
        .thread_topic = mail->thread_topic,
        .evidence = "wrote the first mail",
    };
    const struct thread_candidate *other = facts_decisive(r);
    struct uuid conversation;

    if (!apply_open(&r->desk, &opening, &conversation, error))
        return false;
    if (other
        && !apply_link(&r->desk, conversation, other->conversation,
                       r->decision.outcome == THREAD_FOLLOW_UP ? "follow_up" : "related",
                       error))
        return false;
    *ret_conversation = conversation;
    return true;
}

/* Its main queue is the ticket's or the first it came to; the others are added, and their
   teams told, after the message is there to be told of. */
static bool
add_queues(const Reading *r, const Ticket *ticket, GError **error)
{
    for (guint i = 0; i < r->queues->len; i++)
        if (!apply_add_queue(&r->desk, ticket, g_array_index(r->queues, struct uuid, i),
                             error))
            return false;
    return true;
}

static bool
say(const Reading *r, struct uuid conversation, enum apply_voice voice, GError **error)
{
    const struct automatic_rule *rule = automatic_rule_of(r->kind);
    struct uuid none = { { 0 } }, message;
    g_autoptr(Ticket) ticket = ticket_get(r->desk.tx, conversation, none, error);
    g_autofree char *words = ticket ? customer_words(r, conversation, error) : NULL;
    if (!words)
        return false;

    g_autofree char *evidence = facts_evidence(r);
    struct apply_message new_message = {
        .voice = voice,
        .inbound = r->inbound->id,
        .mail = r->mail,
        .author = r->sender,
        .text = words,
        .evidence = evidence,
        .crypto = r->crypto,
        .received_at = r->inbound->received_at,
        .quiet = facts_is_disowned(r) || facts_is_own(r, r->sender->address)
                 || r->kind != AUTOMATIC_PERSON,
        .internal = voice == VOICE_CUSTOMER && rule->internal,
        .inert = !rule->reopens,
        .machine_reply = voice == VOICE_CUSTOMER && !rule->told,
    };
    return apply_say(&r->desk, ticket, &new_message, &message, error)
           && add_queues(r, ticket, error);
}

bool
road_customer(Reading *r, enum ingest_result *ret_result, GError **error)
{
    struct uuid conversation = { { 0 } };
    bool joins = r->decision.outcome == THREAD_JOIN;

    if (!r->sender) {
        r->reason = "its From names nobody who could be answered";
        *ret_result = INGEST_IGNORED;
        return true;
    }
    r->desk.actor = r->sender->id;
    facts_find_kind(r);
    if (!joins && !automatic_rule_of(r->kind)->opens) {
        r->reason = "a receipt of no mail of ours";
        *ret_result = INGEST_IGNORED;
        return true;
    }
    if (joins)
        conversation = facts_decisive(r)->conversation;
    else if (!open_ticket(r, &conversation, error))
        return false;

    if (joins && r->decision.newcomer && automatic_rule_of(r->kind)->brings
        && !apply_join(&r->desk, conversation, r->sender, "cc",
                       thread_proof_name(facts_decisive(r)->proof), error))
        return false;
    if (!join_others(r, conversation, r->sender, error)
        || !say(r, conversation, joins ? VOICE_CUSTOMER : VOICE_CUSTOMER_OPENS, error))
        return false;
    *ret_result = INGEST_APPLIED;
    return true;
}
