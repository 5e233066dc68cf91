#include "maild/ingest/facts.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/mail/address.h"
#include "common/mail/meaning.h"
#include "common/store/statements.h"

void
reading_clear(Reading *reading)
{
    inbound_free(reading->inbound);
    g_strfreev(reading->own_addresses);
    mail_free(reading->mail);
    g_free(reading->crypto);
    if (reading->queues)
        g_array_unref(reading->queues);
    person_free(reading->sender);
    person_free(reading->claimed);
    person_free(reading->holder);
}

/* --- queues ----------------------------------------------------------------------- */

static void
add_queue(GArray *queues, struct uuid queue)
{
    for (guint i = 0; i < queues->len; i++)
        if (uuid_equal(g_array_index(queues, struct uuid, i), queue))
            return;
    g_array_append_val(queues, queue);
}

/* "queue@domain" of "queue+anything@domain"; the address itself where there is no "+". */
static char *
without_extension(const char *address)
{
    const char *at = strrchr(address, '@'), *plus = strchr(address, '+');
    return at && plus && plus < at
               ? g_strdup_printf("%.*s%s", (int)(plus - address), address, at)
               : g_strdup(address);
}

static void
add_queue_of(Reading *r, const DbRows *own, const char *recipient)
{
    g_autofree char *base = without_extension(recipient);
    for (size_t i = 0; i < db_rows_count(own); i++)
        if (strcmp(db_get_text(own, i, 0), recipient) == 0
            || strcmp(db_get_text(own, i, 0), base) == 0)
            add_queue(r->queues, db_get_uuid(own, i, 1));
}

/* What the door knew and the list of addresses does not say: postmaster. */
static bool
route_queues(Reading *r, GError **error)
{
    struct uuid tenant = db_tx_tenant(r->desk.tx);
    g_autoptr(DbRows) routes =
        db_query(r->desk.tx, SQL_ROUTE_ADDRESSES, error,
                 db_text_array((const char *const *)r->inbound->recipients));
    if (!routes)
        return false;
    for (size_t i = 0; i < db_rows_count(routes); i++)
        if (uuid_equal(db_get_uuid(routes, i, 1), tenant))
            add_queue(r->queues, db_get_uuid(routes, i, 2));
    return r->queues->len > 0
           || error_set(error, ERR_REJECT,
                        "none of its recipients is a queue's address any more");
}

bool
facts_find_queues(Reading *r, GError **error)
{
    g_autoptr(DbRows) own = db_query(r->desk.tx, SQL_QUEUE_ADDRESSES_LIST, error);
    if (!own)
        return false;

    g_autoptr(GPtrArray) addresses = g_ptr_array_new();
    for (size_t i = 0; i < db_rows_count(own); i++)
        g_ptr_array_add(addresses, g_strdup(db_get_text(own, i, 0)));
    g_ptr_array_add(addresses, NULL);
    r->own_addresses = (char **)g_ptr_array_steal(addresses, NULL);

    r->queues = g_array_new(FALSE, FALSE, sizeof(struct uuid));
    for (char **recipient = r->inbound->recipients; *recipient; recipient++)
        add_queue_of(r, own, *recipient);
    return r->queues->len > 0 || route_queues(r, error);
}

bool
facts_is_own(const Reading *r, const char *address)
{
    g_autofree char *base = without_extension(address);
    return g_strv_contains((const char *const *)r->own_addresses, base)
           || g_strv_contains((const char *const *)r->own_addresses, address);
}

bool
facts_is_ours(const Reading *r, bool *ret_is_ours, GError **error)
{
    g_autoptr(DbRows) rows =
        db_query(r->desk.tx, SQL_NOTIFY_IS_SENT, error, db_text(r->mail->message_id));
    if (!rows)
        return false;
    *ret_is_ours = db_rows_count(rows) > 0;
    return true;
}

/* --- sender ----------------------------------------------------------------------- */

bool
facts_lock_thread(const Reading *r, GError **error)
{
    g_autoptr(GPtrArray) ids = mail_named_ids(r->mail);
    g_ptr_array_insert(ids, 0, r->mail->message_id);

    g_autoptr(DbRows) locked = db_query(r->desk.tx, SQL_CONVERSATION_LOCK_IDS, error,
                                        db_text_array((const char *const *)ids->pdata));
    return locked != NULL;
}

