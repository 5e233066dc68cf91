#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "maild/imap/envelope.h"
#include "maild/imap/reader.h"
#include "maild/imap/words.h"

/* What is being put together for one commit. The raw bytes lie in the answers that the
   server gave, or in what we wrote ourselves. */
typedef struct Batch {
    GArray *mails;      /* of struct fetched_mail */
    GPtrArray *answers; /* of ImapMessages */
    GPtrArray *notes;   /* of GString */
} Batch;

static void
free_note(void *note)
{
    g_string_free(note, TRUE);
}

static Batch *
batch_new(void)
{
    Batch *batch = g_new0(Batch, 1);
    batch->mails = g_array_new(FALSE, FALSE, sizeof(struct fetched_mail));
    batch->answers = g_ptr_array_new_with_free_func((GDestroyNotify)imap_messages_free);
    batch->notes = g_ptr_array_new_with_free_func(free_note);
    return batch;
}

static void
batch_free(Batch *batch)
{
    g_array_unref(batch->mails);
    g_ptr_array_unref(batch->answers);
    g_ptr_array_unref(batch->notes);
    g_free(batch);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Batch, batch_free)

/* --- what is there ---------------------------------------------------------------- */

/* RFC 3501 lets "n:*" name the last message even when its UID is below n. */
static void
drop_up_to(GArray *uids, int64_t last_uid)
{
    guint n = 0;
    while (n < uids->len && g_array_index(uids, uint32_t, n) <= last_uid)
        n++;
    g_array_remove_range(uids, 0, n);
}

/* UIDs above the cursor; of a large folder just the first window of messages that has
   any. An empty array: nothing new. */
static GArray *
find_news(struct reader *r, GError **error)
{
    Imap *imap = r->session->imap;
    int64_t exists = imap_exists(imap), from = r->mailbox.cursor.last_uid + 1;

    for (int64_t first = 1; first <= exists; first += LIMIT_IMAP_WINDOW) {
        int64_t last = MIN(exists, first + LIMIT_IMAP_WINDOW - 1);
        g_autofree char *window =
            exists <= LIMIT_IMAP_WINDOW
                ? g_strdup("")
                : g_strdup_printf("%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT " ", first,
                                  last);
        if (!imap_command(imap, error, "UID SEARCH %sUID %" G_GINT64_FORMAT ":*", window,
                          MIN(from, UINT32_MAX)))
            return NULL;
        g_autoptr(GArray) uids = imap_found(imap);
        drop_up_to(uids, r->mailbox.cursor.last_uid);
        if (uids->len > 0)
            return g_steal_pointer(&uids);
    }
    return g_array_new(FALSE, FALSE, sizeof(uint32_t));
}

/* Sizes of messages, in the order of their UIDs; 0 for one that is gone. */
static uint32_t *
find_sizes(struct reader *r, const uint32_t *uids, size_t n, GError **error)
{
    g_autofree char *set = words_format_set(uids, n);
    if (!imap_command(r->session->imap, error, "UID FETCH %s (UID RFC822.SIZE)", set))
        return NULL;
    g_autoptr(ImapMessages) fetched = imap_take_fetched(r->session->imap);
    uint32_t *sizes = g_new0(uint32_t, n);
    for (size_t i = 0; i < imap_messages_count(fetched); i++) {
        const struct imap_message *message = imap_messages_get(fetched, i);
        for (size_t at = 0; at < n; at++)
            if (uids[at] == message->uid)
                sizes[at] = message->size;
    }
    return sizes;
}

/* --- bodies ----------------------------------------------------------------------- */

/* Some servers only estimate RFC822.SIZE. */
static uint64_t
allowance(uint64_t announced, size_t n)
{
    return announced + announced / 2 + n * (64u << 10);
}

static bool
fetch_section(struct reader *r, Batch *batch, const char *set, const char *section,
              uint64_t literal_bytes, GError **error)
{
    if (!imap_command_literals(r->session->imap, literal_bytes, error,
                               "UID FETCH %s (UID BODY.PEEK[%s])", set, section))
        return false;
    g_ptr_array_add(batch->answers, imap_take_fetched(r->session->imap));
    return true;
}

static const struct imap_message *
find_body(const Batch *batch, uint32_t uid)
{
    const ImapMessages *last = batch->answers->pdata[batch->answers->len - 1];
    for (size_t i = 0; i < imap_messages_count(last); i++) {
        const struct imap_message *message = imap_messages_get(last, i);
        if (message->uid == uid && message->body.p)
            return message;
    }
    return NULL;
}

static void
add_whole(Batch *batch, const struct imap_message *message)
{
    const struct fetched_mail mail = { .uid = message->uid,
                                       .size = (int64_t)message->body.n,
                                       .raw = message->body };
    g_array_append_val(batch->mails, mail);
}

