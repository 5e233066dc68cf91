/* winmail.dat, its properties, and its RTF. Streams are written here piece by piece. */
#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/mail/file_type.h"
#include "common/mail/inner.h"
#include "common/mail/rtf.h"
#include "common/mail/tnef.h"

/* --- writing a stream ---------------------------------------------------------------- */

static void
put_u16(GString *s, unsigned n)
{
    g_string_append_c(s, (char)(n & 255));
    g_string_append_c(s, (char)(n >> 8 & 255));
}

static void
put_u32(GString *s, unsigned n)
{
    put_u16(s, n & 0xffff);
    put_u16(s, n >> 16);
}

static void
put_padded(GString *s, const char *bytes, size_t n)
{
    g_string_append_len(s, bytes, (gssize)n);
    for (; n % 4; n++)
        g_string_append_c(s, 0);
}

static void
put_variable(GString *s, unsigned type, unsigned id, const char *bytes, size_t n)
{
    put_u16(s, type);
    put_u16(s, id);
    put_u32(s, 1);
    put_u32(s, (unsigned)n);
    put_padded(s, bytes, n);
}

static void
put_unicode(GString *s, unsigned id, const char *text)
{
    gsize n = 0;
    g_autofree char *utf16 = g_convert(text, -1, "UTF-16LE", "UTF-8", NULL, &n, NULL);
    put_variable(s, 0x1f, id, utf16, n);
}

static void
put_long(GString *s, unsigned id, unsigned number)
{
    put_u16(s, 3);
    put_u16(s, id);
    put_u32(s, number);
}

static void
put_attribute(GString *s, int level, unsigned id, const char *data, size_t n)
{
    g_string_append_c(s, (char)level);
    put_u32(s, id);
    put_u32(s, (unsigned)n);
    g_string_append_len(s, data, (gssize)n);
    put_u16(s, 0);
}

/* An attribute that holds `count` properties. */
static void
put_properties(GString *s, int level, unsigned id, unsigned count, const GString *list)
{
    g_autoptr(GString) data = g_string_new(NULL);
    put_u32(data, count);
    g_string_append_len(data, list->str, (gssize)list->len);
    put_attribute(s, level, id, data->str, data->len);
}

static GString *
begin(void)
{
    GString *s = g_string_new(NULL);
    put_u32(s, 0x223e9f78);
    put_u16(s, 1);
    return s;
}

static void
put_file(GString *s, const char *title, const char *content)
{
    put_attribute(s, 2, 0x00069002, "", 0);
    put_attribute(s, 2, 0x00018010, title, strlen(title) + 1);
    put_attribute(s, 2, 0x0006800f, content, strlen(content));
}

/* --- reading ------------------------------------------------------------------------- */

static Tnef
read_tnef(const GString *s, size_t n)
{
    g_autofree char *exact = g_memdup2(s->str, n); /* overreads show */
    Tnef tnef = { 0 };
    tnef_read((struct slice){ exact, n }, &tnef);
    return tnef;
}

/* "name (type) content;" of each file. */
static char *
list(const Tnef *tnef)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i < tnef->files->len; i++) {
        const struct inner_file *f = tnef->files->pdata[i];
        gsize n = 0;
        const char *p = g_bytes_get_data(f->content, &n);
        g_string_append_printf(out, "%s (%s%s) %.*s;", f->name, f->content_type,
                               f->is_inline ? ", inline" : "", (int)n, p ? p : "");
    }
    return g_string_free(g_steal_pointer(&out), false);
}

static void
test_files(void **state)
{
    (void)state;
    g_autoptr(GString) s = begin();
    g_autoptr(GString) p = g_string_new(NULL), q = g_string_new(NULL);
    put_file(s, "ANGEBO~1.PDF", "pdf");
    put_unicode(p, 0x3707, "..\\Angebot für Sie.pdf");
    put_variable(p, 0x1e, 0x3704, "ANGEBO~1.PDF", 13);
    put_properties(s, 2, 0x00069005, 2, p);
    put_file(s, "a.bin", "");
    put_long(q, 0x3714, 4);
    put_variable(q, 0x1e, 0x370e, "Image/PNG", 10);
    put_variable(q, 0x1e, 0x3712, "logo@x", 7);
    put_variable(q, 0x102, 0x3701, "png", 3);
    put_properties(s, 2, 0x00069005, 4, q);
    put_file(s, "plain.txt", "text");

    g_auto(Tnef) tnef = read_tnef(s, s->len);
    g_autofree char *got = list(&tnef);
    assert_string_equal(got, "Angebot für Sie.pdf (application/pdf) pdf;"
                             "a.bin (image/png, inline) png;"
                             "plain.txt (text/plain) text;");
    const struct inner_file *logo = tnef.files->pdata[1];
    assert_string_equal(logo->content_id, "logo@x");
    assert_null(tnef.problem);
}