static bool
try_token(Reading *r, const char *address, GError **error)
{
    struct capability_keys keys = capability_keys_of(r->desk.config);
    struct capability_found found;
    g_autoptr(GError) failure = NULL;
    struct slice token;

    if (r->has_capability || !capability_token_in(address, &token))
        return true;
    if (capability_find(r->desk.tx, &keys, token, &found, &failure)
        && found.capability.kind == CAPABILITY_REPLY) {
        r->has_capability = true;
        r->capability = found;
    }
    if (failure)
        g_propagate_error(error, g_steal_pointer(&failure));
    return !(error && *error);
}

static bool
try_tokens_of(Reading *r, const GPtrArray *list, GError **error)
{
    for (guint i = 0; i < list->len; i++) {
        const struct mail_address *address = list->pdata[i];
        if (!try_token(r, address->address, error))
            return false;
    }
    return true;
}

/* Whoever From names. A no-reply address, or one of the desk's own, with a Reply-To is a
   web form that writes for somebody: that somebody is the sender. */
static const struct mail_address *
sender_address(const Reading *r)
{
    const Mail *mail = r->mail;
    const struct mail_address *from = mail->from->len ? mail->from->pdata[0] : NULL;
    const struct mail_address *reply =
        mail->reply_to->len ? mail->reply_to->pdata[0] : NULL;

    if (from && *from->address && reply && *reply->address
        && mail->automatic != MAIL_AUTO_LIST
        && (!address_may_answer(from->address) || facts_is_own(r, from->address)))
        return reply;
    if (from && *from->address)
        return from;
    return mail->sender && *mail->sender->address ? mail->sender : NULL;
}

/* A From that can't be read must not cost the customer their ticket: the envelope names
   somebody too. */
static const char *
envelope_address(const Reading *r)
{
    const char *address = r->inbound->envelope_from;
    return address && *address && !facts_is_own(r, address) ? address : NULL;
}

bool
facts_find_capability(Reading *r, GError **error)
{
    GError *failure = NULL;
    for (char **address = r->inbound->recipients; *address && !failure; address++)
        try_token(r, *address, &failure);
    if (!failure)
        try_tokens_of(r, r->mail->to, &failure);
    if (!failure)
        try_tokens_of(r, r->mail->cc, &failure);
    if (failure) {
        g_propagate_error(error, failure);
        return false;
    }
    return true;
}

/* Whom From names; knowing them before tells a stranger from who pretends to be them. */
static bool
find_named(Reading *r, const char *address, const char *name, GError **error)
{
    g_autoptr(Person) known = NULL;
    if (!person_find(r->desk.tx, address, &known, error))
        return false;
    r->facts.sender.is_known = known != NULL;
    r->sender = person_ensure(r->desk.tx, address, name, error);
    return r->sender != NULL;
}

bool
facts_find_sender(Reading *r, GError **error)
{
    const struct mail_address *from = sender_address(r);
    if (from)
        return find_named(r, from->address, from->name, error);
    r->facts.sender.is_missing = true;
    if (r->has_capability)
        r->sender = person_get(r->desk.tx, r->capability.capability.person, error);
    else if (envelope_address(r))
        return find_named(r, envelope_address(r), "", error);
    else
        return true;
    return r->sender != NULL;
}

/* --- candidates ------------------------------------------------------------------- */

static bool
has_candidate(const struct thread_facts *f, enum thread_proof proof,
              struct uuid conversation)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->candidates[i].proof == proof
            && uuid_equal(f->candidates[i].conversation, conversation))
            return true;
    return false;
}

static bool
add_candidate(Reading *r, enum thread_proof proof, struct uuid conversation,
              GError **error)
{
    struct thread_facts *f = &r->facts;
    if (f->n == LIMIT_THREAD_CANDIDATES || has_candidate(f, proof, conversation))
        return true;

    struct uuid person = r->sender ? r->sender->id : (struct uuid){ { 0 } };
    g_autoptr(Ticket) ticket = ticket_get(r->desk.tx, conversation, person, error);
    if (!ticket)
        return false;
    if (has_candidate(f, proof, ticket->id)) /* it was merged while we waited for it */
        return true;
    if (proof == THREAD_TOKEN)
        f->sender.was_passed_on = strcmp(ticket->brought_by, "token") == 0;
    f->candidates[f->n++] = (struct thread_candidate){
        .proof = proof,
        .conversation = ticket->id,
        .number = ticket->number,
        .expired = proof == THREAD_TOKEN && r->capability.expired,
        .takes_part = ticket->takes_part || (r->sender && r->sender->is_agent),
        .is_stale = ticket->is_stale,
    };
    return true;
}

