#include "common/mail/bounce.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/mail/address.h"
#include "common/mail/bounce_reason.h"
#include "common/mail/bounce_text.h"
#include "common/mail/bounce_words.h"
#include "common/mail/classify.h"
#include "common/mail/message_id.h"
#include "common/mail/transfer.h"

void
mail_bounce_free(struct mail_bounce *bounce)
{
    if (!bounce)
        return;
    g_free(bounce->action);
    g_free(bounce->status);
    g_free(bounce->recipient);
    g_free(bounce->original_message_id);
    g_free(bounce->diagnostic);
    g_free(bounce);
}

/* --- message/delivery-status (RFC 3464) ---------------------------------------------- */

/* "rfc822; ann@example.org" as a normalised address, "" when it is none. */
static char *
typed_address(const struct header_block *block, const char *name)
{
    g_autofree char *value = header_get_text(block, name);
    const char *semicolon = strchr(value, ';');
    const char *bare = semicolon ? semicolon + 1 : value;
    g_autoptr(GPtrArray) list =
        g_ptr_array_new_with_free_func((GDestroyNotify)mail_address_free);
    address_read_list(bare, list);
    const struct mail_address *first = list->len ? list->pdata[0] : NULL;
    return g_strdup(first ? first->address : "");
}

/* How many digits, of one to three; else 0. */
static size_t
count_digits(const char *p)
{
    size_t n = strspn(p, "0123456789");
    return n <= 3 ? n : 0;
}

/* The "5.1.1" in front of "5.1.1 (bad destination mailbox address)". RFC 3463 §2; "" for
   what is no such code ("5", "smtp"), so that the text is asked. */
static char *
status_code(const struct header_block *block)
{
    g_autofree char *value = header_get_text(block, "Status");
    size_t subject = 0, detail = 0;
    if (!*value || !strchr("245", *value) || value[1] != '.'
        || !(subject = count_digits(value + 2)) || value[2 + subject] != '.'
        || !(detail = count_digits(value + 3 + subject)))
        return g_strdup("");
    return g_strndup(value, 3 + subject + detail);
}

static char *
action_of(const struct header_block *block, const char *status)
{
    static const char *const known[] = { "failed", "delayed", "delivered", "relayed",
                                         "expanded" };
    g_autofree char *value = header_get_text(block, "Action");
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        if (slice_starts_nocase(slice_from(value), known[i]))
            return g_strdup(known[i]);
    }
    return g_strdup(*status == '4' ? "delayed" : *status == '2' ? "delivered" : "failed");
}

static struct mail_bounce *
read_recipient(const struct header_block *block)
{
    if (!header_find(block, "Final-Recipient")
        && !header_find(block, "Original-Recipient") && !header_find(block, "Action")
        && !header_find(block, "Status"))
        return NULL;
    struct mail_bounce *b = g_new0(struct mail_bounce, 1);
    /* As we wrote it (RFC 3464 §2.3.1) is how we know it; then as it was rewritten. */
    static const char *const names[] = { "Original-Recipient", "Final-Recipient",
                                         "X-Actual-Recipient" };
    b->recipient = g_strdup("");
    for (size_t i = 0; *b->recipient == 0 && i < G_N_ELEMENTS(names); i++) {
        g_free(b->recipient);
        b->recipient = typed_address(block, names[i]);
    }
    b->status = status_code(block);
    b->action = action_of(block, b->status);
    b->diagnostic = header_get_text(block, "Diagnostic-Code");
    const char *semicolon = strchr(b->diagnostic, ';');
    if (semicolon && semicolon - b->diagnostic < 16) {
        char *bare = g_strdup(semicolon + 1 + strspn(semicolon + 1, " "));
        g_free(b->diagnostic);
        b->diagnostic = bare;
    }
    b->original_message_id = g_strdup("");
    return b;
}

/* Groups that are looked at: some say nothing of a recipient. */
#define MAX_GROUPS (4 * LIMIT_ADDRESSES)