static void
test_bodies(void **state)
{
    static const char rtf[] = "\x1f\0\0\0\x13\0\0\0MELA\0\0\0\0{\\rtf1 from RTF}\0\0\0";
    static const struct {
        const char *name, *plain, *html, *want_text, *want_html;
    } cases[] = {
        { "plain", "words", NULL, "words", NULL },
        { "html", NULL, "<p>x", NULL, "<p>x" },
        { "both", "words", "<p>x", "words", "<p>x" },
        { "blank ones", " \r\n", "", "from RTF", NULL },
        { "RTF", NULL, NULL, "from RTF", NULL },
        { "windows-1252", "gr\xfc\xdf", NULL, "grüß", NULL },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) s = begin(), p = g_string_new(NULL);
        unsigned n = 1;
        put_variable(p, 0x102, 0x1009, rtf, sizeof rtf - 1);
        if (cases[i].plain && ++n)
            put_variable(p, 0x1e, 0x1000, cases[i].plain, strlen(cases[i].plain) + 1);
        if (cases[i].html && ++n)
            put_variable(p, 0x102, 0x1013, cases[i].html, strlen(cases[i].html));
        put_attribute(s, 1, 0x00069007, "\xe4\x04\0\0\0\0\0\0", 8);
        put_properties(s, 1, 0x00069003, n, p);

        g_auto(Tnef) tnef = read_tnef(s, s->len);
        if (g_strcmp0(tnef.text, cases[i].want_text) != 0
            || g_strcmp0(tnef.html, cases[i].want_html) != 0 || tnef.problem)
            fail_msg("%s: got %s, %s", cases[i].name, tnef.text, tnef.html);
    }
}

/* Every kind of property is stepped over rightly: what stands behind it is found. */
static void
test_properties(void **state)
{
    static const struct {
        const char *name;
        const char *bytes;
        size_t n;
    } cases[] = {
        { "short", "\x02\0\x01\x0e\x05\0\0\0", 8 },
        { "boolean", "\x0b\0\x01\x0e\x01\0\0\0", 8 },
        { "long", "\x03\0\x01\x0e\x01\0\0\0", 8 },
        { "double", "\x05\0\x01\x0e\0\0\0\0\0\0\0\0", 12 },
        { "time", "\x40\0\x01\x0e\0\0\0\0\0\0\0\0", 12 },
        { "guid", "\x48\0\x01\x0e\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20 },
        { "no string", "\x1e\0\x01\x0e\0\0\0\0", 8 },
        { "two longs", "\x03\x10\x01\x0e\x02\0\0\0\0\0\0\0\0\0\0\0", 16 },
        { "two strings",
          "\x1e\x10\x01\x0e\x02\0\0\0\x05\0\0\0abcd\0\0\0\0\x01\0\0\0\0\0\0\0", 28 },
        { "named by number", "\x03\0\x01\x80GGGGGGGGGGGGGGGG\0\0\0\0\x07\0\0\0\x01\0\0\0",
          32 },
        { "named by a name",
          "\x03\0\x01\x80GGGGGGGGGGGGGGGG\x01\0\0\0\x06\0\0\0a\0b\0\0\0\0\0\x01\0\0\0",
          40 },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) s = begin(), p = g_string_new(NULL);
        g_string_append_len(p, cases[i].bytes, (gssize)cases[i].n);
        put_unicode(p, 0x1000, "found");
        put_properties(s, 1, 0x00069003, 2, p);
        g_auto(Tnef) tnef = read_tnef(s, s->len);
        if (g_strcmp0(tnef.text, "found") != 0 || tnef.problem)
            fail_msg("%s: got %s (%s)", cases[i].name, tnef.text, tnef.problem);
    }
}

