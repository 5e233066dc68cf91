#include "common/mail/compose.h"

#include <string.h>

#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/mail/address.h"
#include "common/mail/charset.h"
#include "common/mail/gmime.h"
#include "common/mail/header_write.h"

/* RFC 5322 §2.1.1, without CR LF. */
#define LINE_BYTES 998

/* --- what may stand in a header ------------------------------------------------------ */

static bool
check_value(const char *name, const char *value, GError **error)
{
    if (!g_utf8_validate(value, -1, NULL))
        return error_set(error, ERR_REJECT, "%s is not valid UTF-8", name);
    if (strlen(value) > LIMIT_HEADER_BYTES / 16)
        return error_set(error, ERR_REJECT, "%s is too long", name);
    for (const char *p = value; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029)
            return error_set(error, ERR_REJECT, "%s has a control character in it", name);
    }
    return true;
}

static bool
check_name(const char *name, GError **error)
{
    static const char *const ours[] = { "From",
                                        "Sender",
                                        "To",
                                        "Cc",
                                        "Bcc",
                                        "Reply-To",
                                        "Subject",
                                        "Date",
                                        "Message-ID",
                                        "In-Reply-To",
                                        "References",
                                        "MIME-Version",
                                        "Auto-Submitted",
                                        "X-Loop",
                                        "Thread-Topic",
                                        "Thread-Index" };
    size_t n = strlen(name);
    for (size_t i = 0; i < n; i++) {
        if (!g_ascii_isalnum(name[i]) && name[i] != '-')
            return error_set(error, ERR_REJECT, "a header can't have this name");
    }
    if (n == 0 || n > 76)
        return error_set(error, ERR_REJECT, "a header can't have this name");
    for (size_t i = 0; i < G_N_ELEMENTS(ours); i++) {
        if (g_ascii_strcasecmp(name, ours[i]) == 0)
            return error_set(error, ERR_REJECT, "%s is not a further header", name);
    }
    if (g_ascii_strncasecmp(name, "Content-", 8) == 0)
        return error_set(error, ERR_REJECT, "%s is not a further header", name);
    return true;
}

/* A Message-ID without <>: visible ASCII only, so that it is one word on its line. */
static bool
check_id(const char *name, const char *id, GError **error)
{
    size_t n = strlen(id);
    for (size_t i = 0; i < n; i++) {
        if (!g_ascii_isgraph(id[i]) || id[i] == '<' || id[i] == '>')
            return error_set(error, ERR_REJECT, "%s is not a Message-ID", name);
    }
    if (n == 0 || n > LINE_BYTES - 20)
        return error_set(error, ERR_REJECT, "%s is not a Message-ID", name);
    return true;
}

/* --- header -------------------------------------------------------------------------- */

/* The address as it is sent: local part as given, domain in A-labels. NULL with error
   when it is none, or needs SMTPUTF8 (RFC 6531), which a relay may not have. */
static char *
wire_address(const char *field, const char *address, GError **error)
{
    g_autofree char *normal = address_normalise(slice_from(address));
    const char *at = strrchr(address, '@');
    if (!normal || !at || strpbrk(address, "<> \t\r\n")) {
        error_set(error, ERR_REJECT, "%s has no valid address", field);
        return NULL;
    }
    for (const char *p = address; p < at; p++) {
        if (*p & 0x80) {
            error_set(error, ERR_REJECT, "%s: this address needs SMTPUTF8", field);
            return NULL;
        }
    }
    return g_strdup_printf("%.*s%s", (int)(at - address), address, strrchr(normal, '@'));
}

static bool
write_boxes(GString *out, const char *field, const struct mail_box *boxes, GError **error)
{
    g_autoptr(GString) value = g_string_new(NULL);
    for (; boxes && boxes->address; boxes++) {
        if (boxes->name && !check_value(field, boxes->name, error))
            return false;
        g_autofree char *address = wire_address(field, boxes->address, error);
        if (!address)
            return false;
        header_write_mailbox(value, boxes->name, address);
    }
    if (value->len)
        header_write_raw(out, field, value->str);
    return true;
}

static bool
write_addresses(GString *out, const struct mail_draft *d, GError **error)
{
    struct mail_box from[] = { d->from, { NULL, NULL } };
    struct mail_box sender[] = { d->sender, { NULL, NULL } };
    if (!d->from.address)
        return error_set(error, ERR_REJECT, "From is missing");
    return write_boxes(out, "From", from, error)
           && write_boxes(out, "Sender", sender, error)
           && write_boxes(out, "Reply-To", d->reply_to, error)
           && write_boxes(out, "To", d->to, error)
           && write_boxes(out, "Cc", d->cc, error);
}

