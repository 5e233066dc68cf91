#include <string.h>

#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/mail/address.h"
#include "common/mail/authres.h"
#include "common/mail/body.h"
#include "common/mail/bounce.h"
#include "common/mail/charset.h"
#include "common/mail/classify.h"
#include "common/mail/date.h"
#include "common/mail/gmime.h"
#include "common/mail/mail.h"
#include "common/mail/message_id.h"
#include "common/mail/part.h"
#include "common/mail/protection.h"
#include "common/mail/structure.h"

static void
note(Mail *mail, const char *problem)
{
    g_ptr_array_add(mail->errors, g_strdup(problem));
}

static void note_limit(Mail *mail, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The same, with the limit that was passed. */
static void
note_limit(Mail *mail, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_ptr_array_add(mail->errors, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

/* --- header -------------------------------------------------------------------------- */

/* What the sender wrote, and nothing of what servers put on top on the way: the same mail
   comes twice with another Received, Return-Path, Delivered-To. */
static char *
derive_message_id(const struct header_block *header, const char *body_sha256)
{
    static const char *const senders[] = { "From", "Sender",      "Reply-To",
                                           "To",   "Cc",          "Subject",
                                           "Date", "In-Reply-To", "References" };
    g_autoptr(GString) all = g_string_new(body_sha256);
    for (size_t i = 0; i < G_N_ELEMENTS(senders); i++) {
        g_autofree char *value = header_get_unfolded(header, senders[i]);
        g_string_append_c(all, '\n');
        g_string_append(all, value);
    }
    g_autofree char *digest = crypto_sha256_hex((struct slice){ all->str, all->len });
    return g_strdup_printf("gen-%.32s@postern.invalid", digest);
}

static void
read_message_id(Mail *mail, const struct header_block *header)
{
    const struct header_field *field;
    for (size_t n = 0; (field = header_find_nth(header, "Message-ID", n)); n++) {
        g_autofree char *value = header_unfold(field);
        mail->message_id = message_id_read(value);
        if (mail->message_id)
            return;
    }
    mail->message_id = derive_message_id(header, mail->body_sha256);
    mail->message_id_derived = true;
    note(mail, header_find(header, "Message-ID")
                   ? "unreadable or very long Message-ID: derived one from the bytes"
                   : "no Message-ID: derived one from the bytes");
}

/* The ids of the first field of this name that has any: RFC 5322 §3.6 allows one. Those
   of further fields go to `more`. */
static char **
read_ids(Mail *mail, const struct header_block *header, const char *name, GString *more)
{
    bool cut = false;
    char **ids = NULL;
    const struct header_field *field;
    for (size_t n = 0; (field = header_find_nth(header, name, n)); n++) {
        g_autofree char *value = header_unfold(field);
        if (ids && ids[0]) {
            g_string_append_printf(more, "%s ", value);
            continue;
        }
        g_strfreev(ids);
        ids = message_id_read_list(value, &cut);
    }
    if (cut)
        note_limit(mail, "%s: more than %d ids, those in the middle are left out", name,
                   LIMIT_REFERENCES);
    return ids ? ids : g_new0(char *, 1);
}

static void
read_thread(Mail *mail, const struct header_block *header)
{
    g_autoptr(GString) more = g_string_new(NULL);
    mail->in_reply_to = read_ids(mail, header, "In-Reply-To", more);
    mail->references = read_ids(mail, header, "References", more);
    mail->more_ids = message_id_read_list(more->str, NULL);
    if (mail->more_ids[0])
        note(mail, "several References or In-Reply-To: the first is shown, the others "
                   "only help to find the thread");
}

GPtrArray *
mail_named_ids(const Mail *mail)
{
    char *const *const lists[] = { mail->in_reply_to, mail->references, mail->more_ids };
    GPtrArray *ids = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (char *const *id = lists[i]; *id; id++)
            g_ptr_array_add(ids, *id);
    }
    g_ptr_array_add(ids, NULL);
    return ids;
}

static GPtrArray *
read_addresses(Mail *mail, const struct header_block *header, const char *name)
{
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)mail_address_free);
    const struct header_field *field;
    for (size_t n = 0; (field = header_find_nth(header, name, n)); n++) {
        g_autofree char *value = header_unfold_utf8(header, field);
        if (!address_read_list(value, list)) {
            note_limit(mail, "%s: more than %d addresses, the rest is left out", name,
                       LIMIT_ADDRESSES);
            break;
        }
    }
    for (guint i = 0; i < list->len; i++) {
        const struct mail_address *a = list->pdata[i];
        if (*a->address == 0 && strlen(a->original) > LIMIT_ADDRESS_BYTES) {
            note_limit(mail, "%s: an address above %d bytes can't be answered", name,
                       LIMIT_ADDRESS_BYTES);
            break;
        }
    }
    return list;
}

