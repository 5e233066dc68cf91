/*
 * calendar: what an invitation says (RFC 5545, RFC 5546): its method, and of its first
 * VEVENT the summary, when, and who invites.
 *
 *     bytes ─► content lines, unfolded (RFC 5545 §3.1) ─► name, parameters, value ─► event
 *
 * One pass, linear; lines beyond LIMIT_CALENDAR_LINES and what is longer than
 * LIMIT_CALENDAR_VALUE_BYTES are not read. Components within the event (VALARM) have
 * properties of the same names, and are passed over. Time zones are the IANA names of
 * TZID, also behind a vendor's prefix ("/mozilla.org/20050126_1/Europe/Berlin"), and the
 * Windows names that Outlook writes most; any other is no zone, and the time floats
 * (RFC 5545 §3.3.5, form 1). GLib reads the zone's rules from the system's tzdata: that is
 * the one thing here that is not in the bytes, and only names of plain letters get there.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"

/* All are UTF-8 on one line, "" when not stated. */
typedef struct calendar {
    char *method;    /* upper case: "REQUEST", "CANCEL", "REPLY"; "" of a mere event */
    char *summary;   /* escapes undone */
    char *start;     /* RFC 3339: "2026-03-01T10:00:00+01:00"; a floating time has no */
    char *end;       /* offset, a day no time. From DURATION when there is no DTEND */
    char *organizer; /* "Anna Example <anna@example.org>", or the address alone */
    bool cut;        /* lines or a value passed the limits: what is beyond wasn't read */
} Calendar;

/* Read the first event of `text` (UTF-8). False, *ret_calendar untouched, when there is no
   VEVENT in it. Cleared by the caller. */
bool calendar_read(struct slice text, Calendar *ret_calendar);
void calendar_clear(Calendar *calendar);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Calendar, calendar_clear)
