#include "common/mail/protection.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/mail/transfer.h"

#define ARMOUR_MESSAGE "-----BEGIN PGP MESSAGE-----"
#define ARMOUR_MESSAGE_END "-----END PGP MESSAGE-----"
#define ARMOUR_SIGNED "-----BEGIN PGP SIGNED MESSAGE-----"
#define ARMOUR_SIGNED_END "-----END PGP SIGNATURE-----"

const char *
mail_protocol_name(enum mail_protocol protocol)
{
    return protocol == MAIL_OPENPGP ? "openpgp" : "smime";
}

/* --- one node ------------------------------------------------------------------------ */

static struct slice
content_of(struct slice raw, const struct mime_node *node)
{
    return slice_sub(raw, node->offset, node->offset + node->length);
}

static bool
is_pkcs7_mime(const struct mime_node *node)
{
    return strcmp(node->type, "application/pkcs7-mime") == 0
           || strcmp(node->type, "application/x-pkcs7-mime") == 0
           || (strcmp(node->type, "application/octet-stream") == 0
               && g_str_has_suffix(node->name, ".p7m"));
}

/* What a PKCS #7 body is stands in its first bytes, whatever its smime-type claims
   (RFC 5652 §3: ContentInfo begins with the type's OID, 1.2.840.113549.1.7.N, or
   1.9.16.1.23 of authenticated enveloped data, RFC 5083). */
