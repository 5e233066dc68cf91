#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/mail/compose.h"
#include "common/mail/mail.h"

#define DATE_US INT64_C(1700000000000000)

static struct mail_draft
plain_draft(void)
{
    static const struct mail_box to[] = { { "Ann", "ann@example.org" }, { NULL, NULL } };
    return (struct mail_draft){ .from = { "Help", "help@desk.example" },
                                .to = to,
                                .subject = "Your printer",
                                .message_id = "p.1@desk.example",
                                .date_us = DATE_US,
                                .text = "Hello,\n\nit works again.\n" };
}

static GBytes *
compose(const struct mail_draft *draft)
{
    GError *error = NULL;
    GBytes *bytes = mail_compose(draft, &error);
    if (!bytes)
        fail_msg("refused: %s", error->message);
    return bytes;
}

static struct slice
slice_of(GBytes *bytes)
{
    gsize n = 0;
    const char *p = g_bytes_get_data(bytes, &n);
    return (struct slice){ p, n };
}

/* 7-bit, CR LF, at most 998 bytes a line. */
static void
check_wire(struct slice raw)
{
    size_t line = 0;
    for (size_t i = 0; i < raw.n; i++) {
        assert_true(raw.p[i] > 0);
        if (raw.p[i] == '\r')
            assert_true(i + 1 < raw.n && raw.p[i + 1] == '\n');
        if (raw.p[i] == '\n')
            assert_true(i > 0 && raw.p[i - 1] == '\r');
        line = raw.p[i] == '\n' ? 0 : line + 1;
        assert_true(line <= 999);
    }
    assert_true(raw.n > 2 && raw.p[raw.n - 1] == '\n');
}

static const struct mail_address *
address(const GPtrArray *list, guint i)
{
    assert_true(list->len > i);
    return list->pdata[i];
}