/* Cut anywhere: nothing is read beyond, the first file is there once it has come. */
static void
test_cut_off(void **state)
{
    (void)state;
    g_autoptr(GString) s = begin(), p = g_string_new(NULL);
    put_file(s, "first.txt", "one");
    size_t first = s->len;
    put_unicode(p, 0x3707, "second.txt");
    put_file(s, "x", "two");
    put_properties(s, 2, 0x00069005, 1, p);
    for (size_t n = 0; n < s->len; n++) {
        g_auto(Tnef) tnef = read_tnef(s, n);
        assert_true(n < first || tnef.files->len >= 1);
        if (n < 6)
            assert_non_null(tnef.problem);
    }
}

/* Lengths and counts beyond the end. */
static void
test_lies(void **state)
{
    (void)state;
    g_autoptr(GString) s = begin(), p = g_string_new(NULL);
    put_u16(p, 0x101e);
    put_u16(p, 0x1000);
    put_u32(p, 0xffffffff);
    put_u32(p, 0xfffffffe);
    put_properties(s, 1, 0x00069003, 0xffffffff, p);
    put_file(s, "still.txt", "here");
    g_string_append_c(s, 2);
    put_u32(s, 0x0006800f);
    put_u32(s, 0xffffffff);
    g_auto(Tnef) tnef = read_tnef(s, s->len);
    g_autofree char *got = list(&tnef);
    assert_string_equal(got, "still.txt (text/plain) here;");
    assert_non_null(tnef.problem);
}

/* A message in a message, `deep` times. */
static GString *
nest(int deep)
{
    GString *s = begin();
    g_autoptr(GString) p = g_string_new(NULL);
    g_autofree char *words = g_strdup_printf("level %d", deep);
    put_unicode(p, 0x1000, words);
    put_properties(s, 1, 0x00069003, 1, p);
    if (deep == 0)
        return s;
    g_autoptr(GString) within = nest(deep - 1);
    g_autoptr(GString) object = g_string_new("GGGGGGGGGGGGGGGG");
    g_autoptr(GString) q = g_string_new(NULL);
    g_string_append_len(object, within->str, (gssize)within->len);
    put_attribute(s, 2, 0x00069002, "", 0);
    put_variable(q, 0x0d, 0x3701, object->str, object->len);
    put_unicode(q, 0x3001, "An old mail");
    put_properties(s, 2, 0x00069005, 2, q);
    return s;
}

static void
test_messages_within(void **state)
{
    (void)state;
    g_autoptr(GString) one = nest(1), many = nest(LIMIT_TNEF_DEPTH + 2);
    g_auto(Tnef) tnef = read_tnef(one, one->len);
    g_autofree char *got = list(&tnef);
    assert_string_equal(got, "An old mail.txt (text/plain) level 0;");

    g_auto(Tnef) deep = read_tnef(many, many->len);
    assert_int_equal(deep.files->len, LIMIT_TNEF_DEPTH + 1);
    const struct inner_file *last = deep.files->pdata[LIMIT_TNEF_DEPTH];
    assert_string_equal(last->content_type, "application/ms-tnef");
}

/* The two examples of MS-OXRTFCP §3.1, and bytes that are none. */
static void
test_lzfu(void **state)
{
    static const char hello[] =
        "\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\0\x0a\0\x72\x63\x70\x67\x31\x32\x35"
        "\x42\x32\x0a\xf3\x20\x68\x65\x6c\x09\0\x20\x62\x77\x05\xb0\x6c\x64\x7d\x0a\x80"
        "\x0f\xa0";
    static const char crossing[] =
        "\x1a\0\0\0\x1c\0\0\0LZFu\xe2\xd4\x4b\x51\x41\0\x04\x20"
        "WXYZ\x0d\x6e\x7d\x01\x0e\xb0";
    static const char outside[] = "\x11\0\0\0\xff\0\0\0LZFu\0\0\0\0\x02"
                                  "a\xff\xf0";
    static const struct {
        const char *name, *bytes;
        size_t n;
        const char *want;
    } cases[] = {
        { "simple", hello, sizeof hello - 1,
          "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n" },
        { "a run that reads itself", crossing, sizeof crossing - 1,
          "{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}" },
        { "a place never written", outside, sizeof outside - 1, "a" },
        { "cut off", hello, 26, "{\\rtf1\\ansi\\ansicpg12" },
        { "header alone", hello, 16, "" },
        { "less than a header", hello, 15, NULL },
        { "another type", "\0\0\0\0\0\0\0\0XXXX\0\0\0\0", 16, NULL },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *exact = g_memdup2(cases[i].bytes, cases[i].n);
        g_autoptr(GBytes) out = rtf_decompress((struct slice){ exact, cases[i].n });
        gsize n = 0;
        const char *p = out ? g_bytes_get_data(out, &n) : NULL;
        g_autofree char *got = out ? g_strndup(p ? p : "", n) : NULL;
        if (g_strcmp0(got, cases[i].want) != 0)
            fail_msg("%s: got %s", cases[i].name, got);
    }
}