/* Its header, and a text that says where the rest is. */
static bool
add_note(struct reader *r, Batch *batch, uint32_t uid, uint32_t size, const char *why,
         GError **error)
{
    g_autoptr(GError) refused = NULL;
    g_autofree char *set = words_format_set(&uid, 1);
    struct slice header = { "", 0 };

    if (fetch_section(r, batch, set, "HEADER", allowance(LIMIT_HEADER_BYTES, 1),
                      &refused)) {
        const struct imap_message *message = find_body(batch, uid);
        header = message ? envelope_header_block(message->body) : header;
    } else if (!error_is(refused, ERR_DENIED)) {
        g_propagate_error(error, g_steal_pointer(&refused));
        return false;
    }
    g_autofree char *text = g_strdup_printf(
        "[This message %s: only its header was taken over.\n"
        "It has %u bytes and is still in the mailbox \"%s\", as UID %u.]\n",
        why, size, r->config->name, uid);
    g_autofree char *ascii = g_str_to_ascii(text, "C");
    GString *note = envelope_compose_note(header, ascii);
    g_ptr_array_add(batch->notes, note);
    const struct fetched_mail mail = {
        .uid = uid, .size = size, .raw = { note->str, note->len }, .truncated = true
    };
    g_array_append_val(batch->mails, mail);
    return true;
}

static bool
is_there(struct reader *r, uint32_t uid, bool *ret_there, GError **error)
{
    if (!imap_command(r->session->imap, error, "UID SEARCH UID %u", uid))
        return false;
    g_autoptr(GArray) found = imap_found(r->session->imap);
    *ret_there = found->len > 0;
    return true;
}

/* One message by itself: what came of a batch that the server would not give. A message
   that is there and can't be had is not passed over in silence. */
static bool
add_single(struct reader *r, Batch *batch, uint32_t uid, uint32_t size, GError **error)
{
    g_autoptr(GError) refused = NULL;
    g_autofree char *set = words_format_set(&uid, 1);
    bool there = false;

    if (fetch_section(r, batch, set, "", allowance(size, 1), &refused)) {
        const struct imap_message *message = find_body(batch, uid);
        if (message) {
            add_whole(batch, message);
            return true;
        }
    } else if (!error_is(refused, ERR_DENIED)) {
        g_propagate_error(error, g_steal_pointer(&refused));
        return false;
    }
    if (!is_there(r, uid, &there, error))
        return false;
    return !there || add_note(r, batch, uid, size, "could not be read", error);
}

struct run {
    const uint32_t *uids, *sizes;
    size_t n;
    uint64_t bytes;
};

static bool
add_run(struct reader *r, Batch *batch, const struct run *run, GError **error)
{
    g_autoptr(GError) refused = NULL;
    g_autofree char *set = words_format_set(run->uids, run->n);
    g_autoptr(GArray) missing = g_array_new(FALSE, FALSE, sizeof(size_t));
    bool given =
        fetch_section(r, batch, set, "", allowance(run->bytes, run->n), &refused);

    if (!given && !error_is(refused, ERR_DENIED)) {
        g_propagate_error(error, g_steal_pointer(&refused));
        return false;
    }
    for (size_t i = 0; i < run->n; i++) {
        const struct imap_message *message =
            given ? find_body(batch, run->uids[i]) : NULL;
        if (message)
            add_whole(batch, message);
        else
            g_array_append_val(missing, i);
    }
    for (guint i = 0; i < missing->len; i++) {
        size_t at = g_array_index(missing, size_t, i);
        if (!add_single(r, batch, run->uids[at], run->sizes[at], error))
            return false;
    }
    return true;
}

/* --- the road --------------------------------------------------------------------- */

static bool
is_oversize(const struct reader *r, uint32_t size)
{
    return size > r->job->config->message_bytes;
}

/* As many messages from the front as shall be committed together: up to a limit of bytes,
   and an oversize one by itself. */
static struct run
next_run(const struct reader *r, const uint32_t *uids, const uint32_t *sizes, size_t n)
{
    struct run run = { uids, sizes, 0, 0 };
    while (run.n < n && !is_oversize(r, sizes[run.n])
           && (run.n == 0 || run.bytes + sizes[run.n] <= LIMIT_IMAP_BATCH_BYTES))
        run.bytes += sizes[run.n++];
    return run;
}

static bool
take_run(struct reader *r, const struct run *run, GError **error)
{
    g_autoptr(Batch) batch = batch_new();
    bool oversize = run->n == 0;
    uint32_t last = oversize ? run->uids[0] : run->uids[run->n - 1];

    if (oversize ? !add_note(r, batch, run->uids[0], run->sizes[0], "is too large", error)
                 : !add_run(r, batch, run, error))
        return false;
    return store_batch(r, batch->mails, last, error)
           && after_commit(r, batch->mails, last, error);
}

static bool
take_chunk(struct reader *r, const uint32_t *uids, size_t n, GError **error)
{
    g_autofree uint32_t *sizes = find_sizes(r, uids, n, error);
    if (!sizes)
        return false;
    for (size_t at = 0; at < n;) {
        struct run run = next_run(r, uids + at, sizes + at, n - at);
        if (!take_run(r, &run, error))
            return false;
        at += MAX(run.n, 1);
    }
    return true;
}

bool
fetch_news(struct reader *r, GError **error)
{
    for (;;) {
        g_autoptr(GArray) uids = find_news(r, error);
        if (!uids)
            return false;
        if (uids->len == 0)
            return true;
        const uint32_t *each = (const uint32_t *)(void *)uids->data;
        for (guint at = 0; at < uids->len; at += LIMIT_IMAP_BATCH)
            if (!take_chunk(r, each + at, MIN(LIMIT_IMAP_BATCH, uids->len - at), error))
                return false;
    }
}
