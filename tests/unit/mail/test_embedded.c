#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/mail/embedded.h"
#include "common/mail/inner.h"
#include "common/mail/mail.h"
#include "common/mail/meaning.h"

#define Y_ABC "=ybegin line=128 size=3 name=abc.bin\r\n\x8b\x8c\x8d\r\n"

static struct slice
slice_of(GBytes *bytes)
{
    gsize n = 0;
    const char *p = g_bytes_get_data(bytes, &n);
    return (struct slice){ p, n };
}

/* "name=content;" of each file. */
static char *
list(const GPtrArray *files)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i < files->len; i++) {
        const struct inner_file *f = files->pdata[i];
        struct slice content = slice_of(f->content);
        g_string_append_printf(out, "%s=%.*s;", f->name, (int)content.n, content.p);
    }
    return g_string_free(g_steal_pointer(&out), false);
}

static void
test_blocks(void **state)
{
    static const struct {
        const char *name, *text, *want, *rest; /* NULL: nothing to cut */
    } cases[] = {
        { "none", "words\n", "", NULL },
        { "empty", "", "", NULL },
        { "uuencode", "a\nbegin 644 cat.txt\n#0V%T\n`\nend\nb\n", "cat.txt=Cat;",
          "a\nb\n" },
        { "CR LF, no last newline", "begin 0644 c\r\n#0V%T\r\n`\r\nend", "c=Cat;", "" },
        { "count by a space", "begin 644 c\n#0V%T\n \nend\n", "c=Cat;", "" },
        { "no empty line", "begin 644 c\n#0V%T\nend\n", "c=Cat;", "" },
        { "checksum character", "begin 644 c\n#0V%TX\n`\nend\n", "c=Cat;", "" },
        { "spaces were lost", "begin 644 c\n$04)#\n`\nend\n", "c=ABC;",
          "" }, /* the fourth byte is a NUL, where %.*s ends */
        { "name with folders", "begin 644 ..\\..//etc/x.sh\n#0V%T\n`\nend\n", "x.sh=Cat;",
          "" },
        { "8-bit name", "begin 644 gr\xfc\xdf.txt\n#0V%T\n`\nend\n", "grüß.txt=Cat;",
          "" },
        { "no name", "begin 644 \n#0V%T\n`\nend\n", "=Cat;", "" },
        { "two", "begin 644 a\n#0V%T\n`\nend\nx\nbegin 644 b\n#0V%T\n`\nend\n",
          "a=Cat;b=Cat;", "x\n" },
        { "prose", "begin 644 things\nand never end\n", "", NULL },
        { "prose with end", "begin 644 things\nend\n", "", NULL },
        { "no mode", "begin with this\n#0V%T\n`\nend\n", "", NULL },
        { "never ends", "begin 644 c\n#0V%T\n`\n", "", NULL },
        { "quoted", "> begin 644 c\n> #0V%T\n> `\n> end\n", "", NULL },
        { "broken, then good", "begin 644 a\nbegin 644 b\n#0V%T\n`\nend\n", "b=Cat;",
          "begin 644 a\n" },
        { "line too long", "begin 644 c\n#0V%T0V%T0V%T\n`\nend\n", "", NULL },
        { "yEnc", "x\r\n" Y_ABC "=yend size=3 crc32=352441c2\r\ny\r\n", "abc.bin=abc;",
          "x\r\ny\r\n" },
        { "yEnc escape", "=ybegin line=128 size=1 name=a\n=\xcc\n=yend size=1\n", "a=b;",
          "" },
        { "yEnc piece",
          "=ybegin part=1 total=2 line=128 size=9 name=a b\n=ypart begin=1 end=3\n"
          "\x8b\x8c\x8d\n=yend size=3 part=1 pcrc32=352441c2 crc32=00000000\n",
          "a b=abc;", "" },
        { "yEnc without an end", Y_ABC "words\n", "", NULL },
        { "yEnc without a size", "=ybegin line=128 name=a\n\x8b\n=yend size=1\n", "",
          NULL },
        { "yEnc began twice", Y_ABC Y_ABC "=yend size=3\n", "abc.bin=abc;", Y_ABC },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t n = strlen(cases[i].text);
        g_autofree char *exact = g_memdup2(cases[i].text, n);
        struct slice text = { exact, n };
        const char *problem = "";
        g_autoptr(GPtrArray) files = embedded_read(text, "iso-8859-1", &problem);
        g_autoptr(GString) cut = embedded_cut(text, EMBEDDED_CUT_ALL);
        g_autofree char *got = list(files);
        if (strcmp(got, cases[i].want) != 0 || problem)
            fail_msg("%s: got %s (%s)", cases[i].name, got, problem);
        if (g_strcmp0(cut ? cut->str : NULL, cases[i].rest) != 0)
            fail_msg("%s: left %s", cases[i].name, cut ? cut->str : "all");
    }
}