/* NULL: the field isn't there. */
static bool
write_text(GString *out, const char *name, const char *value, GError **error)
{
    if (!value)
        return true;
    if (!check_value(name, value, error))
        return false;
    header_write_text(out, name, value);
    return true;
}

/* "<a> <b> <c>": the first, and as many of the last as fit. */
static char *
join_references(const char *const *ids)
{
    size_t n = g_strv_length((char **)ids), from = n;
    size_t room = LIMIT_REFERENCES_OUT;
    size_t first = strlen(ids[0]) + 3;
    room -= MIN(room, first);
    while (from > 1 && strlen(ids[from - 1]) + 3 <= room)
        room -= strlen(ids[--from]) + 3;

    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "<%s>", ids[0]);
    for (size_t i = MAX(from, 1); i < n; i++)
        g_string_append_printf(out, " <%s>", ids[i]);
    return g_string_free(out, false);
}

static bool
write_threading(GString *out, const struct mail_draft *d, GError **error)
{
    if (!d->message_id)
        return error_set(error, ERR_REJECT, "Message-ID is missing");
    if (!check_id("Message-ID", d->message_id, error)
        || (d->in_reply_to && !check_id("In-Reply-To", d->in_reply_to, error)))
        return false;
    for (size_t i = 0; d->references && d->references[i]; i++) {
        if (!check_id("References", d->references[i], error))
            return false;
    }
    g_string_append_printf(out, "Message-ID: <%s>\r\n", d->message_id);
    if (d->in_reply_to)
        g_string_append_printf(out, "In-Reply-To: <%s>\r\n", d->in_reply_to);
    if (d->references && d->references[0]) {
        g_autofree char *value = join_references(d->references);
        header_write_raw(out, "References", value);
    }
    return write_text(out, "Thread-Topic", d->thread_topic, error)
           && write_text(out, "Thread-Index", d->thread_index, error);
}

static bool
write_automatic(GString *out, const struct mail_draft *d, GError **error)
{
    if (!write_text(out, "X-Loop", d->loop_address, error))
        return false;
    if (!d->auto_submitted)
        return true;
    if (strcmp(d->auto_submitted, "auto-generated") != 0
        && strcmp(d->auto_submitted, "auto-replied") != 0)
        return error_set(error, ERR_BUG, "not a value of Auto-Submitted");
    return write_text(out, "Auto-Submitted", d->auto_submitted, error)
           && write_text(out, "X-Auto-Response-Suppress", "All", error);
}

static bool
write_date(GString *out, int64_t date_us, GError **error)
{
    g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(date_us / G_USEC_PER_SEC);
    if (!date || g_date_time_get_year(date) < 1970)
        return error_set(error, ERR_REJECT, "Date is out of range");
    g_autofree char *text = g_mime_utils_header_format_date(date);
    header_write_raw(out, "Date", text);
    return true;
}

static bool
write_fields(GString *out, const struct mail_draft *d, GError **error)
{
    if (!write_date(out, d->date_us, error) || !write_addresses(out, d, error)
        || !write_text(out, "Subject", d->subject ? d->subject : "", error)
        || !write_threading(out, d, error) || !write_automatic(out, d, error))
        return false;
    for (const struct mail_header *h = d->headers; h && h->name; h++) {
        if (!check_name(h->name, error)
            || !write_text(out, h->name, h->value ? h->value : "", error))
            return false;
    }
    header_write_raw(out, "MIME-Version", "1.0");
    return true;
}

/* --- content ------------------------------------------------------------------------- */

/* How text is to be sent: as it is where it is plain ASCII in short lines; else whichever
   of quoted-printable and base64 is the shorter. "From " at the start of a line is what
   mbox writers change, and white space at its end what relays drop. */
static GMimeContentEncoding
text_encoding(const char *text)
{
    size_t high = 0, total = 0, line = 0;
    bool plain = true;
    for (const char *p = text; *p; p++, total++) {
        if (line == 0 && (strncmp(p, "From ", 5) == 0 || *p == '.'))
            plain = false;
        if (*p == '\n' && p > text && (p[-1] == ' ' || p[-1] == '\t'))
            plain = false;
        line = *p == '\n' ? 0 : line + 1;
        high += (*p & 0x80) != 0;
        if (line > LINE_BYTES || (*p & 0x80))
            plain = false;
    }
    if (plain)
        return GMIME_CONTENT_ENCODING_7BIT;
    return high * 6 > total ? GMIME_CONTENT_ENCODING_BASE64
                            : GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE;
}