static enum thread_proof
proof_of_origin(const char *origin)
{
    if (strcmp(origin, "sent") == 0)
        return THREAD_SENT_ID;
    return strcmp(origin, "received") == 0 ? THREAD_RECEIVED_ID : THREAD_MENTIONED_ID;
}

/* By what the mail names, and by what named it before it came: an answer may be faster
   than what it answers. That this very id was sent or received before says nothing: there
   are programs that give every mail the same one. */
static bool
add_by_message_ids(Reading *r, GError **error)
{
    g_autoptr(GPtrArray) ids = mail_named_ids(r->mail);
    g_ptr_array_insert(ids, 0, r->mail->message_id);

    g_autoptr(DbRows) rows = db_query(r->desk.tx, SQL_CONVERSATION_OF_MESSAGE_IDS, error,
                                      db_text_array((const char *const *)ids->pdata));
    if (!rows)
        return false;
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        enum thread_proof proof = proof_of_origin(db_get_text(rows, i, 1));
        bool itself = strcmp(db_get_text(rows, i, 0), r->mail->message_id) == 0;
        if ((!itself || proof == THREAD_MENTIONED_ID)
            && !add_candidate(r, proof, db_get_uuid(rows, i, 2), error))
            return false;
    }
    return true;
}

static bool
add_by_number(Reading *r, GError **error)
{
    int64_t number = 0;
    if (!thread_subject_number(slice_from(r->mail->subject), &number))
        return true;
    g_autoptr(DbRows) rows =
        db_query(r->desk.tx, SQL_CONVERSATION_OF_NUMBER, error, db_int(number));
    if (!rows)
        return false;
    return db_rows_count(rows) == 0
           || add_candidate(r, THREAD_NUMBER, db_get_uuid(rows, 0, 0), error);
}

/* Only where nothing else points anywhere, and a person wrote it: robots have few
   subjects. */
static bool
add_by_likeness(Reading *r, GError **error)
{
    if (r->facts.n || !r->facts.sender.is_known || !r->sender || r->sender->is_agent
        || r->mail->automatic != MAIL_AUTO_NONE || facts_is_disowned(r))
        return true;
    g_autoptr(DbRows) rows = db_query(r->desk.tx, SQL_CONVERSATION_LIKE, error,
                                      db_uuid(r->sender->id), db_text(r->mail->subject));
    if (!rows)
        return false;
    return db_rows_count(rows) == 0
           || add_candidate(r, THREAD_LIKENESS, db_get_uuid(rows, 0, 0), error);
}

/* The person whom the reply address was given to. An agent may be a customer of a ticket:
   then the address is a customer's. */
static bool
find_holder(Reading *r, GError **error)
{
    struct thread_sender *s = &r->facts.sender;
    if (!r->has_capability)
        return true;
    r->holder = person_get(r->desk.tx, r->capability.capability.person, error);
    g_autoptr(Ticket) ticket =
        r->holder ? ticket_get(r->desk.tx, r->capability.goes_to, r->holder->id, error)
                  : NULL;
    if (!ticket)
        return false;
    s->has_token = !r->capability.expired;
    s->is_holder = r->sender && uuid_equal(r->sender->id, r->holder->id);
    s->of_agent = r->holder->is_agent && !ticket->takes_part;
    return true;
}

bool
facts_find_evidence(Reading *r, GError **error)
{
    struct thread_sender *s = &r->facts.sender;
    s->is_agent = r->sender && r->sender->is_agent;
    s->is_vouched = facts_is_vouched_for(r);
    s->is_disowned = facts_is_disowned(r);
    return find_holder(r, error)
           && (!r->has_capability
               || add_candidate(r, THREAD_TOKEN, r->capability.goes_to, error))
           && add_by_message_ids(r, error) && add_by_number(r, error)
           && add_by_likeness(r, error);
}

