#include "maild/ingest/known.h"

#include "common/store/statements.h"

static void
add_text(Known *known, const char *text)
{
    const struct slice s = slice_from(text);
    if (s.n)
        g_array_append_val(known->texts, s);
}

/* A mail that was cut short is read as far as it goes: its words stand at its beginning. */
static bool
add_mail(Known *known, struct slice bytes, GError **error)
{
    Mail *mail = mail_parse(bytes, NULL, error);
    if (!mail)
        return false;
    g_ptr_array_add(known->mails, mail);
    add_text(known, mail->text);
    return true;
}

static bool
add_sent(const Reading *r, struct uuid conversation, Known *known, GError **error)
{
    const struct uuid none = { { 0 } };
    g_autoptr(DbRows) sent =
        db_query(r->desk.tx, SQL_NOTIFY_ANSWERED_BYTES, error, db_uuid(conversation),
                 db_uuid(r->has_capability ? r->capability.capability.id : none),
                 db_text_array((const char *const *)r->mail->in_reply_to),
                 db_int(LIMIT_KNOWN_BYTES));
    if (!sent)
        return false;
    for (size_t i = 0; i < db_rows_count(sent); i++)
        if (!add_mail(known, db_get_bytes(sent, i, 0), error))
            return false;
    return true;
}

bool
known_read(const Reading *r, struct uuid conversation, Known *ret_known, GError **error)
{
    g_auto(Known) known = {
        .texts = g_array_new(FALSE, FALSE, sizeof(struct slice)),
        .mails = g_ptr_array_new_with_free_func((GDestroyNotify)mail_free),
    };
    if (!add_sent(r, conversation, &known, error))
        return false;
    known.messages =
        db_query(r->desk.tx, SQL_MESSAGE_TEXTS, error, db_uuid(conversation));
    if (!known.messages)
        return false;
    for (size_t i = 0; i < db_rows_count(known.messages); i++)
        add_text(&known, db_get_text(known.messages, i, 0));
    *ret_known = known;
    known = (Known){ NULL, NULL, NULL };
    return true;
}

void
known_clear(Known *known)
{
    g_clear_pointer(&known->texts, g_array_unref);
    g_clear_pointer(&known->messages, db_rows_free);
    g_clear_pointer(&known->mails, g_ptr_array_unref);
}