static GMimeObject *
make_part(const char *type, const char *subtype, const void *bytes, size_t n,
          GMimeContentEncoding encoding)
{
    GMimePart *part = g_mime_part_new_with_type(type, subtype);
    g_autoptr(GMimeStream) stream = g_mime_stream_mem_new_with_buffer(bytes, n);
    g_autoptr(GMimeDataWrapper) wrapper =
        g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);
    g_mime_part_set_content(part, wrapper);
    g_mime_part_set_content_encoding(part, encoding);
    return GMIME_OBJECT(part);
}

static GMimeObject *
make_text(const char *subtype, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autoptr(GString) clean = g_string_new(charset_clean_text(valid));
    if (clean->len == 0 || clean->str[clean->len - 1] != '\n')
        g_string_append_c(clean, '\n');
    GMimeContentEncoding encoding = text_encoding(clean->str);
    /* base64 is of the bytes of the text in its canonical form (RFC 2045 §6.8). */
    if (encoding == GMIME_CONTENT_ENCODING_BASE64)
        g_string_replace(clean, "\n", "\r\n", 0);
    GMimeObject *part = make_part("text", subtype, clean->str, clean->len, encoding);
    g_mime_object_set_content_type_parameter(part, "charset", "utf-8");
    return part;
}

static GMimeObject *
make_multipart(const struct mail_draft *d, const char *subtype)
{
    GMimeMultipart *multipart = g_mime_multipart_new_with_subtype(subtype);
    g_autofree char *seed = g_strconcat(subtype, " ", d->message_id, NULL);
    struct sha256 digest = crypto_sha256(slice_from(seed));
    g_autofree char *mark = crypto_base32(digest.b, 15);
    g_autofree char *boundary = g_strconcat("=_", mark, NULL);
    g_mime_multipart_set_boundary(multipart, boundary);
    return GMIME_OBJECT(multipart);
}

/* multipart/<subtype> of both; takes both, either may be NULL. */
static GMimeObject *
combine(const struct mail_draft *d, const char *subtype, GMimeObject *a, GMimeObject *b)
{
    if (!a || !b)
        return a ? a : b;
    GMimeObject *multipart = make_multipart(d, subtype);
    g_mime_multipart_add(GMIME_MULTIPART(multipart), a);
    g_mime_multipart_add(GMIME_MULTIPART(multipart), b);
    g_object_unref(a);
    g_object_unref(b);
    return multipart;
}

/* The type it is sent as: message/ and multipart/ may not be base64 (RFC 2046 §5), so a
   mail goes as a plain file. */
static void
split_type(const char *content_type, char **ret_type, char **ret_subtype)
{
    g_auto(GStrv) halves = g_strsplit(content_type ? content_type : "", "/", 2);
    bool good = g_strv_length(halves) == 2;
    for (size_t i = 0; good && i < 2; i++) {
        for (const char *p = halves[i]; *p; p++)
            good = good && (g_ascii_isalnum(*p) || strchr("-+._", *p));
        good = good && *halves[i];
    }
    if (!good || g_ascii_strcasecmp(halves[0], "multipart") == 0
        || g_ascii_strcasecmp(halves[0], "message") == 0) {
        *ret_type = g_strdup("application");
        *ret_subtype = g_strdup("octet-stream");
        return;
    }
    *ret_type = g_strdup(halves[0]);
    *ret_subtype = g_strdup(halves[1]);
}

/* The name in both places where readers look, as UTF-8 (GMime would choose iso-8859-1
   where that suffices, which old readers take for windows-1252). */
static void
set_name(GMimeObject *part, const char *name)
{
    g_mime_object_set_content_disposition_parameter(part, "filename", name);
    g_mime_object_set_content_type_parameter(part, "name", name);
    GMimeParamList *lists[] = {
        g_mime_content_disposition_get_parameters(
            g_mime_object_get_content_disposition(part)),
        g_mime_content_type_get_parameters(g_mime_object_get_content_type(part)),
    };
    static const char *const names[] = { "filename", "name" };
    for (size_t i = 0; i < 2; i++) {
        GMimeParam *param = g_mime_param_list_get_parameter(lists[i], names[i]);
        g_mime_param_set_charset(param, "utf-8");
        g_mime_param_set_encoding_method(param, GMIME_PARAM_ENCODING_METHOD_RFC2231);
    }
}

