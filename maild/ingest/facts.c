#include "maild/ingest/facts.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/mail/address.h"
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
    g_autoptr(GPtrArray) ids = g_ptr_array_new();
    g_ptr_array_add(ids, r->mail->message_id);
    for (char **id = r->mail->references; *id; id++)
        g_ptr_array_add(ids, *id);
    for (char **id = r->mail->in_reply_to; *id; id++)
        g_ptr_array_add(ids, *id);
    g_ptr_array_add(ids, NULL);

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

bool
facts_find_sender(Reading *r, GError **error)
{
    const struct mail_address *from = sender_address(r);
    if (from)
        r->sender = person_ensure(r->desk.tx, from->address, from->name, error);
    else if (r->has_capability)
        r->sender = person_get(r->desk.tx, r->capability.capability.person, error);
    else if (envelope_address(r))
        r->sender = person_ensure(r->desk.tx, envelope_address(r), "", error);
    else
        return true;
    return r->sender != NULL;
}

/* --- candidates ------------------------------------------------------------------- */

static bool
has_candidate(const Reading *r, enum thread_proof proof, struct uuid conversation)
{
    for (size_t i = 0; i < r->n_candidates; i++)
        if (r->candidates[i].proof == proof
            && uuid_equal(r->candidates[i].conversation, conversation))
            return true;
    return false;
}

static bool
add_candidate(Reading *r, enum thread_proof proof, struct uuid conversation, bool expired,
              GError **error)
{
    if (r->n_candidates == LIMIT_THREAD_CANDIDATES
        || has_candidate(r, proof, conversation))
        return true;

    struct uuid person = r->sender ? r->sender->id : (struct uuid){ { 0 } };
    g_autoptr(Ticket) ticket = ticket_get(r->desk.tx, conversation, person, error);
    if (!ticket)
        return false;
    if (has_candidate(r, proof, ticket->id)) /* it was merged while we waited for it */
        return true;
    r->candidates[r->n_candidates++] = (struct thread_candidate){
        .proof = proof,
        .conversation = ticket->id,
        .expired = expired,
        .takes_part = !facts_is_disowned(r)
                      && (ticket->takes_part || (r->sender && r->sender->is_agent)),
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
    g_autoptr(GPtrArray) ids = g_ptr_array_new();
    for (char **id = r->mail->in_reply_to; *id; id++)
        g_ptr_array_add(ids, *id);
    for (char **id = r->mail->references; *id; id++)
        g_ptr_array_add(ids, *id);
    g_ptr_array_add(ids, r->mail->message_id);
    g_ptr_array_add(ids, NULL);

    g_autoptr(DbRows) rows = db_query(r->desk.tx, SQL_CONVERSATION_OF_MESSAGE_IDS, error,
                                      db_text_array((const char *const *)ids->pdata));
    if (!rows)
        return false;
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        enum thread_proof proof = proof_of_origin(db_get_text(rows, i, 1));
        bool itself = strcmp(db_get_text(rows, i, 0), r->mail->message_id) == 0;
        if ((!itself || proof == THREAD_MENTIONED_ID)
            && !add_candidate(r, proof, db_get_uuid(rows, i, 2), false, error))
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
           || add_candidate(r, THREAD_NUMBER, db_get_uuid(rows, 0, 0), false, error);
}

bool
facts_find_candidates(Reading *r, GError **error)
{
    if (r->has_capability
        && !add_candidate(r, THREAD_TOKEN, r->capability.goes_to, r->capability.expired,
                          error))
        return false;
    return add_by_message_ids(r, error) && add_by_number(r, error);
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

char *
facts_evidence(const Reading *r, const char *author_by)
{
    static const char *const outcomes[] = {
        [THREAD_NEW] = "new",
        [THREAD_JOIN] = "joined",
        [THREAD_FOLLOW_UP] = "follow-up of an old ticket",
        [THREAD_BESIDE] = "new, the hint did not hold",
    };
    bool pointed = r->decision.outcome != THREAD_NEW;
    const struct thread_candidate *c = &r->candidates[r->decision.candidate];
    const char *dmarc = r->mail->authentication.dmarc;

    g_autoptr(json_t) json = json_pack(
        "{s:s, s:s?, s:b, s:s, s:s?, s:s}", "thread", outcomes[r->decision.outcome],
        "proof", pointed ? thread_proof_name(c->proof) : NULL, "expired",
        (int)(pointed && c->expired), "author", author_by, "dmarc",
        dmarc && *dmarc ? dmarc : NULL, "auto", r->mail->auto_evidence);
    return json ? json_dumps(json, 0) : g_strdup("{}");
}
