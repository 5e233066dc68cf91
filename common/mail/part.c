#include "common/mail/part.h"

#include <string.h>

#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/mail/inner.h"
#include "common/mail/tnef.h"
#include "common/mail/transfer.h"

void
part_free(void *data)
{
    struct mail_part *part = data;
    g_free(part->path);
    g_free(part->content_type);
    g_free(part->charset);
    g_free(part->encoding);
    g_free(part->name);
    g_free(part->content_id);
    g_free(part->parameters);
    g_free(part->sha256);
    g_free(part);
}

static struct slice
slice_of(GBytes *bytes)
{
    gsize n = 0;
    const char *p = g_bytes_get_data(bytes, &n);
    return (struct slice){ p, n };
}

static struct slice
encoded_slice(struct slice raw, size_t offset, size_t length)
{
    return slice_sub(raw, offset, offset + length);
}

static void
note(GPtrArray *errors, const char *path, const char *problem)
{
    if (problem)
        g_ptr_array_add(errors, g_strdup_printf("part %s: %s", path, problem));
}

/* --- the index ----------------------------------------------------------------------- */

static struct mail_part *
to_part(const struct mime_node *node, bool is_body, struct slice content)
{
    struct mail_part *part = g_new0(struct mail_part, 1);
    part->path = g_strdup(node->path);
    part->content_type = g_strdup(node->type);
    part->charset = g_strdup(node->charset);
    part->encoding = g_strdup(node->encoding);
    part->name = g_strdup(node->name);
    part->content_id = g_strdup(node->content_id);
    part->parameters = g_strdup(node->parameters);
    part->is_inline =
        strcmp(node->disposition, "inline") == 0
        || (*node->content_id && strcmp(node->disposition, "attachment") != 0);
    part->is_body = is_body;
    part->offset = node->offset;
    part->length = node->length;
    part->size = content.n;
    part->sha256 = crypto_sha256_hex(content);
    return part;
}

static struct mail_part *
to_inner_part(const struct mail_part *outer, enum inner_kind kind, guint number,
              const struct inner_file *file)
{
    struct slice content = slice_of(file->content);
    struct mail_part *part = g_new0(struct mail_part, 1);
    part->path = g_strdup_printf("%s/%u", outer->path, number);
    part->content_type = g_strdup(file->content_type);
    part->charset = g_strdup("");
    part->encoding = inner_encoding(outer->encoding, kind, number);
    part->name = g_strdup(file->name);
    part->content_id = g_strdup(file->content_id);
    part->parameters = g_strdup("");
    part->is_inline = file->is_inline;
    part->offset = outer->offset;
    part->length = outer->length;
    part->size = content.n;
    part->sha256 = crypto_sha256_hex(content);
    return part;
}

static void
add_inner(GPtrArray *parts, const struct mail_part *outer, struct slice content,
          GPtrArray *errors)
{
    const char *problem = NULL;
    enum inner_kind kind = inner_kind(outer->content_type, outer->name, outer->is_body);
    g_autoptr(GPtrArray) files = inner_read(kind, content, outer->charset, &problem);

    note(errors, outer->path, problem);
    for (guint i = 0; i < files->len; i++) {
        if (parts->len >= LIMIT_PARTS) {
            note(errors, outer->path, "too many files within it: the rest is left out");
            return;
        }
        g_ptr_array_add(parts, to_inner_part(outer, kind, i + 1, files->pdata[i]));
    }
}

void
part_add(GPtrArray *parts, struct slice raw, const struct mime_node *node, bool is_body,
         GPtrArray *errors)
{
    struct slice encoded = encoded_slice(raw, node->offset, node->length);
    if (parts->len >= LIMIT_PARTS) {
        note(errors, node->path, "too many parts and files within: left out");
        return;
    }
    note(errors, node->path, transfer_problem(encoded, node->encoding));
    g_autoptr(GBytes) content = transfer_decode(encoded, node->encoding);
    struct mail_part *part = to_part(node, is_body, slice_of(content));
    g_ptr_array_add(parts, part);
    add_inner(parts, part, slice_of(content), errors);
}

void
part_find_tnef_body(const GPtrArray *parts, struct slice raw, char **ret_text,
                    char **ret_html)
{
    *ret_text = *ret_html = NULL;
    for (guint i = 0; i < parts->len && !*ret_text && !*ret_html; i++) {
        const struct mail_part *part = parts->pdata[i];
        if (strchr(part->encoding, ' ')
            || inner_kind(part->content_type, part->name, false) != INNER_TNEF)
            continue;
        g_autoptr(GBytes) content = transfer_decode(
            encoded_slice(raw, part->offset, part->length), part->encoding);
        g_auto(Tnef) tnef = { 0 };
        tnef_read(slice_of(content), &tnef);
        *ret_text = g_steal_pointer(&tnef.text);
        *ret_html = g_steal_pointer(&tnef.html);
    }
}

/* --- the content --------------------------------------------------------------------- */

static GBytes *
decode_inner(struct slice encoded, const char *outer, enum inner_kind kind, guint number,
             GError **error)
{
    g_autoptr(GBytes) content = transfer_decode(encoded, outer);
    g_autoptr(GPtrArray) files = inner_read(kind, slice_of(content), NULL, NULL);

    if (number == 0 || number > files->len) {
        error_set(error, ERR_CONFLICT, "there is no file %u within this part", number);
        return NULL;
    }
    const struct inner_file *file = files->pdata[number - 1];
    return g_bytes_ref(file->content);
}

GBytes *
mail_part_decode(struct slice raw, const struct mail_part *part, GError **error)
{
    const char *encoding = part->encoding ? part->encoding : "";
    g_autofree char *outer = NULL;
    enum inner_kind kind;
    guint number;

    if (part->offset > raw.n || part->length > raw.n - part->offset) {
        error_set(error, ERR_CONFLICT, "part %s lies outside of the message",
                  part->path ? part->path : "?");
        return NULL;
    }
    struct slice encoded = encoded_slice(raw, part->offset, part->length);
    if (inner_split_encoding(encoding, &outer, &kind, &number))
        return decode_inner(encoded, outer, kind, number, error);
    return transfer_decode(encoded, encoding);
}
