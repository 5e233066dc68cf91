#include "portald/pages/locale.h"

#include <string.h>

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NOW_SECONDS 45
#define RELATIVE_DAYS 7
#define FORMS_MAX 6

/* A name of ours in tables: tests/texts.py finds it as a text for people. */
#define TEXT(msgid) msgid

static const char *const months[] = {
    TEXT("January"),   TEXT("February"), TEXT("March"),    TEXT("April"),
    TEXT("May"),       TEXT("June"),     TEXT("July"),     TEXT("August"),
    TEXT("September"), TEXT("October"),  TEXT("November"), TEXT("December"),
};

/* The text in the language, whichever region's. */
static const char *
text(const struct locale *locale, const char *msgid)
{
    char language[16];
    g_strlcpy(language, locale->language, sizeof language);
    language[strcspn(language, "-_")] = '\0';
    return texts_get(locale->texts, language, msgid);
}

/* Whether the language is `name`, with or without a region. */
static bool
is_language(const struct locale *locale, const char *name)
{
    size_t n = strlen(name);
    return g_ascii_strncasecmp(locale->language, name, n) == 0
           && strchr("-_", locale->language[n]) != NULL;
}

/* --- digits ------------------------------------------------------------------------- */

/* ASCII digits as the person's own. */
static char *
with_digits(const struct locale *locale, const char *ascii)
{
    if (!locale->native_digits || !is_language(locale, "ar"))
        return g_strdup(ascii);
    GString *out = g_string_new(NULL);
    for (const char *c = ascii; *c; c++)
        if (g_ascii_isdigit(*c))
            g_string_append_unichar(out, 0x0660 + (gunichar)(*c - '0'));
        else
            g_string_append_c(out, *c);
    return g_string_free(out, FALSE);
}

/* Between thousands, and before decimals. */
static void
separators(const struct locale *locale, const char **ret_thousands,
           const char **ret_decimal)
{
    static const struct {
        const char *language, *thousands, *decimal;
    } table[] = {
        { "de", ".", "," },
        { "en", ",", "." },
    };

    *ret_thousands = ",";
    *ret_decimal = ".";
    if (is_language(locale, "ar") && locale->native_digits) {
        *ret_thousands = "٬";
        *ret_decimal = "٫";
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        if (is_language(locale, table[i].language)) {
            *ret_thousands = table[i].thousands;
            *ret_decimal = table[i].decimal;
        }
}

char *
locale_number(const struct locale *locale, int64_t number)
{
    const char *thousands, *decimal;
    separators(locale, &thousands, &decimal);
    g_autofree char *plain = g_strdup_printf("%" G_GINT64_FORMAT, number);
    g_autofree char *digits = with_digits(locale, plain);
    glong n = g_utf8_strlen(digits, -1);
    GString *out = g_string_new(NULL);

    for (const char *c = digits; *c; c = g_utf8_next_char(c), n--) {
        g_string_append_unichar(out, g_utf8_get_char(c));
        if (*c != '-' && n > 1 && (n - 1) % 3 == 0)
            g_string_append(out, thousands);
    }
    return g_string_free(out, FALSE);
}

/* --- patterns and forms -------------------------------------------------------------- */

/* `pattern` with each {name} replaced; the pairs end with NULL. */
static char *
fill(const char *pattern, const char *const *pairs)
{
    GString *out = g_string_new(pattern);

    for (; pairs[0]; pairs += 2) {
        g_autofree char *name = g_strdup_printf("{%s}", pairs[0]);
        g_string_replace(out, name, pairs[1], 0);
    }
    return g_string_free(out, FALSE);
}

/* Which form of a counted word, from 0: English and German have one and other; Arabic has
   zero, one, two, few, many, other. */
static size_t
plural_form(const struct locale *locale, int64_t n)
{
    uint64_t many = n < 0 ? -(uint64_t)n : (uint64_t)n;

    if (!is_language(locale, "ar"))
        return many == 1 ? 0 : 1;
    if (many <= 2)
        return (size_t)many;
    if (many % 100 >= 3 && many % 100 <= 10)
        return 3;
    return many % 100 >= 11 ? 4 : 5;
}

char *
locale_count(const struct locale *locale, const char *msgid, int64_t n)
{
    g_auto(GStrv) forms = g_strsplit(text(locale, msgid), "|", FORMS_MAX);
    size_t have = g_strv_length(forms);
    size_t want = plural_form(locale, n);
    if (have == 2 && want > 1)
        want = 1; /* not translated: the English forms */
    g_autofree char *number = locale_number(locale, n);

    return fill(forms[MIN(want, have - 1)], (const char *const[]){ "n", number, NULL });
}

/* --- instants ------------------------------------------------------------------------ */

GTimeZone *
locale_zone(const char *name)
{
    GTimeZone *zone = name ? g_time_zone_new_identifier(name) : NULL;
    return zone ? zone : g_time_zone_new_utc();
}

static GDateTime *
in_zone(const struct locale *locale, int64_t at)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at);
    if (!utc) /* beyond the year 9999: only a broken clock writes that */
        utc = g_date_time_new_from_unix_utc(0);
    return locale->zone ? g_date_time_to_timezone(utc, locale->zone)
                        : g_date_time_ref(utc);
}