/* The groups of fields of a delivery-status part: the first is about the message, each
   other about one recipient; some servers put all in one. */
static void
read_delivery_status(struct slice content, GPtrArray *list)
{
    for (guint groups = 0;
         content.n && list->len < LIMIT_ADDRESSES && groups < MAX_GROUPS; groups++) {
        g_auto(HeaderBlock) block = { 0 };
        header_read(content, &block);
        if (block.count == 0)
            return;
        struct mail_bounce *b = read_recipient(&block);
        if (b)
            g_ptr_array_add(list, b);
        content = slice_sub(content, MAX(block.body, 1), content.n);
    }
}

/* --- the returned message ------------------------------------------------------------ */

static bool
is_returned(const struct mime_node *node)
{
    return g_str_has_prefix(node->type, "message/rfc822")
           || strcmp(node->type, "text/rfc822-headers") == 0
           || strcmp(node->type, "text/rfc822-header") == 0
           || strcmp(node->type, "message/partial") == 0
           || strcmp(node->type, "message/global") == 0
           || strcmp(node->type, "message/global-headers") == 0;
}

static GBytes *
decode_node(const struct bounce_facts *f, const struct mime_node *node)
{
    return transfer_decode(slice_sub(f->raw, node->offset, node->offset + node->length),
                           node->encoding);
}

static struct slice
bytes_slice(GBytes *bytes)
{
    gsize n = 0;
    const char *p = g_bytes_get_data(bytes, &n);
    return (struct slice){ p, n };
}

/* What the header block of the returned message tells. */
struct returned {
    char *message_id; /* NULL when there is none */
    char *to;         /* normalised; NULL */
    char *for_whom;   /* the recipient in its topmost Received; normalised; NULL */
    bool has_trace;   /* Received or Return-Path stand in the text, perhaps quoted */
};

static void
returned_clear(struct returned *r)
{
    g_clear_pointer(&r->message_id, g_free);
    g_clear_pointer(&r->to, g_free);
    g_clear_pointer(&r->for_whom, g_free);
}

/* The "for <ann@x.example>" of a Received; NULL when there is none. */
static char *
received_for(const struct header_block *block)
{
    const struct header_field *field;
    for (size_t n = 0; (field = header_find_nth(block, "Received", n)); n++) {
        g_autofree char *value = header_unfold(field);
        g_strdelimit(value, "\t", ' ');
        const char *at = strstr(value, " for <");
        size_t length = at ? strcspn(at + 6, ">") : 0;
        char *address = at ? address_normalise((struct slice){ at + 6, length }) : NULL;
        if (address)
            return address;
    }
    return NULL;
}

static void
read_returned_header(struct slice content, struct returned *r)
{
    g_auto(HeaderBlock) block = { 0 };
    header_read(content, &block);
    g_autofree char *id = header_get_unfolded(&block, "Message-ID");
    g_autofree char *to = typed_address(&block, "To");
    if (!r->message_id)
        r->message_id = message_id_read(id);
    if (!r->to && *to)
        r->to = g_steal_pointer(&to);
    if (!r->for_whom)
        r->for_whom = received_for(&block);
}

/* The words that announce a returned message are no header field: it begins behind them. */
static const char *
behind_announcement(const char *rest)
{
    struct slice all = slice_from(rest), line;
    struct header_field field;
    if (header_next_line(&all, &line) && header_split_field(line, &field)
        && slice_trim(field.value).n > 0)
        return rest;
    while (all.n && *all.p == '\n')
        all = slice_sub(all, 1, all.n);
    return all.n ? all.p : rest;
}

/* A header block at its start, without the ">" that some servers put before each line. */
static char *
without_quoting(const char *text)
{
    struct slice rest = slice_sub(slice_from(text), 0, LIMIT_HEADER_BYTES), line;
    GString *out = g_string_new(NULL);
    while (slice_next_line(&rest, &line)) {
        bool quoted = line.n && line.p[0] == '>';
        g_string_append_len(out, line.p + quoted, (gssize)(line.n - quoted));
        g_string_append_c(out, '\n');
    }
    return g_string_free(out, false);
}

