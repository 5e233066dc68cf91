#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "maild/imap/reader.h"
#include "maild/imap/words.h"

static bool
mark_seen(struct reader *r, const char *set, GError **error)
{
    return imap_command(r->session->imap, error, "UID STORE %s +FLAGS.SILENT (\\Seen)",
                        set);
}

/* Without UIDPLUS only everything that is marked could be expunged, and others mark too:
   then the server or the mailbox's owner does it. */
static bool delete (struct reader *r, const char *set, GError **error)
{
    Imap *imap = r->session->imap;
    return imap_command(imap, error, "UID STORE %s +FLAGS.SILENT (\\Seen \\Deleted)", set)
           && (!r->session->can_expunge
               || imap_command(imap, error, "UID EXPUNGE %s", set));
}

static bool
try_move(struct reader *r, const char *set, GError **error)
{
    const Session *s = r->session;
    if (s->can_move)
        return imap_command(s->imap, error, "UID MOVE %s %s", set, s->move_to);
    return imap_command(s->imap, error, "UID COPY %s %s", set, s->move_to)
           && delete (r, set, error);
}

/* The folder may not be there yet; whether it is, the server says best (TRYCREATE). */
static bool
move(struct reader *r, const char *set, GError **error)
{
    g_autoptr(GError) refused = NULL;
    if (!mark_seen(r, set, error))
        return false;
    if (try_move(r, set, &refused))
        return true;
    if (!error_is(refused, ERR_DENIED)
        || !imap_command(r->session->imap, NULL, "CREATE %s", r->session->move_to)) {
        g_propagate_error(error, g_steal_pointer(&refused));
        return false;
    }
    return try_move(r, set, error);
}

static bool
apply(struct reader *r, const GArray *uids, enum imap_after after, GError **error)
{
    if (uids->len == 0)
        return true;
    g_autofree char *set =
        words_format_set((const uint32_t *)(const void *)uids->data, uids->len);
    switch (after) {
    case IMAP_MOVE:
        return move(r, set, error);
    case IMAP_DELETE:
        return delete (r, set, error);
    case IMAP_MARK_SEEN:
        break;
    }
    return mark_seen(r, set, error);
}

/* Of a message that we hold only the header of, the mailbox has the only copy. */
static bool
apply_to_all(struct reader *r, const GArray *whole, const GArray *kept, GError **error)
{
    enum imap_after gentle =
        r->config->after == IMAP_DELETE ? IMAP_MARK_SEEN : r->config->after;
    return apply(r, whole, r->config->after, error) && apply(r, kept, gentle, error);
}

static bool
note_done(struct reader *r, uint32_t uid, GError **error)
{
    r->mailbox.done_uid = uid;
    return mailbox_note_done(r->db, &r->mailbox, r->job->worker, error);
}

/* A refusal (no such right, no such folder) must not keep mail from coming in. */
static bool
set_aside(struct reader *r, GError *refused, GError **error)
{
    if (!error_is(refused, ERR_DENIED)) {
        g_propagate_error(error, refused);
        return false;
    }
    g_clear_error(&r->after_error);
    r->after_error = refused;
    return true;
}

bool
after_commit(struct reader *r, const GArray *mails, uint32_t last_uid, GError **error)
{
    GError *refused = NULL;
    g_autoptr(GArray) whole = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_autoptr(GArray) kept = g_array_new(FALSE, FALSE, sizeof(uint32_t));

    if (r->after_error) /* once the cause is mended, after_catch_up does them all */
        return true;
    for (guint i = 0; i < mails->len; i++) {
        const struct fetched_mail *mail = &g_array_index(mails, struct fetched_mail, i);
        g_array_append_val(mail->truncated ? kept : whole, mail->uid);
    }
    if (!apply_to_all(r, whole, kept, &refused))
        return set_aside(r, refused, error);
    return note_done(r, last_uid, error);
}

/* --- after a connection that broke ------------------------------------------------ */

static bool
sort_by_size(struct reader *r, GArray *whole, GArray *kept, const uint32_t *uids,
             size_t n, GError **error)
{
    g_autofree char *set = words_format_set(uids, n);
    if (!imap_command(r->session->imap, error, "UID FETCH %s (UID RFC822.SIZE)", set))
        return false;
    g_autoptr(ImapMessages) fetched = imap_take_fetched(r->session->imap);
    for (size_t i = 0; i < imap_messages_count(fetched); i++) {
        const struct imap_message *message = imap_messages_get(fetched, i);
        bool large = message->size > r->job->config->message_bytes;
        if (message->has_size)
            g_array_append_val(large ? kept : whole, message->uid);
    }
    return true;
}

static bool
catch_up_chunk(struct reader *r, const uint32_t *uids, size_t n, GError **error)
{
    g_autoptr(GArray) whole = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_autoptr(GArray) kept = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    return sort_by_size(r, whole, kept, uids, n, error)
           && apply_to_all(r, whole, kept, error);
}

static bool
catch_up(struct reader *r, GError **error)
{
    int64_t from = r->mailbox.done_uid + 1, to = r->mailbox.cursor.last_uid;
    if (!imap_command(r->session->imap, error,
                      "UID SEARCH UID %" G_GINT64_FORMAT ":%" G_GINT64_FORMAT "%s", from,
                      to, r->config->after == IMAP_MARK_SEEN ? " UNSEEN" : ""))
        return false;
    g_autoptr(GArray) uids = imap_found(r->session->imap);
    const uint32_t *each = (const uint32_t *)(void *)uids->data;
    for (guint at = 0; at < uids->len; at += LIMIT_IMAP_BATCH)
        if (!catch_up_chunk(r, each + at, MIN(LIMIT_IMAP_BATCH, uids->len - at), error))
            return false;
    return true;
}

bool
after_catch_up(struct reader *r, GError **error)
{
    GError *refused = NULL;
    if (r->mailbox.done_uid >= r->mailbox.cursor.last_uid)
        return true;
    if (!catch_up(r, &refused))
        return set_aside(r, refused, error);
    g_clear_error(&r->after_error);
    return note_done(r, (uint32_t)r->mailbox.cursor.last_uid, error);
}
