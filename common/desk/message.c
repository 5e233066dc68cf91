#include "common/desk/message.h"

#include <string.h>

#include "common/store/statements.h"

static bool
is_agent_voice(enum apply_voice voice)
{
    return voice == VOICE_AGENT || voice == VOICE_NOTE;
}

static bool
store_row(const struct desk_context *desk, struct uuid conversation,
          const struct apply_message *m, struct uuid id, GError **error)
{
    const Mail *mail = m->mail;
    const char *full = strcmp(mail->text, m->text) == 0 ? NULL : mail->text;

    return db_execute(
        desk->tx, SQL_MESSAGE_ADD, NULL, error, db_uuid(id), db_uuid(conversation),
        db_uuid(m->inbound), db_uuid(m->author->id), db_text(m->author->address),
        db_text(is_agent_voice(m->voice) ? "agent" : "customer"),
        db_bool(m->voice == VOICE_NOTE || m->internal), db_text(mail->message_id),
        db_text(mail->body_sha256), db_text(mail->subject), db_text(m->text),
        db_text(full), db_text(mail_auto_name(mail->automatic)), db_text(m->evidence),
        db_time(mail->date_us), db_time(m->received_at), db_text(m->crypto));
}

static bool
store_part(const struct desk_context *desk, struct uuid message,
           const struct mail_part *part, guint ordinal, GError **error)
{
    return db_execute(desk->tx, SQL_PART_ADD, NULL, error, db_uuid(message),
                      db_int(ordinal), db_text(part->path), db_text(part->content_type),
                      db_text(part->charset), db_text(part->encoding),
                      db_text(part->name), db_text(part->content_id),
                      db_bool(part->is_inline), db_bool(part->is_body),
                      db_int((int64_t)part->offset), db_int((int64_t)part->length),
                      db_int((int64_t)part->size), db_text(part->sha256));
}

static bool
store_parts(const struct desk_context *desk, struct uuid message, const Mail *mail,
            GError **error)
{
    for (guint i = 0; i < mail->parts->len; i++)
        if (!store_part(desk, message, mail->parts->pdata[i], i + 1, error))
            return false;
    return true;
}

/* Its own id, and those it names: mail between third parties that we may never see, but
   whose answers may reach us. */
static bool
store_message_ids(const struct desk_context *desk, struct uuid conversation,
                  const Mail *mail, GError **error)
{
    g_autoptr(GPtrArray) named = mail_named_ids(mail);
    return db_execute(desk->tx, SQL_CONVERSATION_ADD_MESSAGE_ID, NULL, error,
                      db_text(mail->message_id), db_uuid(conversation),
                      db_text("received"))
           && (!named->pdata[0]
               || db_execute(desk->tx, SQL_CONVERSATION_MENTION_IDS, NULL, error,
                             db_text_array((const char *const *)named->pdata),
                             db_uuid(conversation)));
}

bool
message_store(const struct desk_context *desk, struct uuid conversation,
              const struct apply_message *message, struct uuid *ret_id, GError **error)
{
    struct uuid id = uuid_make();
    bool agent = is_agent_voice(message->voice);
    const Mail *mail = message->mail;

    if (!store_row(desk, conversation, message, id, error)
        || !store_parts(desk, id, mail, error))
        return false;
    if (!store_message_ids(desk, conversation, mail, error)
        || !db_execute(desk->tx, SQL_CONVERSATION_TOUCH, NULL, error,
                       db_uuid(conversation), db_text(agent ? NULL : mail->thread_index),
                       db_text(agent ? NULL : mail->thread_topic)))
        return false;
    *ret_id = id;
    return true;
}

bool
message_rewrite(const struct desk_context *desk, const struct apply_rereading *r,
                GError **error)
{
    if (!r->mail)
        return db_execute(desk->tx, SQL_UNSEALING_JUDGE_MESSAGE, NULL, error,
                          db_uuid(r->message), db_text(r->crypto));
    const char *full = strcmp(r->mail->text, r->text) == 0 ? NULL : r->mail->text;
    return db_execute(desk->tx, SQL_UNSEALING_REWRITE_MESSAGE, NULL, error,
                      db_uuid(r->message), db_text(r->text), db_text(full),
                      db_text(r->crypto))
           && db_execute(desk->tx, SQL_UNSEALING_CLEAR_PARTS, NULL, error,
                         db_uuid(r->message))
           && store_parts(desk, r->message, r->mail, error);
}