static void
read_date(Mail *mail, const struct header_block *header)
{
    g_autofree char *value = header_get_unfolded(header, "Date");
    gmime_start();
    if (!mail_date_read(value, &mail->date_us, &mail->date_zone))
        note(mail, *value ? "unreadable Date: left out" : "no Date");
}

static char *
clip_characters(char *text, long limit)
{
    if (g_utf8_strlen(text, -1) > limit)
        *g_utf8_offset_to_pointer(text, limit) = 0;
    return text;
}

/* Runs of white space, of any script, as one space each, in place. */
static void
tighten(char *text)
{
    char *out = text;
    bool space = false;
    for (const char *p = text, *next; *p; p = next) {
        next = g_utf8_next_char(p);
        bool is_space = g_unichar_isspace(g_utf8_get_char(p));
        if (is_space && !space)
            *out++ = ' ';
        for (; !is_space && p < next; p++)
            *out++ = *p;
        space = is_space;
    }
    *out = 0;
}

/* Who pads a subject with blanks wants its end unseen: they go before words do. */
static void
read_subject(Mail *mail, const struct header_block *header)
{
    mail->subject = header_get_text(header, "Subject");
    if (g_utf8_strlen(mail->subject, -1) > LIMIT_SUBJECT_CHARS)
        tighten(mail->subject);
    if (g_utf8_strlen(mail->subject, -1) > LIMIT_SUBJECT_CHARS)
        note_limit(mail, "%s: longer than %d characters, the rest is left out", "Subject",
                   LIMIT_SUBJECT_CHARS);
    clip_characters(mail->subject, LIMIT_SUBJECT_CHARS);
}

/* NULL when the field isn't there. */
static char *
optional_text(const struct header_block *header, const char *name)
{
    const struct header_field *field = header_find(header, name);
    return field ? clip_characters(header_text(header, field), LIMIT_SUBJECT_CHARS)
                 : NULL;
}

/* The first of "de-DE, en" (RFC 3282). */
static char *
read_language(const struct header_block *header)
{
    char *all = optional_text(header, "Content-Language");
    if (all)
        all[strcspn(all, ", ;")] = 0;
    return all;
}

static char *
read_return_path(const struct header_block *header)
{
    const struct header_field *field = header_find(header, "Return-Path");
    if (!field)
        return NULL;
    g_autofree char *value = header_unfold(field);
    const char *p = value + strspn(value, " <");
    if (*p == '>' || *p == 0)
        return g_strdup("");
    return address_normalise(slice_from(value));
}

static void
read_header(Mail *mail, const struct header_block *header)
{
    if (header->clipped)
        note(mail, "very long header: read as far as the limits go");
    if (header->count == 0)
        note(mail, "no header: all is taken as text");
    else if (!header->has_empty && header->junk)
        note(mail, "no empty line behind the header: the text begins at the first line "
                   "that is no field");
    else if (header->junk)
        note(mail, "lines in the header that are no fields: passed over");

    read_message_id(mail, header);
    read_thread(mail, header);
    read_date(mail, header);
    read_subject(mail, header);
    mail->from = read_addresses(mail, header, "From");
    mail->to = read_addresses(mail, header, "To");
    mail->cc = read_addresses(mail, header, "Cc");
    mail->reply_to = read_addresses(mail, header, "Reply-To");
    g_autoptr(GPtrArray) sender = read_addresses(mail, header, "Sender");
    if (sender->len)
        mail->sender = g_ptr_array_steal_index(sender, 0);
    mail->return_path = read_return_path(header);
    mail->thread_index = optional_text(header, "Thread-Index");
    mail->thread_topic = optional_text(header, "Thread-Topic");
    mail->language = read_language(header);
    mail->auto_submitted = header_get_text(header, "Auto-Submitted");
}

/* --- parts --------------------------------------------------------------------------- */

static void
read_parts(Mail *mail, struct slice raw, const Structure *structure)
{
    struct body body = { 0 };
    body_read(raw, structure, mail->errors, &body);
    for (guint i = 0; i < structure->nodes->len; i++) {
        const struct mime_node *node = structure_node(structure, i);
        if (node->is_multipart)
            continue;
        part_add(mail->parts, raw, node, body.is_body[i], mail->errors);
    }
    if (!body.html && strspn(body.text, " \t\n") == strlen(body.text)) {
        char *text = NULL, *html = NULL;
        part_find_tnef_body(mail->parts, raw, &text, &html);
        body_adopt(&body, text, html, mail->errors);
    }
    mail->text = body.text;
    mail->html = body.html;
    mail->text_is_of_html = body.text_is_of_html;
    g_free(body.is_body);
}