static struct returned
read_returned(const struct bounce_facts *f)
{
    struct returned r = { NULL };
    for (guint i = 0; i < f->structure->nodes->len; i++) {
        const struct mime_node *node = structure_node(f->structure, i);
        if (node->is_multipart || !is_returned(node))
            continue;
        g_autoptr(GBytes) bytes = decode_node(f, node);
        read_returned_header(bytes_slice(bytes), &r);
    }
    gsize report = bounce_words_report_length(f->text);
    const char *rest = f->text + report;
    r.has_trace = strstr(rest, "Received: ") || strstr(rest, "Return-Path: <");
    if (!r.message_id)
        r.message_id = bounce_text_message_id(rest);
    if ((!r.to || !r.for_whom) && *rest) {
        g_autofree char *header = without_quoting(behind_announcement(rest));
        read_returned_header(slice_from(header), &r);
    }
    return r;
}

/* --- all of it ----------------------------------------------------------------------- */

static void
read_parts(const struct bounce_facts *f, GPtrArray *list, bool *ret_is_feedback)
{
    for (guint i = 0; i < f->structure->nodes->len; i++) {
        const struct mime_node *node = structure_node(f->structure, i);
        if (strcmp(node->type, "message/feedback-report") == 0)
            *ret_is_feedback = true;
        if (node->is_multipart
            || (strcmp(node->type, "message/delivery-status") != 0
                && strcmp(node->type, "message/global-delivery-status") != 0))
            continue;
        g_autoptr(GBytes) bytes = decode_node(f, node);
        read_delivery_status(bytes_slice(bytes), list);
    }
}

static bool
is_generic(const char *status)
{
    return *status == 0 || strcmp(status + 1, ".0.0") == 0;
}

static void
set_status(struct mail_bounce *b, char *status)
{
    g_free(b->status);
    b->status = status;
}

/* The reply of the server that refused ("550 5.7.1 …") knows better than the relay that
   reports it: sendmail writes 5.1.1 for any refusal of a recipient. Without one, any code
   is better than a status that says nothing. */
static void
refine_by_reply(struct mail_bounce *b)
{
    g_autofree char *said = bounce_words_last_reply(b->diagnostic);
    if (!said && is_generic(b->status))
        said = bounce_words_status(b->diagnostic, 0, strlen(b->diagnostic), NULL);
    if (said && !is_generic(said) && (*b->status == 0 || *b->status == *said))
        set_status(b, g_steal_pointer(&said));
}

/* Where no code stands anywhere: what the diagnostic says in words, else just the class. */
static char *
status_of_action(const struct mail_bounce *b)
{
    bool delayed = strcmp(b->action, "delayed") == 0;
    if (!delayed && strcmp(b->action, "failed") != 0)
        return g_strdup("2.0.0");
    char *reason =
        bounce_reason_status(b->diagnostic, 0, strlen(b->diagnostic), delayed ? '4' : 0);
    return reason ? reason : g_strdup(delayed ? "4.0.0" : "5.0.0");
}

/* "5.0.0", or nothing, where the words beside the fields say more (RFC 3463: X.0.0 is
   "other"): those from the recipient's name on. */
static void
refine_by_words(struct mail_bounce *b, const char *text, gsize length)
{
    g_autofree char *reply = bounce_words_last_reply(b->diagnostic);
    if (!is_generic(b->status) || (reply && g_str_equal(reply, b->status)))
        return; /* where the server itself says "other", nobody knows better */
    const char *from = *b->recipient ? strstr(text, b->recipient) : NULL;
    gsize at = from ? (gsize)(from - text) : 0;
    g_autofree char *said =
        at < length ? bounce_words_status(text, at, length, NULL) : NULL;
    if (said && (*b->status == 0 || *b->status == *said))
        set_status(b, g_steal_pointer(&said));
    else if (*b->status == 0)
        set_status(b, status_of_action(b));
}

