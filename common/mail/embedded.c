#include "common/mail/embedded.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/mail/charset.h"
#include "common/mail/file_type.h"
#include "common/mail/inner.h"

/* A block as it is found: `rest` goes on behind it. */
struct block {
    struct slice name;
    GByteArray *content;
    const char *problem; /* static */
    struct slice rest;
    bool is_yenc;
};

/* --- uuencode ------------------------------------------------------------------------ */

/* The six bits of a character; "`" is written for the space. */
static unsigned
uu_bits(struct slice line, size_t i)
{
    return i < line.n ? ((unsigned)(unsigned char)line.p[i] - 32) & 63 : 0;
}

/* One line: a count, and four characters for every three bytes. Spaces at its end may have
   been lost; a checksum or a space may follow. */
static bool
uu_line(struct slice line, GByteArray *out)
{
    size_t count = uu_bits(line, 0), need = (count + 2) / 3 * 4;

    if (line.n > need + 3)
        return false;
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] < 32 || line.p[i] > 96)
            return false;
    for (size_t i = 1, left = count; left > 0; i += 4) {
        unsigned bits = uu_bits(line, i) << 18 | uu_bits(line, i + 1) << 12
                        | uu_bits(line, i + 2) << 6 | uu_bits(line, i + 3);
        guint8 three[] = { (guint8)(bits >> 16), (guint8)(bits >> 8), (guint8)bits };
        size_t n = left < 3 ? left : 3;
        g_byte_array_append(out, three, (guint)n);
        left -= n;
    }
    return true;
}

/* "begin 644 name": three or four octal digits; the name may be missing. */
static bool
uu_begin(struct slice line, struct slice *ret_name)
{
    size_t digits = 6;

    if (line.n < 10 || memcmp(line.p, "begin ", 6) != 0)
        return false;
    while (digits < line.n && line.p[digits] >= '0' && line.p[digits] <= '7')
        digits++;
    if (digits < 9 || digits > 10 || digits == line.n || line.p[digits] != ' ')
        return false;
    *ret_name = slice_trim(slice_sub(line, digits, line.n));
    return true;
}

static bool
uu_body(struct block *b)
{
    struct slice line;

    while (slice_next_line(&b->rest, &line)) {
        if (slice_equal(slice_trim(line), slice_from("end")))
            return b->content->len > 0;
        if (line.n && !uu_line(line, b->content))
            return false;
    }
    return false;
}

/* --- yEnc ---------------------------------------------------------------------------- */

/* " size=123" within a keyword line; false when it isn't there. */
static bool
y_number(struct slice line, const char *key, guint base, uint64_t *ret_number)
{
    g_autofree char *text = slice_dup(line);
    const char *at = strstr(text, key);

    if (!at || !g_ascii_isxdigit(at[strlen(key)]))
        return false;
    *ret_number = g_ascii_strtoull(at + strlen(key), NULL, base);
    return true;
}

/* The name is the last field, and may have spaces in it. */
static bool
y_begin(struct slice line, struct slice *ret_name)
{
    uint64_t ignored;

    if (line.n > LIMIT_PARAMETER_BYTES || line.n < 8 || memcmp(line.p, "=ybegin ", 8) != 0
        || !y_number(line, " size=", 10, &ignored)
        || !y_number(line, " line=", 10, &ignored))
        return false;
    g_autofree char *text = slice_dup(line);
    const char *name = strstr(text, " name=");
    if (!name)
        return false;
    *ret_name = slice_trim(slice_sub(line, (size_t)(name - text) + 6, line.n));
    return true;
}

static void
y_line(struct slice line, GByteArray *out)
{
    for (size_t i = 0; i < line.n; i++) {
        bool escaped = line.p[i] == '=' && i + 1 < line.n;
        guint8 c = (guint8)line.p[escaped ? ++i : i];
        c = (guint8)(c - (escaped ? 64 + 42 : 42));
        g_byte_array_append(out, &c, 1);
    }
}