static GMimeObject *
make_attachment(const struct mail_attachment *a, GError **error)
{
    if ((a->name && !check_value("a file name", a->name, error))
        || (a->content_id && !check_id("Content-ID", a->content_id, error)))
        return NULL;
    g_autofree char *type = NULL, *subtype = NULL;
    split_type(a->content_type, &type, &subtype);
    gsize n = 0;
    const void *bytes = g_bytes_get_data(a->content, &n);
    GMimeObject *part =
        make_part(type, subtype, bytes ? bytes : "", n, GMIME_CONTENT_ENCODING_BASE64);
    g_mime_object_set_disposition(part, a->is_inline ? GMIME_DISPOSITION_INLINE
                                                     : GMIME_DISPOSITION_ATTACHMENT);
    if (a->name && *a->name)
        set_name(part, a->name);
    if (a->content_id)
        g_mime_part_set_content_id(GMIME_PART(part), a->content_id);
    return part;
}

/* Add those that are (or are not) shown inline to `body`, as multipart/<subtype>. Takes
   body. NULL with error. */
static GMimeObject *
attach(const struct mail_draft *d, GMimeObject *body, bool is_inline, const char *subtype,
       GError **error)
{
    GMimeObject *multipart = NULL;
    for (size_t i = 0; i < d->n_attachments; i++) {
        if ((d->attachments[i].is_inline && d->html) != is_inline)
            continue;
        g_autoptr(GMimeObject) part = make_attachment(&d->attachments[i], error);
        if (!part) {
            g_object_unref(multipart ? multipart : body);
            return NULL;
        }
        if (!multipart) {
            multipart = make_multipart(d, subtype);
            g_mime_multipart_add(GMIME_MULTIPART(multipart), body);
            g_object_unref(body);
        }
        g_mime_multipart_add(GMIME_MULTIPART(multipart), part);
    }
    return multipart ? multipart : body;
}

static GMimeObject *
make_content(const struct mail_draft *d, GError **error)
{
    GMimeObject *html = d->html ? make_text("html", d->html) : NULL;
    if (html)
        html = attach(d, html, true, "related", error);
    if (d->html && !html)
        return NULL;
    GMimeObject *text =
        d->text || !html ? make_text("plain", d->text ? d->text : "") : NULL;
    GMimeObject *body = combine(d, "alternative", text, html);
    return attach(d, body, false, "mixed", error);
}

/* --- writing ------------------------------------------------------------------------- */

/* What every relay takes. It holds by how the message was made; that it does is checked,
   because a header that breaks it could be someone's forged line. */
static bool
check_output(GBytes *bytes, GError **error)
{
    gsize n = 0, line = 0;
    const char *p = g_bytes_get_data(bytes, &n);
    for (gsize i = 0; i < n; i++) {
        bool crlf = p[i] == '\r' && i + 1 < n && p[i + 1] == '\n';
        if (!p[i] || (p[i] & 0x80) || (p[i] == '\r' && !crlf)
            || (p[i] == '\n' && (i == 0 || p[i - 1] != '\r')))
            return error_set(error, ERR_BUG, "composed a message that is not 7-bit text");
        line = p[i] == '\n' || p[i] == '\r' ? 0 : line + 1;
        if (line > LINE_BYTES)
            return error_set(error, ERR_REJECT, "a header line would be too long");
    }
    return true;
}

/* The fields, then the content with its own Content-* fields. */
static GBytes *
write_message(const GString *fields, GMimeObject *content)
{
    GMimeFormatOptions *format = g_mime_format_options_new();
    g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
    g_autoptr(GMimeStream) stream = g_mime_stream_mem_new();
    GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), false);
    g_mime_stream_write(stream, fields->str, fields->len);
    g_mime_object_write_to_stream(content, format, stream);
    g_mime_format_options_free(format);
    if (bytes->len < 2 || memcmp(bytes->data + bytes->len - 2, "\r\n", 2) != 0)
        g_byte_array_append(bytes, (const guint8 *)"\r\n", 2);
    return g_byte_array_free_to_bytes(bytes);
}

GBytes *
mail_compose(const struct mail_draft *draft, GError **error)
{
    gmime_start();
    g_autoptr(GString) fields = g_string_new(NULL);
    if (!write_fields(fields, draft, error))
        return NULL;
    g_autoptr(GMimeObject) content = make_content(draft, error);
    if (!content)
        return NULL;
    g_autoptr(GBytes) bytes = write_message(fields, content);
    if (!check_output(bytes, error))
        return NULL;
    return g_steal_pointer(&bytes);
}
