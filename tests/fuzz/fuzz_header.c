/* fuzz_header: a header block lies within its bytes, in order and under the limits, and
   every value of it reads as one line of UTF-8. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/mail/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_line(const char *text)
{
    g_assert_true(g_utf8_validate(text, -1, NULL));
    for (const char *p = text; *p; p++)
        g_assert_true((unsigned char)*p >= 32 && *p != 127);
}

static void
check_within(struct slice in, struct slice part)
{
    g_assert_true(part.n == 0 || (part.p >= in.p && part.p + part.n <= in.p + in.n));
}

static void
check_field(struct slice in, const struct header_block *block, size_t i)
{
    const struct header_field *field = &block->fields[i];
    check_within(in, field->name);
    check_within(in, field->value);
    g_assert_true(field->name.n > 0 && !memchr(field->name.p, ':', field->name.n));
    g_assert_true(!i || block->fields[i - 1].value.p <= field->name.p);

    g_autofree char *text = header_text(block, field);
    g_autofree char *bare = header_unfold(field);
    g_autofree char *utf8 = header_unfold_utf8(block, field);
    check_line(text);
    g_assert_null(strpbrk(bare, "\r\n"));
    g_assert_true(g_utf8_validate(utf8, -1, NULL));

    g_autofree char *name = slice_dup(field->name);
    if (strlen(name) == field->name.n)
        g_assert_nonnull(header_find(block, name));
}

static void
check_block(struct slice in, struct header_block *block)
{
    static const char *const charsets[] = { NULL,          "iso-8859-1", "gb2312",
                                            "iso-2022-jp", "utf-7",      "x-unknown" };
    g_assert_cmpuint(block->count, <=, LIMIT_HEADER_FIELDS);
    g_assert_cmpuint(block->body, <=, in.n);
    block->charset = charsets[in.n % G_N_ELEMENTS(charsets)];
    for (size_t i = 0; i < block->count; i++)
        check_field(in, block, i);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = { (const char *)data, size };
    g_auto(HeaderBlock) message = { 0 };
    g_auto(HeaderBlock) part = { 0 };
    header_read(in, &message);
    check_block(in, &message);
    header_read_part(in, &part);
    check_block(in, &part);
    return 0;
}