static void
test_round_trip_text(void **state)
{
    g_autofree char *long_line = g_strnfill(3000, 'x');
    g_autofree char *umlauts = g_strnfill(2000, 'a');
    for (int i = 0; i < 2000; i += 2)
        memcpy(umlauts + i, "\xc3\xa4", 2);
    const struct {
        const char *name, *subject, *text, *html, *want;
    } cases[] = {
        { "plain", "Hello", "one\ntwo\n", NULL, "one\ntwo\n" },
        { "no newline at the end", "Hello", "one", NULL, "one\n" },
        { "CR LF comes in", "Hello", "one\r\ntwo\r\n", NULL, "one\ntwo\n" },
        { "empty", "", "", NULL, "\n" },
        { "utf-8", "Grüße aus Zürich", "Grüße\n", NULL, "Grüße\n" },
        { "japanese", "日本語の件名がとても長いので何度も折り返されることになります",
          "日本語\n", NULL, "日本語\n" },
        { "looks encoded", "=?utf-8?B?YQ==?= stays", "=?utf-8?B?YQ==?=\n", NULL,
          "=?utf-8?B?YQ==?=\n" },
        { "spaces in a subject", "a   b", "x\n", NULL, "x\n" },
        { "dots and From", "Hello", ".\n..\nFrom me\n", NULL, ".\n..\nFrom me\n" },
        { "white space at the end", "Hello", "a  \nb\t\n-- \nAnn\n", NULL,
          "a  \nb\t\n-- \nAnn\n" },
        { "one long line", "Hello", long_line, NULL, NULL },
        { "a long line of two bytes each", "Hello", umlauts, NULL, NULL },
        { "html as well", "Hello", "hi\n", "<p>hi ü</p>\n", "hi\n" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct mail_draft draft = plain_draft();
        draft.subject = cases[i].subject;
        draft.text = cases[i].text;
        draft.html = cases[i].html;
        g_autoptr(GBytes) bytes = compose(&draft);
        check_wire(slice_of(bytes));
        g_autoptr(Mail) mail = mail_parse(slice_of(bytes), NULL, NULL);
        g_autofree char *long_want = g_strconcat(cases[i].text, "\n", NULL);
        const char *want = cases[i].want ? cases[i].want : long_want;
        if (strcmp(mail->text, want) != 0 || strcmp(mail->subject, cases[i].subject) != 0
            || g_strcmp0(mail->html, cases[i].html) != 0 || mail->errors->len)
            fail_msg("%s: subject '%s' text '%s' html '%s', %u errors", cases[i].name,
                     mail->subject, mail->text, mail->html, mail->errors->len);
    }
}

static void
test_round_trip_headers(void **state)
{
    static const struct mail_box to[] = { { "Jürgen \"JM\" Müller, Dr.",
                                            "j@bücher.example" },
                                          { "O'Neil, Ann", "ann.o@example.org" },
                                          { NULL, "bare@example.org" },
                                          { NULL, NULL } };
    static const struct mail_box cc[] = { { "a.b", "c@example.org" }, { NULL, NULL } };
    static const char *const references[] = { "r1@x", "r2@x", "r3@x", NULL };
    static const struct mail_header headers[] = { { "X-Postern-Reason", "you own it ü" },
                                                  { NULL, NULL } };
    (void)state;
    struct mail_draft draft = plain_draft();
    draft.to = to;
    draft.cc = cc;
    draft.reply_to = cc;
    draft.sender = (struct mail_box){ NULL, "sender@desk.example" };
    draft.in_reply_to = "r3@x";
    draft.references = references;
    draft.headers = headers;
    draft.thread_topic = "Das Thema";
    draft.thread_index = "AQHSMW0000==";
    draft.auto_submitted = "auto-replied";
    draft.loop_address = "help@desk.example";
    g_autoptr(GBytes) bytes = compose(&draft);
    check_wire(slice_of(bytes));

    static const char *const own[] = { "help@desk.example", NULL };
    struct mail_options options = { .own_addresses = own };
    g_autoptr(Mail) mail = mail_parse(slice_of(bytes), &options, NULL);
    assert_string_equal(mail->message_id, "p.1@desk.example");
    assert_int_equal(mail->date_us, DATE_US);
    assert_string_equal(address(mail->from, 0)->name, "Help");
    assert_string_equal(address(mail->from, 0)->address, "help@desk.example");
    assert_string_equal(mail->sender->address, "sender@desk.example");
    assert_int_equal(mail->to->len, 3);
    assert_string_equal(address(mail->to, 0)->name, "Jürgen \"JM\" Müller, Dr.");
    assert_string_equal(address(mail->to, 0)->address, "j@xn--bcher-kva.example");
    assert_string_equal(address(mail->to, 1)->name, "O'Neil, Ann");
    assert_string_equal(address(mail->to, 2)->name, "");
    assert_string_equal(address(mail->cc, 0)->name, "a.b");
    assert_string_equal(address(mail->reply_to, 0)->address, "c@example.org");
    assert_string_equal(mail->in_reply_to[0], "r3@x");
    assert_int_equal(g_strv_length(mail->references), 3);
    assert_string_equal(mail->references[2], "r3@x");
    assert_string_equal(mail->thread_topic, "Das Thema");
    assert_string_equal(mail->thread_index, "AQHSMW0000==");
    assert_int_equal(mail->automatic, MAIL_AUTO_LOOP);
    assert_string_equal(mail->auto_submitted, "auto-replied");
    assert_int_equal(mail->errors->len, 0);
}

static void
test_round_trip_attachments(void **state)
{
    (void)state;
    g_autoptr(GBytes) pdf = g_bytes_new("%PDF\0\xff\r\n.\r\n", 12);
    g_autoptr(GBytes) png = g_bytes_new("\x89PNG", 4);
    g_autoptr(GBytes) none = g_bytes_new("", 0);
    const struct mail_attachment attachments[] = {
        { "Rechnung für Müller & Söhne, mit einem sehr langen Namen.pdf",
          "application/pdf", pdf, NULL, false },
        { "logo.png", "image/png", png, "logo@desk.example", true },
        { "mail.eml", "message/rfc822", none, NULL, false },
        { NULL, "not a type", none, NULL, false },
    };
    struct mail_draft draft = plain_draft();
    draft.html = "<img src=\"cid:logo@desk.example\">";
    draft.attachments = attachments;
    draft.n_attachments = G_N_ELEMENTS(attachments);
    g_autoptr(GBytes) bytes = compose(&draft);
    check_wire(slice_of(bytes));

    g_autoptr(Mail) mail = mail_parse(slice_of(bytes), NULL, NULL);
    assert_string_equal(mail->text, draft.text);
    assert_int_equal(mail->parts->len, 6);
    const struct mail_part *logo = mail->parts->pdata[2], *file = mail->parts->pdata[3];
    assert_string_equal(logo->content_id, "logo@desk.example");
    assert_true(logo->is_inline);
    assert_false(logo->is_body);
    assert_string_equal(file->name, attachments[0].name);
    assert_string_equal(file->content_type, "application/pdf");
    g_autoptr(GBytes) back = mail_part_decode(slice_of(bytes), file, NULL);
    assert_true(g_bytes_equal(back, pdf));
    const struct mail_part *eml = mail->parts->pdata[4], *odd = mail->parts->pdata[5];
    assert_string_equal(eml->content_type, "application/octet-stream");
    assert_string_equal(odd->content_type, "application/octet-stream");
    assert_int_equal(eml->size, 0);
}

static void
test_references_are_clipped(void **state)
{
    (void)state;
    char *ids[201] = { NULL };
    for (int i = 0; i < 200; i++)
        ids[i] = g_strdup_printf("message-%03d@mail.example.org", i);
    struct mail_draft draft = plain_draft();
    draft.references = (const char *const *)ids;
    g_autoptr(GBytes) bytes = compose(&draft);
    g_autoptr(Mail) mail = mail_parse(slice_of(bytes), NULL, NULL);
    guint n = g_strv_length(mail->references);
    assert_true(n > 40 && n < 60);
    assert_string_equal(mail->references[0], ids[0]);
    assert_string_equal(mail->references[1], ids[201 - n]);
    assert_string_equal(mail->references[n - 1], ids[199]);
    for (int i = 0; i < 200; i++)
        g_free(ids[i]);
}

static void
test_refused(void **state)
{
    static const struct mail_box bad_to[] = { { "x", "a b@example.org" },
                                              { NULL, NULL } };
    static const struct mail_box bad_name[] = {
        { "x\r\nBcc: eve@example.org", "a@example.org" }, { NULL, NULL }
    };
    static const struct mail_box utf8_local[] = { { NULL, "jürgen@example.org" },
                                                  { NULL, NULL } };
    static const struct mail_header bad_header[] = { { "X-A: b\r\nX-B", "c" },
                                                     { NULL, NULL } };
    static const struct mail_header bad_value[] = { { "X-A", "b\nX-B: c" },
                                                    { NULL, NULL } };
    static const struct mail_header content[] = { { "Content-Type", "text/html" },
                                                  { NULL, NULL } };
    static const char *const bad_reference[] = { "a@b>\r\nX: y", NULL };
    struct mail_draft drafts[12];
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(drafts); i++)
        drafts[i] = plain_draft();
    drafts[0].subject = "a\nBcc: eve@example.org";
    drafts[1].to = bad_to;
    drafts[2].to = bad_name;
    drafts[3].to = utf8_local;
    drafts[4].headers = bad_header;
    drafts[5].headers = bad_value;
    drafts[6].headers = content;
    drafts[7].references = bad_reference;
    drafts[8].message_id = "a b@c";
    drafts[9].thread_topic = "x\ry";
    drafts[10].from = (struct mail_box){ NULL, NULL };
    drafts[11].subject = "\xff\xfe";
    for (size_t i = 0; i < G_N_ELEMENTS(drafts); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) bytes = mail_compose(&drafts[i], &error);
        if (bytes || !error_is(error, ERR_REJECT))
            fail_msg("draft %zu was taken", i);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip_text),
        cmocka_unit_test(test_round_trip_headers),
        cmocka_unit_test(test_round_trip_attachments),
        cmocka_unit_test(test_references_are_clipped),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
