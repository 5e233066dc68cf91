#include "common/mail/mbox.h"

#include <string.h>

#include "common/base/clock.h"

static void
append_from_line(GString *mbox, const char *sender, int64_t time_us)
{
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(time_us / CLOCK_SECOND);
    g_autofree char *who = g_strdup(sender);

    g_strdelimit(who, " \t\r\n", '_'); /* a quoted local part may hold blanks */
    /* As asctime(3) writes it, whatever the locale: names by table, not by strftime. */
    static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    g_string_append_printf(
        mbox, "From %s %s %s %2d %02d:%02d:%02d %d\n", *who ? who : "MAILER-DAEMON",
        days[g_date_time_get_day_of_week(when) - 1],
        months[g_date_time_get_month(when) - 1], g_date_time_get_day_of_month(when),
        g_date_time_get_hour(when), g_date_time_get_minute(when),
        g_date_time_get_second(when), g_date_time_get_year(when));
}

static bool
needs_mark(struct slice line)
{
    size_t marks = 0;
    while (marks < line.n && line.p[marks] == '>')
        marks++;
    return line.n - marks >= 5 && memcmp(line.p + marks, "From ", 5) == 0;
}

void
mbox_append(GString *mbox, const char *sender, int64_t time_us, struct slice message)
{
    struct slice line = { NULL, 0 };

    append_from_line(mbox, sender, time_us);
    while (slice_next_line(&message, &line)) {
        if (needs_mark(line))
            g_string_append_c(mbox, '>');
        g_string_append_len(mbox, line.p, (gssize)line.n);
        g_string_append_c(mbox, '\n');
    }
    g_string_append_c(mbox, '\n');
}
