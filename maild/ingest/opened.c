#include "maild/ingest/opened.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/store/statements.h"
#include "common/store/unsealings.h"
#include "maild/ingest/facts.h"
#include "maild/ingest/roads.h"

/* --- asking ----------------------------------------------------------------------- */

static bool
ask(const Reading *r, GError **error)
{
    const struct mail_address *from = r->mail->from->len ? r->mail->from->pdata[0] : NULL;
    g_autoptr(GPtrArray) queues = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < r->queues->len; i++) {
        char text[UUID_TEXT_SIZE];
        g_ptr_array_add(queues, g_strdup(uuid_format(
                                    g_array_index(r->queues, struct uuid, i), text)));
    }
    g_ptr_array_add(queues, NULL);
    const struct unsealing_new new = {
        .inbound = r->inbound->id,
        .protocol = mail_protocol_name(r->mail->protection.protocol),
        .sender = from ? from->address : "",
        .queues = (const char *const *)queues->pdata,
    };
    return unsealing_add(r->desk.tx, &new, error);
}

/* --- what is known ---------------------------------------------------------------- */

/* Nobody has looked: only some parts are protected, or the crypto job does not answer. */
static char *
unseen(const struct mail_protection *p, const char *problem)
{
    bool is_signed = p->kind == MAIL_SIGNED;
    g_autoptr(json_t) result =
        json_pack("{s:s, s:b, s:b, s:b, s:b, s:b, s:s?, s:s?}", "protocol",
                  mail_protocol_name(p->protocol), "whole", (int)p->whole, "encrypted",
                  (int)!is_signed, "decrypted", 0, "opened", 0, "signed", (int)is_signed,
                  "signature", is_signed ? "unchecked" : NULL, "problem", problem);
    char *text = json_dumps(result, JSON_COMPACT);
    char *copy = g_strdup(text);
    free(text);
    return copy;
}

/* The mail as it reads opened. It is still the same mail: its Message-ID and digest are
   those of the raw one, which another copy of it would have. */
static bool
adopt(Reading *r, struct slice opened, GError **error)
{
    const struct mail_options options = {
        .trusted_authserv_ids = (const char *const *)r->desk.config->authserv_ids,
        .own_addresses = (const char *const *)r->own_addresses,
    };
    Mail *mail = mail_parse(opened, &options, error);
    if (!mail)
        return false;
    Mail *outer = r->mail;
    r->mail = mail;
    g_free(mail->message_id);
    g_free(mail->body_sha256);
    mail->message_id = g_steal_pointer(&outer->message_id);
    mail->body_sha256 = g_steal_pointer(&outer->body_sha256);
    mail_free(outer);
    return true;
}

/* A signature that stands beside its text is no file of the sender's. */
static void
hide_signature(const Mail *mail)
{
    const struct mail_protection *p = &mail->protection;
    for (guint i = 0; p->detached && i < mail->parts->len; i++) {
        struct mail_part *part = mail->parts->pdata[i];
        part->is_body |= part->offset == p->data_offset;
    }
}

static bool
use(Reading *r, const Unsealing *unsealing, GError **error)
{
    g_autoptr(json_t) result = json_loads(unsealing->result, 0, NULL);
    r->crypto = g_strdup(unsealing->result);
    r->encrypted = json_is_true(json_object_get(result, "encrypted"));
    hide_signature(r->mail);
    return !unsealing->opened.p || adopt(r, unsealing->opened, error);
}

bool
opened_find(Reading *r, bool *ret_waits, GError **error)
{
    const struct mail_protection *p = &r->mail->protection;
    g_auto(Unsealing) unsealing = { 0 };

    *ret_waits = false;
    if (p->kind == MAIL_PLAIN || r->inbound->truncated)
        return true;
    r->encrypted = p->whole && p->kind == MAIL_ENCRYPTED;
    if (!p->whole) {
        r->crypto = unseen(p, NULL);
        return true;
    }
    if (!unsealing_read(r->desk.tx, r->inbound->id, LIMIT_CRYPTO_WAIT_SECONDS, &unsealing,
                        error))
        return false;
    if (unsealing.done)
        return use(r, &unsealing, error);
    if (unsealing.overdue) {
        r->crypto = unseen(p, "it could not be looked at in time");
        return true;
    }
    *ret_waits = true;
    return (unsealing.asked || ask(r, error))
           && inbound_postpone(r->desk.tx, r->inbound->id,
                               (LIMIT_CRYPTO_WAIT_SECONDS + 1) * CLOCK_SECOND, error);
}

/* --- again ------------------------------------------------------------------------ */

static bool
is_decrypted(const char *crypto)
{
    g_autoptr(json_t) result = crypto ? json_loads(crypto, 0, NULL) : NULL;
    return json_is_true(json_object_get(result, "decrypted"));
}

static bool
rewrite(Reading *r, const DbRows *rows, GError **error)
{
    struct uuid none = { { 0 } }, conversation = db_get_uuid(rows, 0, 1);
    bool keeps_words = !db_get_bool(rows, 0, 3);
    g_autoptr(Ticket) ticket = ticket_get(r->desk.tx, conversation, none, error);
    g_autofree char *words = ticket ? customer_words(r, conversation, error) : NULL;
    if (!words)
        return false;
    const struct apply_rereading rereading = {
        .message = db_get_uuid(rows, 0, 0),
        .mail = keeps_words ? NULL : r->mail,
        .text = words,
        .crypto = r->crypto,
        .tells = is_decrypted(r->crypto) && !is_decrypted(db_get_text(rows, 0, 2)),
    };
    return apply_reread(&r->desk, ticket, &rereading, error);
}

bool
opened_again(Reading *r, bool *ret_again, GError **error)
{
    bool waits = false;
    *ret_again = false;
    if (!r->mail->protection.whole)
        return true;
    g_autoptr(DbRows) rows =
        db_query(r->desk.tx, SQL_UNSEALING_FIND_MESSAGE, error, db_uuid(r->inbound->id));
    if (!rows)
        return false;
    *ret_again = db_rows_count(rows) > 0;
    return !*ret_again
           || (opened_find(r, &waits, error) && (waits || rewrite(r, rows, error)));
}
