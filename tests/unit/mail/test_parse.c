#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/mail/charset.h"
#include "common/mail/encoded_word.h"
#include "common/mail/flowed.h"
#include "common/mail/mail.h"
#include "common/mail/param.h"

static Mail *
parse(const char *text, size_t n)
{
    g_autofree char *exact = g_memdup2(text, n); /* no NUL: overreads show */
    GError *error = NULL;
    Mail *mail = mail_parse((struct slice){ exact, n }, NULL, &error);
    assert_non_null(mail);
    return mail;
}

static void
test_charsets(void **state)
{
    static const struct {
        const char *name, *charset, *bytes, *want;
    } cases[] = {
        { "ascii", "us-ascii", "abc", "abc" },
        { "latin1 is windows-1252", "iso-8859-1", "\x93x\x94 \x80", "“x” €" },
        { "ascii with utf-8", "us-ascii", "gr\xc3\xbc\xc3\x9f", "grüß" },
        { "utf-8 that isn't", "utf-8", "gr\xfc\xdf dich", "grüß dich" },
        { "utf-8 with one bad byte", "utf-8", "gr\xc3\xbc\xff", "grü\xef\xbf\xbd" },
        { "none declared", NULL, "caf\xe9", "café" },
        { "unknown", "x-none", "caf\xe9 x", "café x" },
        { "quoted name", "\"UTF-8\"", "\xc3\xbc", "ü" },
        { "gb2312 is gb18030", "gb2312", "\xe9\x46", "镕" },
        { "ks_c_5601", "ks_c_5601-1987", "\xc7\xd1\xb1\xdb", "한글" },
        { "shift_jis vendor", "shift_jis", "\x87\x40", "①" },
        { "iso-2022-jp vendor", "ISO-2022-JP", "\x1b$B-!\x1b(B", "①" },
        { "iso-2022-jp kana", "iso-2022-jp", "\x1b(I1\x1b(B", "ｱ" },
        { "iso-2022-jp that is shift_jis", "iso-2022-jp", "\x83\x63", "ツ" },
        { "cp1251", "windows1251", "\xcf\xf0", "Пр" },
        { "koi8-r", "koi8-r", "\xf0\xd2", "Пр" },
        { "utf-7", "utf-7", "+Jjo-", "☺" },
        { "tis-620", "tis-620", "\xa1", "ก" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t n = strlen(cases[i].bytes);
        g_autofree char *exact = g_memdup2(cases[i].bytes, n);
        g_autofree char *got =
            charset_to_utf8((struct slice){ exact, n }, cases[i].charset, NULL);
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s: got '%s'", cases[i].name, got);
    }
}

static void
test_clean_text(void **state)
{
    char text[] = "a\r\nb\rc\x01\td\xc2\x85"
                  "e\x7f\n";
    char line[] = "a\r\n b\x01"
                  "c\n";
    (void)state;
    assert_string_equal(charset_clean_text(text), "a\nb\nc\tde\n");
    assert_string_equal(charset_clean_line(line), "a b c");
}

static void
test_encoded_words(void **state)
{
    static const struct {
        const char *name, *value, *want;
    } cases[] = {
        { "plain", "hello", "hello" },
        { "q", "=?utf-8?q?a_=C3=BC?=", "a ü" },
        { "b", "=?UTF-8?B?w7w=?=", "ü" },
        { "b without padding", "=?utf-8?B?w7w?=", "ü" },
        { "split in a character", "=?utf-8?Q?=C3?= =?utf-8?Q?=BC?=", "ü" },
        { "space between words", "=?utf-8?Q?a?=  =?utf-8?Q?b?=", "ab" },
        { "text between words", "=?utf-8?Q?a?= x =?utf-8?Q?b?=", "a x b" },
        { "no space around", "x=?utf-8?Q?=C3=BC?=y", "xüy" },
        { "space within", "=?utf-8?Q?a b?=", "a b" },
        { "question mark within", "=?utf-8?Q?why?=20not?=", "why? not" },
        { "language", "=?utf-8*de?Q?=C3=BC?=", "ü" },
        { "latin1 is windows-1252", "=?iso-8859-1?Q?=93x=94?=", "“x”" },
        { "raw utf-8", "gr\xc3\xbc", "grü" },
        { "raw latin1", "gr\xfc\xdf", "grüß" },
        { "not closed", "=?utf-8?Q?abc", "=?utf-8?Q?abc" },
        { "bad encoding", "=?utf-8?X?abc?=", "=?utf-8?X?abc?=" },
        { "line break in a word", "=?utf-8?Q?a=0D=0AX:b?=", "a X:b" },
        { "nul in a word", "=?utf-8?Q?a=00b?=", "ab" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *got = encoded_word_decode(cases[i].value);
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s: got '%s'", cases[i].name, got);
    }
}

static void
test_file_names(void **state)
{
    static const struct {
        const char *name, *value, *want;
    } cases[] = {
        { "token", "attachment; filename=a.pdf", "a.pdf" },
        { "quoted", "attachment; filename=\"a b.pdf\"", "a b.pdf" },
        { "no quotes", "attachment; filename=a b.pdf; size=1", "a b.pdf" },
        { "escaped quote", "attachment; filename=\"a\\\"b\"", "a\"b" },
        { "quote not closed", "attachment; filename=\"a.pdf", "a.pdf" },
        { "extended", "attachment; filename*=utf-8'de'%C3%BC.pdf", "ü.pdf" },
        { "extended wins", "attachment; filename=u.pdf; filename*=utf-8''%C3%BC.pdf",
          "ü.pdf" },
        { "in pieces", "x; filename*0*=utf-8''%C3; filename*1*=%BC; filename*2=\".pdf\"",
          "ü.pdf" },
        { "pieces out of order", "x; filename*1=b; filename*0=a", "ab" },
        { "pieces from one", "x; filename*1=a; filename*2=b", "ab" },
        { "rfc 2047", "x; filename=\"=?utf-8?B?w7w=?=.pdf\"", "ü.pdf" },
        { "rfc 2047 in pieces", "x; filename*0=\"=?utf-8?B?w7\"; filename*1=\"w=?=\"",
          "ü" },
        { "raw latin1", "x; filename=\"gr\xfc\xdf\"", "grüß" },
        { "semicolon in quotes", "x; filename=\"a;b\"; c=d", "a;b" },
        { "semicolon forgotten", "x; filename=\"a.pdf\" size=1", "a.pdf" },
        { "no type", "filename=a.pdf", "a.pdf" },
        { "none", "attachment", "" },
        { "line break", "x; filename*=utf-8''a%0D%0Ab", "a b" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Params) params = params_read_disposition(cases[i].value);
        g_autofree char *got = params_get(params, "filename");
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s: got '%s'", cases[i].name, got);
    }
}

static void
test_flowed(void **state)
{
    static const struct {
        const char *name, *text;
        bool delsp;
        const char *want;
    } cases[] = {
        { "joined", "a \nb\nc\n", false, "a b\nc\n" },
        { "delsp", "a \nb\n", true, "ab\n" },
        { "stuffed", " From\n", false, "From\n" },
        { "quoted", "> a \n> b\n", false, "> a b\n" },
        { "depth ends a paragraph", "> a \nb\n", false, "> a \nb\n" },
        { "signature", "a \n-- \nAnn\n", false, "a \n-- \nAnn\n" },
        { "last line flows", "a ", false, "a " },
        { "empty", "", false, "" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *got = flowed_join(cases[i].text, cases[i].delsp);
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s: got '%s'", cases[i].name, got);
    }
}

static void
test_derived_message_id(void **state)
{
    (void)state;
    g_autoptr(Mail) a = parse("Subject: x\n\nbody", 16);
    g_autoptr(Mail) b = parse("Subject: x\n\nbody", 16);
    g_autoptr(Mail) c = parse("Subject: y\n\nbody", 16);
    assert_true(a->message_id_derived);
    assert_string_equal(a->message_id, b->message_id);
    assert_string_not_equal(a->message_id, c->message_id);

    static const char again[] =
        "Return-Path: <a@b.example>\r\nReceived: from x\r\n\tby y; "
        "another day\r\nSubject: x\r\n\r\nbody\r\n";
    g_autoptr(Mail) d = parse(again, sizeof again - 1);
    assert_string_equal(a->message_id, d->message_id);
    assert_string_equal(a->body_sha256, c->body_sha256);
    assert_true(g_str_has_prefix(a->message_id, "gen-"));
}

static void
test_body_digest_without_trailing_space(void **state)
{
    static const char one[] = "Subject: x\r\n\r\nbody\r\n\r\n",
                      two[] = "Subject: y\n\nbody";
    (void)state;
    g_autoptr(Mail) a = parse(one, sizeof one - 1);
    g_autoptr(Mail) b = parse(two, sizeof two - 1);
    assert_string_equal(a->body_sha256, b->body_sha256);
}

static void
test_part_outside(void **state)
{
    struct mail_part part = {
        .path = (char *)"1", .encoding = (char *)"base64", .offset = 3, .length = SIZE_MAX
    };
    g_autoptr(GError) error = NULL;
    (void)state;
    assert_null(mail_part_decode(slice_from("abcdef"), &part, &error));
    assert_true(error_is(error, ERR_CONFLICT));
}

static bool
has_error(const Mail *mail, const char *word)
{
    for (guint i = 0; i < mail->errors->len; i++) {
        if (strstr(mail->errors->pdata[i], word))
            return true;
    }
    return false;
}

/* What no mail of a person's looks like: it ends, within bounds, and says so. */
static void
test_too_much(void **state)
{
    (void)state;
    g_autoptr(GString) parts =
        g_string_new("Content-Type: multipart/mixed; boundary=b\n\n");
    for (int i = 0; i < 100000; i++)
        g_string_append(parts, "--b\n\n");
    g_autoptr(Mail) many = parse(parts->str, parts->len);
    assert_true(many->parts->len <= LIMIT_PARTS);
    assert_true(has_error(many, "parts"));

    g_autoptr(GString) nested =
        g_string_new("Content-Type: multipart/mixed; boundary=b0\n\n");
    for (int i = 0; i < 20000; i++)
        g_string_append_printf(
            nested, "--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n", i, i + 1);
    g_autoptr(Mail) deep = parse(nested->str, nested->len);
    assert_true(has_error(deep, "deep"));

    g_autoptr(GString) header = g_string_new("Message-ID: <a@b>\nX: ");
    for (int i = 0; i < 300000; i++)
        g_string_append(header, "0123456789");
    g_string_append(header, "\nSubject: far\n\nbody");
    g_autoptr(Mail) wide = parse(header->str, header->len);
    assert_true(has_error(wide, "header"));
    assert_string_equal(wide->message_id, "a@b");
    assert_string_equal(wide->text, "body");
}

/* Every beginning of a mail is a mail. */
static void
test_cut_anywhere(void **state)
{
    static const char mail[] =
        "From: =?utf-8?B?w7w=?= <a@b.example>\r\nSubject: x\r\n"
        "Content-Type: multipart/mixed; boundary=\"x\"\r\n\r\n--x\r\n"
        "Content-Type: text/plain; format=flowed; name*0*=utf-8''a\r\n\r\na \r\nb\r\n"
        "--x\r\nContent-Type: message/delivery-status\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\nQWN0aW9uOiBmYWlsZWQK\r\n--x--\r\n";
    (void)state;
    for (size_t n = 0; n < sizeof mail; n++) {
        g_autoptr(Mail) m = parse(mail, n);
        assert_true(g_utf8_validate(m->text, -1, NULL));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_charsets),
        cmocka_unit_test(test_clean_text),
        cmocka_unit_test(test_encoded_words),
        cmocka_unit_test(test_file_names),
        cmocka_unit_test(test_flowed),
        cmocka_unit_test(test_derived_message_id),
        cmocka_unit_test(test_body_digest_without_trailing_space),
        cmocka_unit_test(test_part_outside),
        cmocka_unit_test(test_too_much),
        cmocka_unit_test(test_cut_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
