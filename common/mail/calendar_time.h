/* calendar_time: dates, times and durations of RFC 5545 §3.3.4 to §3.3.6, as RFC 3339. */
#pragma once

#include "common/base/slice.h"

/* "20260301T100000" in the zone named by `tzid` (may be empty), "…Z", or "20260301".
   Owned by the caller; NULL when it is none of them or no such day. */
char *calendar_time_read(struct slice value, struct slice tzid);

/* The same moment and `duration` ("PT1H30M", "P1D", "P2W") later; NULL when one of both is
   unreadable. */
char *calendar_time_after(struct slice value, struct slice tzid, struct slice duration);
