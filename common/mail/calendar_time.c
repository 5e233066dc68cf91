#include "common/mail/calendar_time.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum form { FORM_DAY, FORM_FLOATING, FORM_ZONED };

/* --- zones --------------------------------------------------------------------------- */

/* Names that Outlook and Exchange write (CLDR windowsZones, territory 001). */
static const struct {
    const char *windows, *iana;
} windows_zones[] = {
    { "AUS Eastern Standard Time", "Australia/Sydney" },
    { "Arab Standard Time", "Asia/Riyadh" },
    { "Arabian Standard Time", "Asia/Dubai" },
    { "Argentina Standard Time", "America/Buenos_Aires" },
    { "Atlantic Standard Time", "America/Halifax" },
    { "Central Europe Standard Time", "Europe/Budapest" },
    { "Central European Standard Time", "Europe/Warsaw" },
    { "Central Standard Time", "America/Chicago" },
    { "China Standard Time", "Asia/Shanghai" },
    { "E. South America Standard Time", "America/Sao_Paulo" },
    { "Eastern Standard Time", "America/New_York" },
    { "Egypt Standard Time", "Africa/Cairo" },
    { "FLE Standard Time", "Europe/Kiev" },
    { "GMT Standard Time", "Europe/London" },
    { "GTB Standard Time", "Europe/Bucharest" },
    { "Greenwich Standard Time", "Atlantic/Reykjavik" },
    { "Hawaiian Standard Time", "Pacific/Honolulu" },
    { "India Standard Time", "Asia/Calcutta" },
    { "Israel Standard Time", "Asia/Jerusalem" },
    { "Korea Standard Time", "Asia/Seoul" },
    { "Mountain Standard Time", "America/Denver" },
    { "New Zealand Standard Time", "Pacific/Auckland" },
    { "Pacific Standard Time", "America/Los_Angeles" },
    { "Romance Standard Time", "Europe/Paris" },
    { "Russian Standard Time", "Europe/Moscow" },
    { "SE Asia Standard Time", "Asia/Bangkok" },
    { "Singapore Standard Time", "Asia/Singapore" },
    { "South Africa Standard Time", "Africa/Johannesburg" },
    { "Tokyo Standard Time", "Asia/Tokyo" },
    { "Turkey Standard Time", "Europe/Istanbul" },
    { "US Mountain Standard Time", "America/Phoenix" },
    { "UTC", "Etc/UTC" },
    { "W. Europe Standard Time", "Europe/Berlin" },
};

/* A file of tzdata is opened by this name: "Area/City" of letters, digits, '_', '-' and
   '+', at most three deep, each beginning with a letter, so that none leads elsewhere. */
static bool
is_zone_name(const char *name)
{
    int slashes = 0;

    if (strlen(name) > 64)
        return false;
    for (const char *c = name; *c; c++) {
        bool first = c == name || c[-1] == '/';
        slashes += *c == '/';
        if (first ? !g_ascii_isalpha(*c) : !g_ascii_isalnum(*c) && !strchr("_-+/", *c))
            return false;
    }
    return (slashes == 1 || slashes == 2) && !g_str_has_suffix(name, "/");
}

/* "/mozilla.org/20050126_1/Europe/Berlin" and "Europe/Berlin": the longest end of it that
   is a zone of the system. */
static GTimeZone *
find_zone(struct slice tzid)
{
    g_autofree char *name = tzid.n <= 128 ? slice_dup(tzid) : g_strdup("");

    for (size_t i = 0; i < G_N_ELEMENTS(windows_zones); i++)
        if (g_ascii_strcasecmp(name, windows_zones[i].windows) == 0)
            return g_time_zone_new_identifier(windows_zones[i].iana);
    for (const char *tail = name; tail; tail = strchr(tail, '/')) {
        tail += *tail == '/';
        GTimeZone *zone = is_zone_name(tail) ? g_time_zone_new_identifier(tail) : NULL;
        if (zone)
            return zone;
    }
    return NULL;
}

/* --- values -------------------------------------------------------------------------- */

static bool
read_digits(struct slice *rest, size_t n, int *ret_number)
{
    int number = 0;

    if (rest->n < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!g_ascii_isdigit(rest->p[i]))
            return false;
        number = number * 10 + (rest->p[i] - '0');
    }
    *rest = slice_sub(*rest, n, rest->n);
    *ret_number = number;
    return true;
}

