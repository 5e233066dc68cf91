/*
 * uuid: identifiers we make ourselves (RFC 9562 version 7: a millisecond, a counter, and
 * random bits), so that new rows land beside each other in an index and sort by age.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"

#define UUID_TEXT_SIZE 37 /* 36 characters and a NUL */

struct uuid {
    uint8_t b[16];
};

/* A new version 7 identifier. Later ones of one process never sort before earlier ones. */
struct uuid uuid_make(void);

/* The canonical lower-case text form, into a buffer of the caller's; returns it. */
const char *uuid_format(struct uuid u, char text[static UUID_TEXT_SIZE]);

/* Read the 36-character form, either case. False, *ret_uuid untouched, for all else. */
bool uuid_parse(struct slice text, struct uuid *ret_uuid);

/* The nil UUID stands for "nobody" and "nothing" in our structs; the database gets NULL. */
bool uuid_is_nil(struct uuid u);
bool uuid_equal(struct uuid a, struct uuid b);