static void
test_yenc_checks(void **state)
{
    static const struct {
        const char *name, *end;
        bool want_problem;
    } cases[] = {
        { "right", "=yend size=3 crc32=352441c2\n", false },
        { "upper case", "=yend size=3 crc32=352441C2\n", false },
        { "size alone", "=yend size=3\n", false },
        { "wrong size", "=yend size=4 crc32=352441c2\n", true },
        { "wrong sum", "=yend size=3 crc32=352441c3\n", true },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strconcat(Y_ABC, cases[i].end, NULL);
        const char *problem = NULL;
        g_autoptr(GPtrArray) files = embedded_read(slice_from(text), NULL, &problem);
        g_autofree char *got = list(files);
        assert_string_equal(got, "abc.bin=abc;");
        if (!problem == cases[i].want_problem)
            fail_msg("%s: %s", cases[i].name, problem ? problem : "no problem");
    }
}

static void
test_only_yenc_is_cut(void **state)
{
    (void)state;
    assert_null(embedded_cut((struct slice){ NULL, 0 }, EMBEDDED_CUT_ALL));
    const char *text = "a\nbegin 644 c\n#0V%T\n`\nend\n" Y_ABC "=yend size=3\nb\n";
    g_autoptr(GString) cut = embedded_cut(slice_from(text), EMBEDDED_CUT_YENC);
    assert_string_equal(cut->str, "a\nbegin 644 c\n#0V%T\n`\nend\nb\n");
}

static void
test_parts(void **state)
{
    (void)state;
    const char *raw =
        "Content-Type: text/plain\n\nSee:\nbegin 644 cat.txt\n#0V%T\n`\nend\n"
        "Anna\n";
    g_autoptr(Mail) mail = mail_parse(slice_from(raw), NULL, NULL);
    assert_int_equal(mail->parts->len, 2);
    const struct mail_part *part = mail->parts->pdata[1];
    assert_string_equal(part->path, "1/1");
    assert_string_equal(part->encoding, "7bit text:1");
    assert_false(part->is_body);
    assert_int_equal(part->size, 3);

    g_autoptr(GBytes) content = mail_part_decode(slice_from(raw), part, NULL);
    assert_true(slice_equal(slice_of(content), slice_from("Cat")));
    g_auto(ReplySplit) split = mail_split(mail, NULL, 0);
    assert_string_equal(split.reply, "See:\nAnna");

    static const char *const wrong[] = { "7bit text:2", "7bit text:0",  "7bit text:x",
                                         "7bit tnef:1", "7bit other:1", "7bit " };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        struct mail_part other = { .encoding = g_strdup(wrong[i]),
                                   .offset = part->offset,
                                   .length = part->length };
        assert_null(mail_part_decode(slice_from(raw), &other, &error));
        assert_int_equal(error->code, ERR_CONFLICT);
        g_free(other.encoding);
    }
}

/* A mail can't name a file within itself by its own encoding. */
static void
test_declared_encoding(void **state)
{
    (void)state;
    const char *raw = "Content-Transfer-Encoding: 7bit text:1\n\n"
                      "begin 644 cat.txt\n#0V%T\n`\nend\n";
    g_autoptr(Mail) mail = mail_parse(slice_from(raw), NULL, NULL);
    const struct mail_part *part = mail->parts->pdata[0];
    assert_string_equal(part->encoding, "7bit");
}

/* Words behind a file that is larger than what is kept of a text. */
static void
test_large_block(void **state)
{
    (void)state;
    g_autoptr(GString) raw = g_string_new("Subject: x\n\nbefore\nbegin 644 big\n");
    while (raw->len < 2 * LIMIT_TEXT_BYTES)
        g_string_append(
            raw, "M86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A\n");
    g_string_append(raw, "`\nend\nbehind\n");
    g_autoptr(Mail) mail = mail_parse((struct slice){ raw->str, raw->len }, NULL, NULL);
    assert_string_equal(mail->text, "before\nbehind\n");
    assert_int_equal(mail->parts->len, 2);
}

static void
test_many_blocks(void **state)
{
    (void)state;
    g_autoptr(GString) raw = g_string_new("Subject: x\n\n");
    for (int i = 0; i < 2 * LIMIT_PARTS; i++)
        g_string_append(raw, "begin 644 c\n#0V%T\n`\nend\n");
    g_autoptr(Mail) mail = mail_parse((struct slice){ raw->str, raw->len }, NULL, NULL);
    assert_int_equal(mail->parts->len, LIMIT_PARTS);
    bool said = false;
    for (guint i = 0; i < mail->errors->len; i++)
        said = said || strstr(mail->errors->pdata[i], "too many files");
    assert_true(said);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_yenc_checks),
        cmocka_unit_test(test_only_yenc_is_cut),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_declared_encoding),
        cmocka_unit_test(test_large_block),
        cmocka_unit_test(test_many_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
