/*
 * locale: dates, times, numbers and counted things as a person reads them.
 *
 *     instant (seconds since 1970, UTC)  --their zone, their language-->  text
 *
 * Names of months, patterns and counted words are texts (texts.h), so a new language needs
 * its .po file, a line in the table of separators and one in that of plural rules
 * (Unicode CLDR 44, "Language Plural Rules"). Pure: no process locale is set or read.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "portald/pages/texts.h"

struct locale {
    const Texts *texts;
    const char *language; /* "de", "ar", "ar-EG": the part before the hyphen counts */
    GTimeZone *zone;      /* of the person; NULL: UTC */
    bool native_digits;   /* Arabic: ٠١٢ instead of 012 */
};

/* The zone of an IANA name such as "Europe/Berlin"; UTC for NULL and for a name that is
   not known. Owned by the caller. */
GTimeZone *locale_zone(const char *name);

/* All of these return text owned by the caller. */

/* "27 November 2026" */
char *locale_date(const struct locale *locale, int64_t at);

/* "18:00", 24 hours. */
char *locale_time(const struct locale *locale, int64_t at);

/* "27 November 2026, 18:00" */
char *locale_date_time(const struct locale *locale, int64_t at);

/* How far away, in the largest unit that fits: "3 hours ago", "in 2 days", "just now"
   (less than 45 seconds either way); the date when it is 7 days or more. */
char *locale_relative(const struct locale *locale, int64_t at, int64_t now);

/* "1,234,567" */
char *locale_number(const struct locale *locale, int64_t number);

/* "1.2 MB": with one decimal below 10, in steps of 1000. */
char *locale_size(const struct locale *locale, uint64_t bytes);

/* A counted thing. `msgid` has the English forms for one and for others, "a day|{n} days";
   its translation has as many forms as its language has plural categories, in the order
   zero, one, two, few, many, other (those that it has). {n} becomes the number. */
char *locale_count(const struct locale *locale, const char *msgid, int64_t n);
