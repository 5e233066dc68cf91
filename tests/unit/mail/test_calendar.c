#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/mail/calendar.h"
#include "common/mail/calendar_time.h"
#include "common/mail/mail.h"

static bool
read_text(const char *text, Calendar *ret)
{
    size_t n = strlen(text);
    g_autofree char *exact = g_memdup2(text, n); /* no NUL: overreads show */

    return calendar_read((struct slice){ exact, n }, ret);
}

static void
test_events(void **state)
{
    static const struct {
        const char *name, *text;
        const char *want; /* method|summary|start|end|organizer; NULL: no event */
    } cases[] = {
        { "empty", "", NULL },
        { "no event", "BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR\n", NULL },
        { "only a task", "BEGIN:VTODO\nSUMMARY:x\nEND:VTODO\n", NULL },
        { "bare event", "BEGIN:VEVENT\nEND:VEVENT", "||||" },
        { "cut off", "BEGIN:VEVENT\nSUMMARY:x", "|x|||" },
        { "method before", "METHOD:request\nBEGIN:VEVENT\nEND:VEVENT", "REQUEST||||" },
        { "method behind", "BEGIN:VEVENT\nEND:VEVENT\nMETHOD:CANCEL", "CANCEL||||" },
        { "folded", "BEGIN:VEVENT\r\nSUMM\r\n ARY:on\r\n\te two\r\nEND:VEVENT\r\n",
          "|one two|||" },
        { "folded within a character",
          "BEGIN:VEVENT\r\nSUMMARY:Gr\xc3\r\n \xbc\xc3\x9f"
          "e\r\nEND:VEVENT",
          "|Grüße|||" },
        { "escapes", "BEGIN:VEVENT\nSUMMARY:a\\, b\\; c\\\\ d\\ne\\",
          "|a, b; c\\ d e\\|||" },
        { "the first of two",
          "BEGIN:VEVENT\nSUMMARY:1\nEND:VEVENT\nBEGIN:VEVENT\n"
          "SUMMARY:2\nDTSTART:20260101\nEND:VEVENT",
          "|1|||" },
        { "alarm passed over",
          "BEGIN:VEVENT\nBEGIN:VALARM\nSUMMARY:no\nEND:VALARM\n"
          "SUMMARY:yes",
          "|yes|||" },
        { "zone's DTSTART passed over",
          "BEGIN:VTIMEZONE\nDTSTART:16010101T000000\n"
          "END:VTIMEZONE\nBEGIN:VEVENT\nDTSTART:20260101",
          "||2026-01-01||" },
        { "zone",
          "BEGIN:VEVENT\nDTSTART;TZID=Europe/Berlin:20260701T100000\n"
          "DTEND;TZID=\"Europe/London\":20260701T100000",
          "||2026-07-01T10:00:00+02:00|2026-07-01T10:00:00+01:00|" },
        { "duration", "BEGIN:VEVENT\nDTSTART:20260701T233000Z\nDURATION:PT1H",
          "||2026-07-01T23:30:00Z|2026-07-02T00:30:00Z|" },
        { "organizer", "BEGIN:VEVENT\nORGANIZER;CN=\"A: B; C\":MAILTO:a@b.example",
          "||||A: B; C <a@b.example>" },
        { "organizer's address", "BEGIN:VEVENT\nORGANIZER:mailto:a@b.example",
          "||||a@b.example" },
        { "named by the address",
          "BEGIN:VEVENT\nORGANIZER;CN=a@b.example:mailto:"
          "a@b.example",
          "||||a@b.example" },
        { "a quote never closed", "BEGIN:VEVENT\nSUMMARY;X=\"y:words", "|words|||" },
        { "control characters", "BEGIN:VEVENT\nSUMMARY:a\x01\x1b[0mb", "|a [0mb|||" },
        { "lower case", "begin:vevent\nsummary:x\nend:vevent", "|x|||" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Calendar) c = { 0 };
        bool found = read_text(cases[i].text, &c);
        g_autofree char *got =
            found ? g_strjoin("|", c.method, c.summary, c.start, c.end, c.organizer, NULL)
                  : NULL;
        if (g_strcmp0(got, cases[i].want) != 0)
            fail_msg("%s: got %s", cases[i].name, got ? got : "none");
    }
}

