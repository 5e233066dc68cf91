/*
 * clock: the one source of the time of day, in microseconds since 1970 (UTC), and its two
 * written forms.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define CLOCK_SECOND INT64_C(1000000)
#define CLOCK_MINUTE (60 * CLOCK_SECOND)
#define CLOCK_HOUR (60 * CLOCK_MINUTE)
#define CLOCK_DAY (24 * CLOCK_HOUR)

/* The time of day now, microseconds since 1970 UTC. */
int64_t clock_now_us(void);

/* Microseconds that only ever grow, for measuring spans; no relation to the time of day. */
int64_t clock_ticks_us(void);

/* RFC 3339 in UTC with a Z ("2026-11-21T03:36:15Z"); owned by the caller. */
char *clock_format_rfc3339(int64_t time_us);
