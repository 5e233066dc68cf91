#include "maild/lmtp/trace.h"

#include <time.h>

#include "common/base/clock.h"

/* RFC 5322 §3.3, in UTC. Not by strftime: its names are the locale's. */
static void
format_date(char *text, size_t size)
{
    static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    time_t now = (time_t)(clock_now_us() / CLOCK_SECOND);
    struct tm tm = { 0 };

    gmtime_r(&now, &tm);
    g_snprintf(text, size, "%s, %d %s %d %02d:%02d:%02d +0000", days[tm.tm_wday],
               tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
               tm.tm_sec);
}

char *
lmtp_trace_header(const LmtpMessage *message, struct uuid id, const char *address,
                  const struct lmtp_origin *origin)
{
    char id_text[UUID_TEXT_SIZE], date[64];
    bool is_unix = g_str_equal(origin->peer, "unix");

    format_date(date, sizeof date);
    return g_strdup_printf("Return-Path: <%s>\r\n"
                           "Delivered-To: %s\r\n"
                           "Received: from %s (%s%s%s)\r\n"
                           "\tby %s (Postern) with %s\r\n"
                           "\tid %s; %s\r\n",
                           message->from_path, address, origin->name, is_unix ? "" : "[",
                           is_unix ? "local socket" : origin->peer, is_unix ? "" : "]",
                           origin->host, message->smtputf8 ? "UTF8LMTP" : "LMTP",
                           uuid_format(id, id_text), date);
}
