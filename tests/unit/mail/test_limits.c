/* What a mail may have and one above it (limits.h): at the limit nothing is said, above it
   the mail is read all the same, its words are there, and `errors` says what was left. */
#include "tests/unit/test.h"

#include <glib.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/limits.h"
#include "common/mail/inspect.h"

#define WORDS "these words are read"

/* A mail of `n` of something, in which WORDS stand. */
typedef GString *make_function(size_t n);

static GString *
begin(const char *field)
{
    GString *mail = g_string_new("From: ada@customer.example\r\n"
                                 "Date: Sat, 21 Nov 2026 00:00:00 +0000\r\n");
    g_string_append(mail, field);
    return mail;
}

static GString *
repeat(GString *mail, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        g_string_append(mail, text);
    return mail;
}

static GString *
end(GString *mail, const char *text)
{
    return g_string_append(mail, text);
}

#define ID "Message-ID: <a@customer.example>\r\n"
#define BODY "\r\n\r\n" WORDS "\r\n"

static GString *
of_bytes(size_t n)
{
    GString *mail = begin(ID "\r\n" WORDS "\r\n");
    size_t room = n - mail->len;
    g_string_set_size(mail, n);
    memset(mail->str + n - room, 'x', room);
    return mail;
}

static GString *
of_header_bytes(size_t n)
{
    GString *mail = begin(ID "X-Long: ");
    return end(repeat(mail, "x", n - mail->len), BODY);
}

static GString *
of_header_fields(size_t n)
{
    return end(repeat(begin(ID), "X: y\r\n", n - 3), "\r\n" WORDS);
}

static GString *
of_parts(size_t n)
{
    GString *mail = begin(ID "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
                             "--b\r\n\r\n" WORDS "\r\n");
    return end(repeat(mail, "--b\r\nContent-Type: image/png\r\n\r\nx\r\n", n - 2),
               "--b--\r\n");
}

static GString *
of_depth(size_t n)
{
    GString *mail = begin(ID);
    for (size_t i = 0; i < n; i++)
        g_string_append_printf(
            mail, "Content-Type: multipart/mixed; boundary=b%zu.\r\n\r\n--b%zu.\r\n", i,
            i);
    g_string_append(mail, "Content-Type: text/plain\r\n\r\n" WORDS "\r\n");
    for (size_t i = n; i-- > 0;)
        g_string_append_printf(mail, "--b%zu.--\r\n", i);
    return mail;
}

static GString *
of_addresses(size_t n)
{
    return end(repeat(begin(ID "To: "), "b@c.example, ", n), BODY);
}

/* Its brackets count. */
static GString *
of_address(size_t n)
{
    GString *mail = repeat(begin(ID "To: <"), "b", n - strlen("@c.example"));
    return end(mail, "@c.example>" BODY);
}

static GString *
of_references(size_t n)
{
    GString *mail = begin(ID "References:");
    for (size_t i = 0; i < n; i++)
        g_string_append_printf(mail, " <%zu@b.example>", i);
    return end(mail, BODY);
}

static GString *
of_message_id(size_t n)
{
    GString *mail = repeat(begin("Message-ID: <"), "m", n - strlen("@b.example"));
    return end(mail, "@b.example>" BODY);
}

static GString *
of_subject(size_t n)
{
    return end(repeat(begin(ID "Subject: "), "s", n), BODY);
}

static GString *
of_parameters(size_t n)
{
    static const char field[] = "Content-Type: ";
    GString *mail = begin(ID);
    size_t start = mail->len + strlen(field);
    g_string_append_printf(mail, "%stext/plain; name=", field);
    return end(repeat(mail, "x", n - (mail->len - start)), BODY);
}

static GString *
of_text(size_t n)
{
    return repeat(begin(ID "\r\n" WORDS "\n"), "x", n - strlen(WORDS "\n"));
}

static GString *
of_text_parts(size_t n)
{
    GString *mail = begin(ID "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
                             "--b\r\n\r\n" WORDS);
    mail = repeat(mail, "x", LIMIT_TEXT_BYTES - strlen(WORDS));
    return end(repeat(mail, "\r\n--b\r\n\r\nmore", n), "\r\n--b--\r\n");
}

static GString *
of_html(size_t n)
{
    GString *mail =
        begin(ID "Content-Type: text/html; charset=utf-8\r\n\r\n<p>" WORDS "</p>");
    return repeat(mail, " ", n - strlen("<p>" WORDS "</p>"));
}

static GString *
of_html_tags(size_t n)
{
    GString *mail = begin(ID "Content-Type: text/html; charset=utf-8\r\n\r\n<p>" WORDS);
    return repeat(mail, "<br>", n - 1);
}

static GString *
of_html_depth(size_t n)
{
    GString *mail = begin(ID "Content-Type: text/html; charset=utf-8\r\n\r\n");
    return end(repeat(mail, "<div>", n), WORDS);
}