static char *
digest_body(struct slice raw, const struct header_block *header)
{
    struct slice body = slice_sub(raw, header->body, raw.n);
    while (body.n && g_ascii_isspace(body.p[body.n - 1]))
        body.n--;
    return crypto_sha256_hex(body);
}

/* --- what the mail is ---------------------------------------------------------------- */

static const char *
first_address(const GPtrArray *list)
{
    const struct mail_address *first = list->len ? list->pdata[0] : NULL;
    return first ? first->address : "";
}

static void
judge(Mail *mail, struct slice raw, const Structure *structure,
      const struct mail_options *options)
{
    const struct mime_node *top = structure_node(structure, 0);
    struct bounce_facts bounce = { .raw = raw,
                                   .structure = structure,
                                   .subject = mail->subject,
                                   .header = &top->header,
                                   .from = first_address(mail->from),
                                   .to = first_address(mail->to),
                                   .return_path = mail->return_path,
                                   .text = mail->text };
    bounce_read(&bounce, mail->bounces, &mail->is_feedback);
    if (mail->bounces->len >= LIMIT_ADDRESSES)
        note_limit(mail, "%s: read of the first %d recipients", "report",
                   LIMIT_ADDRESSES);

    struct classify_facts facts = { .header = &top->header,
                                    .content_type = top->type,
                                    .report_type = top->report_type,
                                    .subject = mail->subject,
                                    .from = first_address(mail->from),
                                    .return_path = mail->return_path,
                                    .has_delivery_report = mail->bounces->len > 0,
                                    .own_addresses = options->own_addresses };
    struct classify_result result;
    classify(&facts, &result);
    mail->automatic = result.automatic;
    mail->auto_evidence = result.evidence;
    mail->is_out_of_office = result.is_out_of_office;
    authres_read(&top->header, options->trusted_authserv_ids, &mail->authentication);
}

Mail *
mail_parse(struct slice raw, const struct mail_options *options, GError **error)
{
    static const struct mail_options none = { 0 };
    if (raw.n && !raw.p) {
        error_set(error, ERR_BUG, "a message of %zu bytes without any", raw.n);
        return NULL;
    }
    g_autoptr(Mail) mail = g_new0(Mail, 1);
    mail->parts = g_ptr_array_new_with_free_func(part_free);
    mail->bounces = g_ptr_array_new_with_free_func((GDestroyNotify)mail_bounce_free);
    mail->errors = g_ptr_array_new_with_free_func(g_free);

    if (raw.n > LIMIT_MESSAGE_BYTES) {
        note(mail, "message above the size limit: read as far as the limit goes");
        raw.n = LIMIT_MESSAGE_BYTES;
    }
    g_autoptr(Structure) structure = structure_read(raw, mail->errors);
    const struct header_block *header = &structure_node(structure, 0)->header;
    mail->body_sha256 = digest_body(raw, header);
    read_header(mail, header);
    read_parts(mail, raw, structure);
    protection_read(raw, structure, &mail->protection);
    judge(mail, raw, structure, options ? options : &none);
    return g_steal_pointer(&mail);
}

char *
mail_part_text(struct slice decoded, const char *charset)
{
    return charset_clean_text(charset_to_utf8(decoded, charset, NULL));
}

static void
free_list(GPtrArray *list)
{
    if (list)
        g_ptr_array_unref(list);
}

void
mail_free(Mail *mail)
{
    if (!mail)
        return;
    GPtrArray *lists[] = { mail->from,  mail->to,      mail->cc,    mail->reply_to,
                           mail->parts, mail->bounces, mail->errors };
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        free_list(lists[i]);
    char *texts[] = { mail->message_id,    mail->subject,        mail->return_path,
                      mail->text,          mail->html,           mail->body_sha256,
                      mail->auto_evidence, mail->auto_submitted, mail->thread_index,
                      mail->thread_topic,  mail->language };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_strfreev(mail->in_reply_to);
    g_strfreev(mail->references);
    g_strfreev(mail->more_ids);
    mail_address_free(mail->sender);
    authres_clear(&mail->authentication);
    mail_protection_clear(&mail->protection);
    g_free(mail);
}
