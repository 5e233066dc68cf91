/*
 * date: the Date of a mail as clients really write it. RFC 5322's form and the old ones are
 * GMime's to read; what it gets wrong (ISO 8601, "+01:00", "GMT+0100", "10.15.00", names
 * of months in other languages, names of European zones) is put into that form before.
 *
 * Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The time in microseconds since 1970, and the zone in minutes east of UTC. False, with the
   outs untouched, for what is no date. `value` is UTF-8. */
bool mail_date_read(const char *value, int64_t *ret_us, int *ret_zone);