static void
test_rtf_text(void **state)
{
    static const struct {
        const char *name, *rtf, *want;
    } cases[] = {
        { "empty", "", "" },
        { "plain", "{\\rtf1\\ansi hello\\par world}", "hello\nworld" },
        { "escapes", "\\{a\\}\\\\b\\~c",
          "{a}\\b\xc2\xa0"
          "c" },
        { "hex", "gr\\'fc\\'df", "grüß" },
        { "codepage", "\\ansicpg1251 \\'cf\\'f0\\'e8", "При" },
        { "unicode", "\\u26481?\\u20140?", "東京" },
        { "negative", "\\u-3844?x", "\xef\x83\xbcx" },
        { "surrogates", "\\u-10179?\\u-8704?", "😀" },
        { "half a pair", "\\u-10179?x", "\xef\xbf\xbdx" },
        { "uc 0", "\\uc0\\u228 b", "äb" },
        { "uc 2", "\\uc2\\u228 xyb", "äb" },
        { "hidden groups", "{\\fonttbl Arial;}{\\*\\x secret}{\\colortbl;}seen", "seen" },
        { "of HTML", "{\\*\\htmltag64 <p>}\\htmlrtf \\par no\\htmlrtf0 yes", "yes" },
        { "binary", "a\\bin3 {}}b", "ab" },
        { "binary beyond the end", "a\\bin99999 x", "a" },
        { "marks of ours in it", "a\x01\\u228?b", "aäb" },
        { "cut in hex", "a\\'f", "af" },
        { "cut in a word", "a\\pa", "a" },
        { "closed too often", "}}}a", "a" },
        { "quotes", "\\ldblquote x\\rdblquote", "“x”" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t n = strlen(cases[i].rtf);
        g_autofree char *exact = g_memdup2(cases[i].rtf, n);
        g_autofree char *got = rtf_text((struct slice){ exact, n });
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s: got %s", cases[i].name, got);
    }
}

static void
test_rtf_depth(void **state)
{
    (void)state;
    g_autoptr(GString) s = g_string_new("a");
    for (int i = 0; i < 3 * LIMIT_RTF_DEPTH; i++)
        g_string_append_c(s, '{');
    g_string_append(s, "too deep");
    for (int i = 0; i < 3 * LIMIT_RTF_DEPTH; i++)
        g_string_append_c(s, '}');
    g_string_append_c(s, 'b');
    g_autofree char *got = rtf_text((struct slice){ s->str, s->len });
    assert_string_equal(got, "ab");
}

static void
test_file_types(void **state)
{
    (void)state;
    assert_string_equal(file_type_of_name("a.PNG"), "image/png");
    assert_string_equal(file_type_of_name("a.tar.gz"), "application/gzip");
    assert_string_equal(file_type_of_name("page.html"), "application/octet-stream");
    assert_string_equal(file_type_of_name("png"), "application/octet-stream");
    assert_string_equal(file_type_of_name(""), "application/octet-stream");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),      cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_properties), cmocka_unit_test(test_cut_off),
        cmocka_unit_test(test_lies),       cmocka_unit_test(test_messages_within),
        cmocka_unit_test(test_lzfu),       cmocka_unit_test(test_rtf_text),
        cmocka_unit_test(test_rtf_depth),  cmocka_unit_test(test_file_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
