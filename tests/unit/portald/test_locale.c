/* Dates, numbers and counted things in English, German and Arabic, with the texts that we
   ship. */
#include "tests/unit/test.h"

#include "common/base/error.h"
#include "portald/pages/locale.h"

#define AT 1795802580 /* 2026-11-27 18:03 UTC */
#define HOUR 3600
#define DAY (24 * HOUR)

static Texts *texts;

static int
set_up(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    texts = texts_load(TEST_DATA "/../templates", &error);
    assert_null(error);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    texts_free(texts);
    return 0;
}

static struct locale
in(const char *language, bool native_digits)
{
    return (struct locale){ texts, language, NULL, native_digits };
}

static void
assert_taken(const char *name, char *got, const char *want)
{
    if (strcmp(got, want) != 0)
        fail_msg("%s: got \"%s\", want \"%s\"", name, got, want);
    g_free(got);
}

static void
test_dates(void **state)
{
    static const struct {
        const char *language;
        bool native;
        const char *zone, *want;
    } cases[] = {
        { "en", false, NULL, "27 November 2026, 18:03" },
        { "en", false, "Europe/Berlin", "27 November 2026, 19:03" },
        { "de", false, "Europe/Berlin", "27. November 2026, 19:03" },
        { "de-AT", false, "Asia/Tokyo", "28. November 2026, 03:03" },
        { "ar", false, "Africa/Cairo", "27 نوفمبر 2026، 20:03" },
        { "ar", true, "Africa/Cairo", "٢٧ نوفمبر ٢٠٢٦، ٢٠:٠٣" },
        { "en", false, "No/Such_Zone", "27 November 2026, 18:03" },
        { "fr", false, NULL, "27 November 2026, 18:03" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct locale locale = in(cases[i].language, cases[i].native);
        g_autoptr(GTimeZone) zone = locale_zone(cases[i].zone);
        locale.zone = zone;
        assert_taken(cases[i].want, locale_date_time(&locale, AT), cases[i].want);
    }
}

static void
test_summer_time(void **state)
{
    struct locale locale = in("en", false);
    g_autoptr(GTimeZone) zone = locale_zone("Europe/Berlin");
    (void)state;
    locale.zone = zone;
    assert_taken("before", locale_time(&locale, 1774745999), "01:59"); /* 00:59:59 UTC */
    assert_taken("after", locale_time(&locale, 1774746000), "03:00");
    assert_taken("date", locale_date(&locale, 1774746000), "29 March 2026");
}

static void
test_relative(void **state)
{
    static const struct {
        int64_t away; /* after now; before it when negative */
        const char *en, *de, *ar;
    } cases[] = {
        { 0, "just now", "gerade eben", "الآن" },
        { -44, "just now", "gerade eben", "الآن" },
        { -45, "a minute ago", "vor einer Minute", "قبل دقيقة" },
        { -120, "2 minutes ago", "vor 2 Minuten", "قبل دقيقتين" },
        { -300, "5 minutes ago", "vor 5 Minuten", "قبل 5 دقائق" },
        { -660, "11 minutes ago", "vor 11 Minuten", "قبل 11 دقيقة" },
        { -59 * 60 - 59, "59 minutes ago", "vor 59 Minuten", "قبل 59 دقيقة" },
        { -HOUR, "an hour ago", "vor einer Stunde", "قبل ساعة" },
        { -23 * HOUR, "23 hours ago", "vor 23 Stunden", "قبل 23 ساعة" },
        { -2 * DAY, "2 days ago", "vor 2 Tagen", "قبل يومين" },
        { 3 * HOUR, "in 3 hours", "in 3 Stunden", "بعد 3 ساعات" },
        { DAY, "in a day", "in einem Tag", "بعد يوم" },
        { -7 * DAY, "20 November 2026", "20. November 2026", "20 نوفمبر 2026" },
    };
    (void)state;
    struct locale en = in("en", false), de = in("de", false), ar = in("ar", false);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        int64_t at = AT + cases[i].away;
        assert_taken("en", locale_relative(&en, at, AT), cases[i].en);
        assert_taken("de", locale_relative(&de, at, AT), cases[i].de);
        assert_taken("ar", locale_relative(&ar, at, AT), cases[i].ar);
    }
}

static void
test_numbers(void **state)
{
    static const struct {
        int64_t number;
        const char *en, *de, *ar;
    } cases[] = {
        { 0, "0", "0", "٠" },
        { 999, "999", "999", "٩٩٩" },
        { 1000, "1,000", "1.000", "١٬٠٠٠" },
        { -1234567, "-1,234,567", "-1.234.567", "-١٬٢٣٤٬٥٦٧" },
        { INT64_MIN, "-9,223,372,036,854,775,808", "-9.223.372.036.854.775.808",
          "-٩٬٢٢٣٬٣٧٢٬٠٣٦٬٨٥٤٬٧٧٥٬٨٠٨" },
    };
    (void)state;
    struct locale en = in("en", false), de = in("de", false), ar = in("ar-EG", true);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        assert_taken("en", locale_number(&en, cases[i].number), cases[i].en);
        assert_taken("de", locale_number(&de, cases[i].number), cases[i].de);
        assert_taken("ar", locale_number(&ar, cases[i].number), cases[i].ar);
    }
}

static void
test_sizes(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *en, *de;
    } cases[] = {
        { 0, "0 bytes", "0 Byte" },
        { 1, "1 byte", "1 Byte" },
        { 999, "999 bytes", "999 Byte" },
        { 1000, "1 kB", "1 kB" },
        { 1250, "1.3 kB", "1,3 kB" },
        { 9940, "9.9 kB", "9,9 kB" },
        { 9960, "10 kB", "10 kB" },
        { 12499, "12 kB", "12 kB" },
        { 999499, "999 kB", "999 kB" },
        { 999500, "1 MB", "1 MB" },
        { 52428800, "52 MB", "52 MB" },
        { 1500000000, "1.5 GB", "1,5 GB" },
        { 5000000000000, "5,000 GB", "5.000 GB" },
    };
    (void)state;
    struct locale en = in("en", false), de = in("de", false);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        assert_taken("en", locale_size(&en, cases[i].bytes), cases[i].en);
        assert_taken("de", locale_size(&de, cases[i].bytes), cases[i].de);
    }
}

/* All six forms of Arabic, with the numbers that CLDR gives as their examples. */
static void
test_arabic_forms(void **state)
{
    static const struct {
        int64_t n;
        const char *want;
    } cases[] = {
        { 0, "لا بايت" },    { 1, "بايت واحد" },  { 2, "بايتان" },
        { 3, "3 بايتات" },   { 10, "10 بايتات" }, { 103, "103 بايتات" },
        { 11, "11 بايتاً" },  { 99, "99 بايتاً" },  { 100, "100 بايت" },
        { 102, "102 بايت" },
    };
    (void)state;
    struct locale ar = in("ar", false);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_taken("ar", locale_count(&ar, "1 byte|{n} bytes", cases[i].n),
                     cases[i].want);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates),    cmocka_unit_test(test_summer_time),
        cmocka_unit_test(test_relative), cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_sizes),    cmocka_unit_test(test_arabic_forms),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
