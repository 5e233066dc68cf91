#include "common/base/clock.h"

int64_t
clock_now_us(void)
{
    return g_get_real_time();
}

int64_t
clock_ticks_us(void)
{
    return g_get_monotonic_time();
}

char *
clock_format_rfc3339(int64_t time_us)
{
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(time_us / CLOCK_SECOND);
    return when ? g_date_time_format(when, "%Y-%m-%dT%H:%M:%SZ") : g_strdup("");
}