static char *
date_of(const struct locale *locale, GDateTime *when)
{
    g_autofree char *plain_day =
        g_strdup_printf("%d", g_date_time_get_day_of_month(when));
    g_autofree char *plain_year = g_strdup_printf("%d", g_date_time_get_year(when));
    g_autofree char *day = with_digits(locale, plain_day);
    g_autofree char *year = with_digits(locale, plain_year);
    const char *month = months[g_date_time_get_month(when) - 1];

    return fill(text(locale, TEXT("{day} {month} {year}")),
                (const char *const[]){ "day", day, "month", text(locale, month), "year",
                                       year, NULL });
}

static char *
time_of(const struct locale *locale, GDateTime *when)
{
    g_autofree char *plain = g_date_time_format(when, "%H:%M");
    return with_digits(locale, plain);
}

char *
locale_date(const struct locale *locale, int64_t at)
{
    g_autoptr(GDateTime) when = in_zone(locale, at);
    return date_of(locale, when);
}

char *
locale_time(const struct locale *locale, int64_t at)
{
    g_autoptr(GDateTime) when = in_zone(locale, at);
    return time_of(locale, when);
}

char *
locale_date_time(const struct locale *locale, int64_t at)
{
    g_autoptr(GDateTime) when = in_zone(locale, at);
    g_autofree char *date = date_of(locale, when);
    g_autofree char *time = time_of(locale, when);

    return fill(text(locale, TEXT("{date}, {time}")),
                (const char *const[]){ "date", date, "time", time, NULL });
}

char *
locale_relative(const struct locale *locale, int64_t at, int64_t now)
{
    static const struct {
        int64_t seconds;
        const char *past, *future;
    } units[] = {
        { DAY, TEXT("a day ago|{n} days ago"), TEXT("in a day|in {n} days") },
        { HOUR, TEXT("an hour ago|{n} hours ago"), TEXT("in an hour|in {n} hours") },
        { MINUTE, TEXT("a minute ago|{n} minutes ago"),
          TEXT("in a minute|in {n} minutes") },
    };
    bool is_past = at <= now;
    int64_t away = is_past ? now - at : at - now;

    if (away < NOW_SECONDS)
        return g_strdup(text(locale, TEXT("just now")));
    if (away >= RELATIVE_DAYS * DAY)
        return locale_date(locale, at);
    for (size_t i = 0; i < G_N_ELEMENTS(units) - 1; i++)
        if (away >= units[i].seconds)
            return locale_count(locale, is_past ? units[i].past : units[i].future,
                                away / units[i].seconds);
    return locale_count(locale, is_past ? units[2].past : units[2].future,
                        MAX(away / MINUTE, 1));
}

char *
locale_size(const struct locale *locale, uint64_t bytes)
{
    static const char *const units[] = { "kB", "MB", "GB" };
    const char *thousands, *decimal;
    if (bytes < 1000)
        return locale_count(locale, TEXT("1 byte|{n} bytes"), (int64_t)bytes);

    /* The unit in which it stays below 1000 when it is rounded. */
    size_t unit = 0;
    uint64_t one = 1000;
    while ((bytes + one / 2) / one >= 1000 && unit + 1 < G_N_ELEMENTS(units)) {
        unit++;
        one *= 1000;
    }
    uint64_t tenths = (bytes + one / 20) / (one / 10);
    if (tenths >= 100 || tenths % 10 == 0) {
        g_autofree char *whole =
            locale_number(locale, (int64_t)((bytes + one / 2) / one));
        return g_strdup_printf("%s %s", whole, units[unit]);
    }
    separators(locale, &thousands, &decimal);
    g_autofree char *plain = g_strdup_printf("%u%s%u", (unsigned)(tenths / 10), decimal,
                                             (unsigned)(tenths % 10));
    g_autofree char *digits = with_digits(locale, plain);
    return g_strdup_printf("%s %s", digits, units[unit]);
}