static enum mail_protection_kind
pkcs7_kind(struct slice raw, const struct mime_node *node)
{
    static const char oid[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x07";
    static const char authenticated[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17";
    struct slice head = slice_sub(content_of(raw, node), 0, 200);
    g_autoptr(GBytes) bytes = transfer_decode(head, node->encoding);
    gsize n = 0;
    const char *p = g_bytes_get_data(bytes, &n);
    n = MIN(n, 40u);
    const char *at = p ? memmem(p, n, oid, 8) : NULL;
    if (at && at + 8 < p + n)
        return at[8] == 2 ? MAIL_SIGNED : at[8] == 3 ? MAIL_ENCRYPTED : MAIL_PLAIN;
    return p && memmem(p, n, authenticated, 11) ? MAIL_ENCRYPTED : MAIL_PLAIN;
}

/* At the start of a line: quoted in an answer it is nobody's armour any more. */
static bool
has_armour(struct slice text, const char *begin)
{
    size_t n = strlen(begin);
    const char *start = text.p;
    for (const char *at; text.n && (at = memmem(text.p, text.n, begin, n));) {
        if (at == start || at[-1] == '\n')
            return true;
        text = slice_sub(text, (size_t)(at - text.p) + n, text.n);
    }
    return false;
}

static bool
is_framed(struct slice text, const char *begin, const char *end)
{
    size_t n_begin = strlen(begin), n_end = strlen(end);
    if (text.n < n_begin + n_end || memcmp(text.p, begin, n_begin) != 0
        || memcmp(text.p + text.n - n_end, end, n_end) != 0)
        return false;
    /* Nothing between two blocks: the first end is the last. */
    return memmem(text.p, text.n, end, n_end) == text.p + text.n - n_end;
}

/* Armour in a text; *ret_whole when the text is nothing else. */
static enum mail_protection_kind
armour_kind(struct slice raw, const struct mime_node *node, bool *ret_whole)
{
    struct slice encoded = slice_sub(content_of(raw, node), 0, LIMIT_MESSAGE_BYTES);
    g_autoptr(GBytes) bytes = transfer_decode(encoded, node->encoding);
    struct slice text = { g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes) };
    text = slice_trim(text);
    bool has_encrypted = has_armour(text, ARMOUR_MESSAGE);
    if (!has_encrypted && !has_armour(text, ARMOUR_SIGNED))
        return MAIL_PLAIN;
    bool encrypted = is_framed(text, ARMOUR_MESSAGE, ARMOUR_MESSAGE_END);
    *ret_whole = encrypted || is_framed(text, ARMOUR_SIGNED, ARMOUR_SIGNED_END);
    if (*ret_whole)
        return encrypted ? MAIL_ENCRYPTED : MAIL_SIGNED;
    return has_encrypted ? MAIL_ENCRYPTED : MAIL_SIGNED;
}

/* --- the whole mail ------------------------------------------------------------------ */

static void
set_data(struct mail_protection *p, const struct mime_node *node)
{
    p->whole = true;
    p->data_offset = node->offset;
    p->data_length = node->length;
    p->encoding = g_strdup(node->encoding);
}

/* The two children of a protected multipart at the top, if these are all it has. */
static bool
find_two(const Structure *structure, const struct mime_node **ret_first,
         const struct mime_node **ret_second)
{
    const struct mime_node *found[2] = { NULL, NULL };
    size_t n = 0;
    for (guint i = 1; i < structure->nodes->len; i++) {
        const struct mime_node *node = structure_node(structure, i);
        if (node->parent != 0)
            continue;
        if (n == 2)
            return false;
        found[n++] = node;
    }
    *ret_first = found[0];
    *ret_second = found[1];
    return n == 2 && !found[1]->is_multipart;
}

static bool
is_signature(const struct mime_node *node, enum mail_protocol *ret_protocol)
{
    *ret_protocol =
        strcmp(node->type, "application/pgp-signature") == 0 ? MAIL_OPENPGP : MAIL_SMIME;
    return *ret_protocol == MAIL_OPENPGP
           || strcmp(node->type, "application/pkcs7-signature") == 0
           || strcmp(node->type, "application/x-pkcs7-signature") == 0;
}

static void
read_signed(const Structure *structure, struct mail_protection *p)
{
    const struct mime_node *content = NULL, *signature = NULL;
    p->kind = MAIL_SIGNED;
    if (!find_two(structure, &content, &signature)
        || !is_signature(signature, &p->protocol))
        return;
    set_data(p, signature);
    p->detached = true;
    p->content_offset = content->start;
    p->content_length = content->offset + content->length - content->start;
}

static void
read_encrypted(const Structure *structure, struct mail_protection *p)
{
    const struct mime_node *version = NULL, *data = NULL;
    p->kind = MAIL_ENCRYPTED;
    if (find_two(structure, &version, &data)
        && strcmp(version->type, "application/pgp-encrypted") == 0)
        set_data(p, data);
}

/* The one node of a mail that is no multipart. */
static void
read_single(struct slice raw, const struct mime_node *top, struct mail_protection *p)
{
    bool whole = true;
    if (is_pkcs7_mime(top)) {
        p->kind = pkcs7_kind(raw, top);
        p->protocol = MAIL_SMIME;
    } else if (strcmp(top->type, "text/plain") == 0) {
        p->kind = armour_kind(raw, top, &whole);
        p->is_inline = p->kind != MAIL_PLAIN;
    }
    if (p->kind != MAIL_PLAIN && whole)
        set_data(p, top);
}

/* Something protected deeper in a mail that is not protected as a whole. */
static void
read_partial(struct slice raw, const Structure *structure, struct mail_protection *p)
{
    for (guint i = 1; i < structure->nodes->len && p->kind != MAIL_ENCRYPTED; i++) {
        const struct mime_node *node = structure_node(structure, i);
        struct mail_protection part = { 0 };
        if (strcmp(node->type, "multipart/signed") == 0)
            part.kind = MAIL_SIGNED;
        else if (strcmp(node->type, "multipart/encrypted") == 0
                 || strcmp(node->type, "application/pgp-encrypted") == 0)
            part.kind = MAIL_ENCRYPTED;
        else if (!node->is_multipart)
            read_single(raw, node, &part);
        if (is_signature(node, &part.protocol) || is_pkcs7_mime(node))
            p->protocol = part.protocol;
        g_free(part.encoding);
        if (part.kind > p->kind) {
            p->kind = part.kind;
            p->is_inline = part.is_inline;
        }
    }
}

void
protection_read(struct slice raw, const Structure *structure,
                struct mail_protection *ret_protection)
{
    const struct mime_node *top = structure_node(structure, 0);
    struct mail_protection p = { 0 };

    if (!top->is_multipart)
        read_single(raw, top, &p);
    else if (strcmp(top->type, "multipart/signed") == 0)
        read_signed(structure, &p);
    else if (strcmp(top->type, "multipart/encrypted") == 0)
        read_encrypted(structure, &p);
    else
        read_partial(raw, structure, &p);
    *ret_protection = p;
}

void
mail_protection_find(struct slice raw, struct mail_protection *ret_protection)
{
    g_autoptr(GPtrArray) errors = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Structure) structure = structure_read(raw, errors);
    protection_read(raw, structure, ret_protection);
}

