#include "common/mail/date.h"

#include <gmime/gmime.h>
#include <string.h>

/* No real date is longer; comments behind it may be. */
enum { VALUE_MAX = 200 };

/* Each is put into RFC 5322's form, in this order. */
static const struct {
    const char *pattern, *replacement;
} rows[] = {
    { "\\([^()]*\\)", " " },         /* comments */
    { "^\\s*\\p{L}+\\.?,\\s*", "" }, /* the day of the week, in any language */
    { "\\b(\\d\\d?)\\.(\\d\\d)\\.(\\d\\d)\\b(?!\\.|\\d)(?=.*[-+ ])", "\\1:\\2:\\3" },
    { "(?<=\\d\\d:\\d\\d):60\\b", ":59" }, /* a leap second */
    { "\\b(?:GMT|UTC)\\s*([-+]\\d\\d):?(\\d\\d)", "\\1\\2" },
    { "([-+]\\d\\d):(\\d\\d)\\s*$", "\\1\\2" },
    { "\\b(?:CEST|MESZ|EET|SAST)\\b", "+0200" },
    { "\\b(?:CET|MEZ|BST|WEST)\\b", "+0100" },
    { "\\b(?:EEST|MSK)\\b", "+0300" },
    { "\\bIST\\b", "+0530" },
    { "\\bJST\\b", "+0900" },
    { "\\b(?:m[äa]r[sz]|mär|märz|mrz|mrt|maart|marzo|março|mars)\\b\\.?", "Mar" },
    { "\\b(?:févr?|févr|fevr?|fev|febr|février)\\b\\.?", "Feb" },
    { "\\b(?:janv|gen|ene|jän)\\b\\.?", "Jan" },
    { "\\b(?:avr|avril|abr|abril|kwi)\\b\\.?", "Apr" },
    { "\\b(?:mai|mei|maj|mag)\\b\\.?", "May" },
    { "\\b(?:juin|giu|juni)\\b\\.?", "Jun" },
    { "\\b(?:juil|juillet|lug|juli)\\b\\.?", "Jul" },
    { "\\b(?:août|aout|ago)\\b\\.?", "Aug" },
    { "\\b(?:sept|set)\\b\\.?", "Sep" },
    { "\\b(?:okt|ott|out)\\b\\.?", "Oct" },
    { "\\b(?:dez|déc|dec|dic)\\b\\.?", "Dec" },
};

/* Made once, kept to the end. */
static GRegex *patterns[G_N_ELEMENTS(rows)];

static void
make_patterns(void)
{
    static gsize made;
    if (!g_once_init_enter(&made))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        patterns[i] = g_regex_new(rows[i].pattern, G_REGEX_CASELESS, 0, NULL);
        g_assert(patterns[i]);
    }
    g_once_init_leave(&made, 1);
}

static char *
tidy(const char *value)
{
    make_patterns();
    g_autofree char *text =
        g_utf8_make_valid(value, (gssize)MIN(strlen(value), VALUE_MAX));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *next =
            g_regex_replace(patterns[i], text, -1, 0, rows[i].replacement, 0, NULL);
        if (!next)
            continue;
        g_free(text);
        text = next;
    }
    return g_strdup(g_strstrip(text));
}

/* "2025-03-04T10:15:00+01:00", also with blanks between; without a zone it is UTC. */
static GDateTime *
read_iso(const char *value)
{
    g_autofree char *text = g_strndup(value, VALUE_MAX);
    g_strstrip(text);
    if (strlen(text) < 16 || text[4] != '-' || text[7] != '-' || !strchr("Tt ", text[10]))
        return NULL;
    text[10] = 'T';
    char *to = text;
    for (const char *p = text; *p; p++)
        if (*p != ' ')
            *to++ = *p;
    *to = '\0';
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    return g_date_time_new_from_iso8601(text, utc);
}

bool
mail_date_read(const char *value, int64_t *ret_us, int *ret_zone)
{
    g_autoptr(GDateTime) date = read_iso(value);
    if (!date) {
        g_autofree char *text = tidy(value);
        date = *text ? g_mime_utils_header_decode_date(text) : NULL;
    }
    if (!date)
        return false;
    *ret_us = g_date_time_to_unix(date) * G_USEC_PER_SEC;
    *ret_zone = (int)(g_date_time_get_utc_offset(date) / G_USEC_PER_SEC / 60);
    return true;
}