/* CRC-32 as in zip: reflected, polynomial 0x04c11db7. */
static uint32_t
crc32(const GByteArray *bytes)
{
    uint32_t table[256], crc = 0xffffffffu;

    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int bit = 0; bit < 8; bit++)
            c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
        table[i] = c;
    }
    for (guint i = 0; i < bytes->len; i++)
        crc = table[(crc ^ bytes->data[i]) & 255] ^ crc >> 8;
    return ~crc;
}

/* Of one of several parts, "pcrc32" is the sum of it, and "crc32" that of the whole. */
static const char *
y_check(struct slice end, bool is_piece, const GByteArray *content)
{
    uint64_t size = 0, crc = 0;

    if (y_number(end, " size=", 10, &size) && size != content->len)
        return "a yEnc block is not of the size that it states: given as it is";
    if (y_number(end, is_piece ? " pcrc32=" : " crc32=", 16, &crc)
        && crc != crc32(content))
        return "a yEnc block does not match its checksum: given as it is";
    return NULL;
}

static bool
y_body(struct block *b)
{
    struct slice line;
    bool is_piece = false;

    while (slice_next_line(&b->rest, &line)) {
        bool keyword = line.n >= 2 && line.p[0] == '=' && line.p[1] == 'y';
        if (!keyword) {
            y_line(line, b->content);
        } else if (slice_starts_nocase(line, "=ypart ")) {
            is_piece = true;
        } else if (slice_starts_nocase(line, "=yend ")) {
            line = slice_sub(line, 0, LIMIT_PARAMETER_BYTES);
            b->problem = y_check(line, is_piece, b->content);
            return b->content->len > 0;
        } else {
            return false;
        }
    }
    return false;
}

/* --- both ---------------------------------------------------------------------------- */

/* Is `line`, behind which is `rest`, the first of a block? The content is the caller's. */
static bool
read_block(struct slice line, struct slice rest, struct block *ret_block)
{
    struct block b = { .rest = rest };
    bool uu = uu_begin(line, &b.name);

    if (!uu && !y_begin(line, &b.name))
        return false;
    b.is_yenc = !uu;
    b.content = g_byte_array_new();
    if (!(uu ? uu_body(&b) : y_body(&b))) {
        g_byte_array_unref(b.content);
        return false;
    }
    *ret_block = b;
    return true;
}

static struct inner_file *
to_file(struct block *b, const char *charset)
{
    struct inner_file *file = inner_file_new();
    g_autofree char *name = slice_dup(slice_sub(b->name, 0, LIMIT_PARAMETER_BYTES));

    file->name = inner_name(charset_header_to_utf8(name, charset));
    file->content_type = g_strdup(file_type_of_name(file->name));
    file->content_id = g_strdup("");
    file->content = g_byte_array_free_to_bytes(b->content);
    return file;
}

GPtrArray *
embedded_read(struct slice text, const char *charset, const char **ret_problem)
{
    GPtrArray *files = g_ptr_array_new_with_free_func(inner_file_free);
    struct slice line;
    struct block block;

    *ret_problem = NULL;
    while (files->len < LIMIT_PARTS && slice_next_line(&text, &line)) {
        if (!read_block(line, text, &block))
            continue;
        if (block.problem)
            *ret_problem = block.problem;
        text = block.rest;
        g_ptr_array_add(files, to_file(&block, charset));
    }
    return files;
}

GString *
embedded_cut(struct slice text, enum embedded_cut which)
{
    if (text.n == 0)
        return NULL;
    g_autoptr(GString) out = NULL;
    const char *kept = text.p; /* from here on nothing has been copied */
    const char *end = text.p + text.n;
    struct slice line;
    struct block block;

    while (text.n) {
        const char *start = text.p;
        slice_next_line(&text, &line);
        if (!read_block(line, text, &block))
            continue;
        g_byte_array_unref(block.content);
        if (which == EMBEDDED_CUT_YENC && !block.is_yenc) {
            text = block.rest;
            continue;
        }
        if (!out)
            out = g_string_new(NULL);
        g_string_append_len(out, kept, start - kept);
        text = block.rest;
        kept = text.n ? text.p : end;
    }
    if (out)
        g_string_append_len(out, kept, end - kept);
    return g_steal_pointer(&out);
}