static GString *
of_calendar_lines(size_t n)
{
    GString *mail = begin(ID "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
                             "--b\r\n\r\n" WORDS "\r\n--b\r\n"
                             "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n"
                             "BEGIN:VEVENT\r\nSUMMARY:day\r\n");
    return end(repeat(mail, "X-A:b\r\n", n - 5),
               "END:VEVENT\r\nEND:VCALENDAR\r\n--b--\r\n");
}

static GString *
of_calendar_value(size_t n)
{
    GString *mail = begin(ID "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
                             "--b\r\n\r\n" WORDS "\r\n--b\r\n"
                             "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n"
                             "BEGIN:VEVENT\r\nSUMMARY:");
    return end(repeat(mail, "x", n - strlen("SUMMARY:")),
               "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n--b--\r\n");
}

static GString *
of_report(size_t n)
{
    GString *mail =
        begin(ID "Return-Path: <>\r\n"
                 "Content-Type: multipart/report; report-type=delivery-status; "
                 "boundary=b\r\n\r\n--b\r\n\r\n" WORDS
                 "\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
                 "Reporting-MTA: dns; mx.example\r\n\r\n");
    for (size_t i = 0; i < n; i++)
        g_string_append_printf(mail,
                               "Final-Recipient: rfc822; %zu@b.example\r\n"
                               "Action: failed\r\nStatus: 5.1.1\r\n\r\n",
                               i);
    return end(mail, "--b--\r\n");
}

/* uuencode: files in a text. */
static GString *
of_files(size_t n)
{
    GString *mail = begin(ID "\r\n" WORDS "\n");
    return repeat(mail, "begin 644 a\n#0V%T\n`\nend\n", n - 1);
}

static const struct {
    const char *name;
    make_function *make;
    size_t limit;
    const char *said; /* above the limit */
} cases[] = {
    { "bytes of a message", of_bytes, LIMIT_MESSAGE_BYTES, "size limit" },
    { "bytes of a header", of_header_bytes, LIMIT_HEADER_BYTES, "very long header" },
    { "header fields", of_header_fields, LIMIT_HEADER_FIELDS, "very long header" },
    { "parts", of_parts, LIMIT_PARTS, "more than 1000 parts" },
    { "depth of parts", of_depth, LIMIT_PART_DEPTH, "parts more than 50 deep" },
    { "addresses", of_addresses, LIMIT_ADDRESSES, "more than 200 addresses" },
    { "bytes of an address", of_address, LIMIT_ADDRESS_BYTES - 2, "an address above" },
    { "references", of_references, LIMIT_REFERENCES, "more than 100 ids" },
    { "bytes of a Message-ID", of_message_id, LIMIT_MESSAGE_ID_BYTES,
      "very long Message-ID" },
    { "characters of a subject", of_subject, LIMIT_SUBJECT_CHARS, "Subject: longer" },
    { "bytes of parameters", of_parameters, LIMIT_PARAMETER_BYTES,
      "very long parameters" },
    { "bytes of text", of_text, LIMIT_TEXT_BYTES, "text is very long" },
    { "text parts beyond the text", of_text_parts, 0, "more text than is shown" },
    { "bytes of HTML", of_html, LIMIT_HTML_BYTES, "very long" },
    { "tags of HTML", of_html_tags, LIMIT_HTML_TAGS, "HTML of very many" },
    { "depth of HTML", of_html_depth, LIMIT_HTML_DEPTH,
      "HTML of very many or very deep" },
    { "lines of a calendar", of_calendar_lines, LIMIT_CALENDAR_LINES,
      "very long calendar" },
    { "bytes of a calendar's value", of_calendar_value, LIMIT_CALENDAR_VALUE_BYTES,
      "very long calendar" },
    { "recipients of a report", of_report, LIMIT_ADDRESSES - 1, "first 200 recipients" },
    { "files within a text", of_files, LIMIT_PARTS, "too many files within it" },
};

static json_t *
inspect(const GString *mail)
{
    g_autofree char *exact = g_memdup2(mail->str, mail->len); /* no NUL */
    char *text = mail_inspect((struct slice){ exact, mail->len }, NULL, NULL);
    assert_non_null(text);
    json_t *o = json_loads(text, 0, NULL);
    free(text);
    assert_non_null(o);
    return o;
}

static bool
says(const json_t *o, const char *said)
{
    const json_t *errors = json_object_get(o, "errors"), *error;
    size_t i;
    json_array_foreach(errors, i, error)
    {
        if (strstr(json_string_value(error), said))
            return true;
    }
    return false;
}

static void
test_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (size_t above = 0; above < 2; above++) {
            g_autoptr(GString) mail = cases[i].make(cases[i].limit + above);
            g_autoptr(json_t) o = inspect(mail);
            if (says(o, cases[i].said) != (above == 1))
                fail_msg("%s, %zu: %s", cases[i].name, above,
                         json_dumps(json_object_get(o, "errors"), 0));
            if (!strstr(json_string_value(json_object_get(o, "text")), WORDS))
                fail_msg("%s, %zu: its words are gone", cases[i].name, above);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_limits) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