const struct thread_candidate *
facts_decisive(const Reading *r)
{
    return r->decision.outcome == THREAD_NEW
               ? NULL
               : &r->facts.candidates[r->decision.candidate];
}

static bool
has_calendar(const Mail *mail)
{
    for (guint i = 0; i < mail->parts->len; i++) {
        const struct mail_part *part = mail->parts->pdata[i];
        if (strcmp(part->content_type, "text/calendar") == 0)
            return true;
    }
    return false;
}

void
facts_find_kind(Reading *r)
{
    const struct thread_candidate *c = facts_decisive(r);
    bool ours = c && (c->proof == THREAD_TOKEN || c->proof == THREAD_SENT_ID);
    g_auto(Calendar) calendar = { 0 };
    bool has =
        has_calendar(r->mail) && mail_calendar(r->mail, r->inbound->raw, &calendar);
    r->kind = automatic_kind_of(r->mail, ours, has ? calendar.method : NULL);
}

/* --- what relays say, and the record of it all ------------------------------------ */

bool
facts_is_disowned(const Reading *r)
{
    const char *dmarc = r->mail->authentication.dmarc;
    return dmarc && strcmp(dmarc, "fail") == 0;
}

/* DMARC speaks of the one address in From: not of a second one, nor of a Reply-To that was
   taken for the sender. */
bool
facts_is_vouched_for(const Reading *r)
{
    const struct mail_authentication *auth = &r->mail->authentication;
    const struct mail_address *from =
        r->mail->from->len == 1 ? r->mail->from->pdata[0] : NULL;
    const char *at = from ? strrchr(from->address, '@') : NULL;

    return at && auth->dmarc && strcmp(auth->dmarc, "pass") == 0 && auth->dmarc_domain
           && g_ascii_strcasecmp(at + 1, auth->dmarc_domain) == 0 && r->sender
           && g_ascii_strcasecmp(from->address, r->sender->address) == 0;
}

/* What says that the author is the author. */
static const char *
author_by(const Reading *r)
{
    const struct thread_sender *s = &r->facts.sender;
    bool by_holder = r->decision.speaker == SPEAKER_HOLDER
                     || (s->has_token && (s->is_holder || s->is_missing));
    return by_holder ? "capability" : s->is_vouched ? "dmarc" : "from";
}

/* The other people whom the mail speaks of: From where it was not believed, the holder of
   the reply address where somebody else used it. */
static void
add_people(const Reading *r, json_t *evidence)
{
    const struct thread_sender *s = &r->facts.sender;
    if (r->claimed)
        json_object_set_new(evidence, "claims", json_string(r->claimed->address));
    if (s->has_token && !s->is_holder && !s->is_missing)
        json_object_set_new(evidence, "holder", json_string(r->holder->address));
}

char *
facts_evidence(const Reading *r)
{
    static const char *const outcomes[] = {
        [THREAD_NEW] = "new",
        [THREAD_JOIN] = "joined",
        [THREAD_FOLLOW_UP] = "follow-up of an old ticket",
        [THREAD_BESIDE] = "new, the hint did not hold",
        [THREAD_SUGGEST] = "new, but it looks like another one",
    };
    static const char *const keys[] = { [THREAD_FOLLOW_UP] = "follow_up",
                                        [THREAD_BESIDE] = "beside",
                                        [THREAD_SUGGEST] = "like" };
    const struct thread_candidate *c = facts_decisive(r);
    const char *dmarc = r->mail->authentication.dmarc;

    g_autoptr(json_t) json = json_pack(
        "{s:s, s:s?, s:b, s:s, s:s?, s:s, s:s}", "thread", outcomes[r->decision.outcome],
        "proof", c ? thread_proof_name(c->proof) : NULL, "expired",
        (int)(c && c->expired), "author", author_by(r), "dmarc",
        dmarc && *dmarc ? dmarc : NULL, "auto", r->mail->auto_evidence, "kind",
        automatic_rule_of(r->kind)->name);
    if (!json)
        return g_strdup("{}");
    if (c && r->decision.outcome != THREAD_JOIN)
        json_object_set_new(json, keys[r->decision.outcome], json_integer(c->number));
    add_people(r, json);
    return json_dumps(json, 0);
}