void
mail_protection_clear(struct mail_protection *protection)
{
    g_clear_pointer(&protection->encoding, g_free);
}

/* --- bytes ----------------------------------------------------------------------------- */

GBytes *
mail_protected_data(struct slice raw, const struct mail_protection *p)
{
    struct slice data = slice_sub(raw, p->data_offset, p->data_offset + p->data_length);
    return transfer_decode(data, p->encoding);
}

GBytes *
mail_signed_content(struct slice raw, const struct mail_protection *p)
{
    struct slice content =
        slice_sub(raw, p->content_offset, p->content_offset + p->content_length);
    if (!p->detached)
        return NULL;
    GByteArray *out = g_byte_array_sized_new((guint)content.n + 64);
    for (size_t at = 0; at < content.n;) {
        const char *line = content.p + at;
        const char *end = memchr(line, '\n', content.n - at);
        size_t n = end ? (size_t)(end - line) : content.n - at;
        at += n + 1;
        if (end && n && line[n - 1] == '\r')
            n--;
        g_byte_array_append(out, (const guint8 *)line, (guint)n);
        if (end)
            g_byte_array_append(out, (const guint8 *)"\r\n", 2);
    }
    return g_byte_array_free_to_bytes(out);
}

static bool
is_mime_field(const struct header_field *field)
{
    return slice_starts_nocase(field->name, "Content-")
           || slice_equal_nocase(field->name, "MIME-Version");
}

static void
append_fields(GByteArray *out, const struct header_block *header, bool of_mime)
{
    for (size_t i = 0; i < header->count; i++) {
        const struct header_field *f = &header->fields[i];
        if (is_mime_field(f) != of_mime)
            continue;
        g_byte_array_append(out, (const guint8 *)f->name.p, (guint)f->name.n);
        g_byte_array_append(out, (const guint8 *)":", 1);
        g_byte_array_append(out, (const guint8 *)f->value.p, (guint)f->value.n);
        g_byte_array_append(out, (const guint8 *)"\r\n", 2);
    }
}

GBytes *
mail_opened(struct slice raw, const struct mail_protection *p, struct slice entity)
{
    static const char text_fields[] = "MIME-Version: 1.0\r\n"
                                      "Content-Type: text/plain; charset=utf-8\r\n"
                                      "Content-Transfer-Encoding: 8bit\r\n";
    GByteArray *out = g_byte_array_sized_new((guint)entity.n + 4096);
    g_auto(HeaderBlock) outer = { 0 }, inner = { 0 };

    header_read(raw, &outer);
    append_fields(out, &outer, false);
    if (p->is_inline) {
        g_byte_array_append(out, (const guint8 *)text_fields, sizeof text_fields - 1);
    } else {
        header_read_part(entity, &inner);
        append_fields(out, &inner, true);
        entity = slice_sub(entity, inner.body, entity.n);
    }
    g_byte_array_append(out, (const guint8 *)"\r\n", 2);
    g_byte_array_append(out, (const guint8 *)entity.p, (guint)entity.n);
    return g_byte_array_free_to_bytes(out);
}