static bool
take(struct slice *rest, char c)
{
    if (rest->n == 0 || rest->p[0] != c)
        return false;
    *rest = slice_sub(*rest, 1, rest->n);
    return true;
}

static GDateTime *
read_moment(struct slice value, struct slice tzid, enum form *ret_form)
{
    int year, month, day, hour = 0, minute = 0, second = 0;
    struct slice rest = slice_trim(value);

    if (!read_digits(&rest, 4, &year) || !read_digits(&rest, 2, &month)
        || !read_digits(&rest, 2, &day))
        return NULL;
    bool has_time = take(&rest, 'T');
    if (has_time
        && (!read_digits(&rest, 2, &hour) || !read_digits(&rest, 2, &minute)
            || !read_digits(&rest, 2, &second)))
        return NULL;
    bool utc = has_time && take(&rest, 'Z');
    if (rest.n)
        return NULL;

    g_autoptr(GTimeZone) zone =
        utc || !has_time ? g_time_zone_new_utc() : find_zone(tzid);
    *ret_form = !has_time ? FORM_DAY : zone ? FORM_ZONED : FORM_FLOATING;
    if (!zone)
        zone = g_time_zone_new_utc();
    /* RFC 5545 §3.3.12 allows a leap second; GDateTime has none. */
    return g_date_time_new(zone, year, month, day, hour, minute, MIN(second, 59));
}

static char *
write_moment(GDateTime *moment, enum form form)
{
    g_autofree char *time =
        g_date_time_format(moment, form == FORM_DAY ? "%Y-%m-%d" : "%Y-%m-%dT%H:%M:%S");
    if (!time || form != FORM_ZONED)
        return g_steal_pointer(&time);

    int minutes = (int)(g_date_time_get_utc_offset(moment) / G_USEC_PER_SEC / 60);
    if (minutes == 0)
        return g_strconcat(time, "Z", NULL);
    return g_strdup_printf("%s%c%02d:%02d", time, minutes < 0 ? '-' : '+',
                           ABS(minutes) / 60, ABS(minutes) % 60);
}

struct duration {
    int days, seconds;
};

/* RFC 5545 §3.3.6. Numbers of up to six digits: no event lasts 2,700 years. */
static bool
read_duration(struct slice text, struct duration *ret_duration)
{
    struct slice rest = slice_trim(text);
    struct duration sum = { 0, 0 };
    bool in_time = false;

    take(&rest, '+');
    if (!take(&rest, 'P') || rest.n == 0)
        return false;
    while (rest.n) {
        int number = 0;
        size_t digits = 0;
        if (take(&rest, 'T')) {
            in_time = true;
            continue;
        }
        while (digits < rest.n && g_ascii_isdigit(rest.p[digits]))
            digits++;
        if (digits == 0 || digits > 6 || digits == rest.n)
            return false;
        read_digits(&rest, digits, &number);
        if (take(&rest, in_time ? 'H' : 'W'))
            *(in_time ? &sum.seconds : &sum.days) +=
                in_time ? number % 100000 * 3600 : number * 7;
        else if (take(&rest, in_time ? 'M' : 'D'))
            *(in_time ? &sum.seconds : &sum.days) += in_time ? number * 60 : number;
        else if (in_time && take(&rest, 'S'))
            sum.seconds += number;
        else
            return false;
        if (sum.seconds > 1000000000 || sum.days > 10000000)
            return false;
    }
    *ret_duration = sum;
    return true;
}

char *
calendar_time_read(struct slice value, struct slice tzid)
{
    enum form form;
    g_autoptr(GDateTime) moment = read_moment(value, tzid, &form);

    return moment ? write_moment(moment, form) : NULL;
}

char *
calendar_time_after(struct slice value, struct slice tzid, struct slice duration)
{
    enum form form;
    struct duration span;
    g_autoptr(GDateTime) moment = read_moment(value, tzid, &form);

    if (!moment || !read_duration(duration, &span))
        return NULL;
    g_autoptr(GDateTime) day = g_date_time_add_days(moment, span.days);
    g_autoptr(GDateTime) after = day ? g_date_time_add_seconds(day, span.seconds) : NULL;
    return after ? write_moment(after, form) : NULL;
}
