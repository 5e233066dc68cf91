#include <string.h>

#include "common/base/error.h"
#include "common/store/statements.h"
#include "maild/ingest/facts.h"
#include "maild/ingest/roads.h"

/* The mail of ours that a report is about: by the address it came back to, else by the
   Message-IDs that it names. */
static bool
find_subject(const Reading *r, const char *const *ids, DbRows **ret_rows, GError **error)
{
    g_autoptr(DbRows) rows = NULL;
    if (r->has_capability)
        rows = db_query(r->desk.tx, SQL_NOTIFY_OUTBOX_OF_CAPABILITY, error,
                        db_uuid(r->capability.capability.id));
    else
        rows = db_query(r->desk.tx, SQL_NOTIFY_OUTBOX_OF_MESSAGE_ID, error,
                        db_text_array(ids));
    if (!rows)
        return false;
    *ret_rows = g_steal_pointer(&rows);
    return true;
}

/* The report as a message of the ticket. Its author is the machine that sent it; where that
   has no address, whom it is about. */
static bool
describe(Reading *r, const char *recipient, struct apply_message *message, GError **error)
{
    if (!r->sender && !facts_find_sender(r, error))
        return false;
    if (!r->sender)
        r->sender = person_ensure(r->desk.tx, recipient, "", error);
    if (!r->sender)
        return false;
    *message = (struct apply_message){
        .voice = VOICE_CUSTOMER,
        .inbound = r->inbound->id,
        .mail = r->mail,
        .author = r->sender,
        .text = r->mail->text,
        .evidence = "{\"thread\": \"a report of a mail of ours\"}",
        .received_at = r->inbound->received_at,
        .internal = true,
    };
    return true;
}

/* `failure` has what the report says; the rest is what we know of our own mail, never what
   the report claims. The report is stored with the first of several. */
static bool
apply_report(Reading *r, struct apply_failure *failure, const DbRows *mail, bool *stored,
             GError **error)
{
    struct apply_message message;
    failure->template = db_get_text(mail, 0, 2);
    failure->role = db_get_text(mail, 0, 3);
    failure->recipient = db_get_text(mail, 0, 1);
    if (!*stored && !describe(r, failure->recipient, &message, error))
        return false;
    failure->report = *stored ? NULL : &message;
    *stored |= notify_is_outside(failure->role);
    bool good = apply_delivery_failed(&r->desk, db_get_uuid(mail, 0, 0), failure, error);
    failure->report = NULL; /* it lives no longer than this */
    return good;
}

static bool
is_about_ticket(const DbRows *mail)
{
    return db_rows_count(mail) > 0 && !uuid_is_nil(db_get_uuid(mail, 0, 0));
}

static bool
bounces(Reading *r, bool *ret_taken, GError **error)
{
    bool stored = false;
    for (guint i = 0; i < r->mail->bounces->len; i++) {
        const struct mail_bounce *bounce = r->mail->bounces->pdata[i];
        const char *const ids[] = { bounce->original_message_id, NULL };
        g_autoptr(DbRows) mail = NULL;
        if (!find_subject(r, ids, &mail, error))
            return false;
        if (!is_about_ticket(mail))
            continue;
        bool is_address = strcmp(bounce->recipient, db_get_text(mail, 0, 1)) == 0;
        struct apply_failure failure = {
            .kind = automatic_kind_of_failure(bounce->action, bounce->status, is_address),
            .status = *bounce->status ? bounce->status : "5.0.0",
            .diagnostic = bounce->diagnostic,
        };
        if (!apply_report(r, &failure, mail, &stored, error))
            return false;
        *ret_taken = true;
    }
    return true;
}

/* --- feedback reports (RFC 5965) --------------------------------------------------- */

static bool
holds_mail(const struct mail_part *part)
{
    return strcmp(part->content_type, "message/rfc822") == 0
           || strcmp(part->content_type, "text/rfc822-headers") == 0
           || strcmp(part->content_type, "message/global") == 0;
}

/* Of the mails that were complained about, as they come with the report; providers leave
   out the recipient, so a Message-ID of ours is what tells. */
static bool
read_complained(const Reading *r, GPtrArray *ids, GError **error)
{
    for (guint i = 0; i < r->mail->parts->len; i++) {
        const struct mail_part *part = r->mail->parts->pdata[i];
        if (!holds_mail(part))
            continue;
        g_autoptr(GBytes) content = mail_part_decode(r->inbound->raw, part, error);
        if (!content)
            return false;
        struct slice raw = { g_bytes_get_data(content, NULL), g_bytes_get_size(content) };
        g_autoptr(Mail) mail = mail_parse(raw, NULL, error);
        if (!mail)
            return false;
        g_ptr_array_add(ids, g_strdup(mail->message_id));
    }
    g_ptr_array_add(ids, NULL);
    return true;
}

static bool
complaint(Reading *r, bool *ret_taken, GError **error)
{
    bool stored = false;
    g_autoptr(DbRows) mail = NULL;
    g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
    if (!read_complained(r, ids, error)
        || !find_subject(r, (const char *const *)ids->pdata, &mail, error))
        return false;
    if (!is_about_ticket(mail))
        return true;
    struct apply_failure failure = { .kind = AUTOMATIC_COMPLAINT,
                                     .status = "",
                                     .diagnostic = "reported as spam" };
    *ret_taken = true;
    return apply_report(r, &failure, mail, &stored, error);
}

bool
road_report(Reading *r, bool *ret_taken, GError **error)
{
    *ret_taken = false;
    return (!r->mail->bounces->len || bounces(r, ret_taken, error))
           && (!r->mail->is_feedback || complaint(r, ret_taken, error));
}