static void
test_times(void **state)
{
    static const struct {
        const char *value, *zone, *want;
    } cases[] = {
        { "20260301", "", "2026-03-01" },
        { "20260301T100000Z", "", "2026-03-01T10:00:00Z" },
        { "20260301T100000Z", "Europe/Berlin", "2026-03-01T10:00:00Z" },
        { "20260301T100000", "", "2026-03-01T10:00:00" },
        { "20260301T100000", "Europe/Berlin", "2026-03-01T10:00:00+01:00" },
        { "20260301T100000", "/mozilla.org/20050126_1/Europe/Berlin",
          "2026-03-01T10:00:00+01:00" },
        { "20260701T100000", "America/Argentina/Buenos_Aires",
          "2026-07-01T10:00:00-03:00" },
        { "20260701T100000", "W. Europe Standard Time", "2026-07-01T10:00:00+02:00" },
        { "20260701T100000", "India Standard Time", "2026-07-01T10:00:00+05:30" },
        { "20260701T100000", "Nowhere/Land", "2026-07-01T10:00:00" },
        { "20260701T100000", "Customized Time Zone", "2026-07-01T10:00:00" },
        { "20260701T100000", "../../../etc/passwd", "2026-07-01T10:00:00" },
        { "20260701T100000", "Europe/../../../../etc/hostname", "2026-07-01T10:00:00" },
        { "20260701T100000", "/etc/localtime", "2026-07-01T10:00:00" },
        { "20260630T235960Z", "", "2026-06-30T23:59:59Z" },
        { " 20260301 ", "", "2026-03-01" },
        { "20260230", "", NULL },
        { "20261301", "", NULL },
        { "00000101", "", NULL },
        { "20260301T", "", NULL },
        { "20260301T1000", "", NULL },
        { "20260301T250000", "", NULL },
        { "20260301T100000+0100", "", NULL },
        { "2026-03-01", "", NULL },
        { "", "", NULL },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t n = strlen(cases[i].value);
        g_autofree char *exact = g_memdup2(cases[i].value, n);
        g_autofree char *got =
            calendar_time_read((struct slice){ exact, n }, slice_from(cases[i].zone));
        if (g_strcmp0(got, cases[i].want) != 0)
            fail_msg("%s in %s: got %s", cases[i].value, cases[i].zone, got);
    }
}

static void
test_durations(void **state)
{
    static const struct {
        const char *start, *duration, *want;
    } cases[] = {
        { "20260101", "P1D", "2026-01-02" },
        { "20260101", "P2W", "2026-01-15" },
        { "20260101T100000", "PT90M", "2026-01-01T11:30:00" },
        { "20260101T100000Z", "P1DT2H3M4S", "2026-01-02T12:03:04Z" },
        { "20260101T100000Z", "+PT1H", "2026-01-01T11:00:00Z" },
        { "20260101", "P", NULL },
        { "20260101", "-P1D", NULL },
        { "20260101", "P1", NULL },
        { "20260101", "P1H", NULL },
        { "20260101", "P9999999D", NULL },
        { "20260101", "P999999W", NULL }, /* beyond the year 9999 */
        { "x", "P1D", NULL },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *got = calendar_time_after(
            slice_from(cases[i].start), slice_from(""), slice_from(cases[i].duration));
        if (g_strcmp0(got, cases[i].want) != 0)
            fail_msg("%s + %s: got %s", cases[i].start, cases[i].duration, got);
    }
    g_autofree char *summer =
        calendar_time_after(slice_from("20260328T120000"), slice_from("Europe/Berlin"),
                            slice_from("P1D")); /* the clocks change in between */
    assert_string_equal(summer, "2026-03-29T12:00:00+02:00");
}

static void
test_limits(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new("BEGIN:VEVENT\nSUMMARY:");
    for (size_t i = 0; i < 2 * LIMIT_CALENDAR_VALUE_BYTES; i++)
        g_string_append(text, i % 70 == 0 ? "\n x" : "x");
    g_auto(Calendar) c = { 0 };
    assert_true(read_text(text->str, &c));
    assert_true(strlen(c.summary) <= LIMIT_CALENDAR_VALUE_BYTES);
    assert_true(strlen(c.summary) > LIMIT_CALENDAR_VALUE_BYTES - 20);

    g_string_truncate(text, 0);
    for (size_t i = 0; i <= LIMIT_CALENDAR_LINES; i++)
        g_string_append(text, "X:y\n");
    g_string_append(text, "BEGIN:VEVENT\nEND:VEVENT\n");
    g_auto(Calendar) none = { 0 };
    assert_false(read_text(text->str, &none));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