/* What the report's fields leave open. */
static void
complete(GPtrArray *list, const struct returned *returned, const char *text)
{
    gsize length = bounce_words_report_length(text);
    for (guint i = 0; i < list->len; i++) {
        struct mail_bounce *b = list->pdata[i];
        refine_by_reply(b);
        refine_by_words(b, text, length);
        if (returned->message_id && *b->original_message_id == 0) {
            g_free(b->original_message_id);
            b->original_message_id = g_strdup(returned->message_id);
        }
        if (*b->recipient == 0 && returned->to) {
            g_free(b->recipient);
            b->recipient = g_strdup(returned->to);
        }
    }
}

/* Fields of RFC 3464 that stand in the text, of servers that make no report of it. */
static void
read_fields_in_text(const char *text, GPtrArray *list)
{
    static const char *const first[] = { "Final-Recipient:", "Original-Recipient:",
                                         "Reporting-MTA:", "Action:" };
    for (const char *p = text; p; p = strchr(p, '\n')) {
        p += *p == '\n';
        for (size_t i = 0; i < G_N_ELEMENTS(first); i++) {
            if (g_ascii_strncasecmp(p, first[i], strlen(first[i])) == 0) {
                read_delivery_status(slice_from(p), list);
                return;
            }
        }
    }
}

/* A report that a gateway put whole into another one, which says it less well: its fields,
   and in *returned what it returns. False, nothing changed, when there is none. */
static bool
read_wrapped(const struct bounce_facts *f, GPtrArray *list, struct returned *returned)
{
    for (guint i = 0; i < f->structure->nodes->len; i++) {
        const struct mime_node *node = structure_node(f->structure, i);
        if (node->is_multipart || strcmp(node->type, "message/rfc822") != 0)
            continue;
        g_autoptr(GBytes) bytes = decode_node(f, node);
        g_autoptr(GPtrArray) errors = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(Structure) structure = structure_read(bytes_slice(bytes), errors);
        struct bounce_facts within = { .raw = bytes_slice(bytes),
                                       .structure = structure,
                                       .text = "" };
        bool is_feedback = false;
        if (strcmp(structure_node(structure, 0)->report_type, "delivery-status") == 0)
            read_parts(&within, list, &is_feedback);
        if (list->len == 0)
            continue;
        returned_clear(returned);
        *returned = read_returned(&within);
        return true;
    }
    return false;
}

/* "Out of office: …": it may tell of mail that can't be delivered, and is no report of it. */
static bool
is_vacation(const struct bounce_facts *f)
{
    return classify_is_absence(f->subject) && !g_str_has_prefix(f->from, "mailer-daemon@")
           && !g_str_has_prefix(f->from, "postmaster@");
}

void
bounce_read(const struct bounce_facts *facts, GPtrArray *list, bool *ret_is_feedback)
{
    struct bounce_facts f = *facts;
    bool is_feedback = false;
    read_parts(&f, list, &is_feedback);
    if (list->len == 0 && !is_feedback && !is_vacation(&f)) {
        struct returned returned = read_returned(&f);
        f.gives_back = returned.message_id || returned.to || returned.has_trace;
        f.returned_to = returned.to;
        f.returned_for = returned.for_whom;
        g_autoptr(GPtrArray) words =
            g_ptr_array_new_with_free_func((GDestroyNotify)mail_bounce_free);
        bounce_text_read(&f, words);
        if (words->len && !read_wrapped(&f, list, &returned))
            read_fields_in_text(f.text, list);
        if (list->len == 0)
            g_ptr_array_extend_and_steal(list, g_steal_pointer(&words));
        complete(list, &returned, f.text);
        returned_clear(&returned);
    } else if (list->len) {
        struct returned returned = read_returned(&f);
        complete(list, &returned, f.text);
        returned_clear(&returned);
    }
    *ret_is_feedback = is_feedback;
}
