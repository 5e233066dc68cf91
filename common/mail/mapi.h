/*
 * mapi: the list of MAPI properties within TNEF (MS-OXTNEF §2.1.3.4), one after another.
 * A pure cursor over the bytes: nothing is copied, no length is believed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"

enum {
    MAPI_LONG = 0x0003,
    MAPI_OBJECT = 0x000d, /* 16 bytes say what it is, then its bytes */
    MAPI_STRING8 = 0x001e,
    MAPI_UNICODE = 0x001f, /* UTF-16LE */
    MAPI_BINARY = 0x0102,
};

struct mapi_property {
    uint16_t type;
    uint16_t id;
    bool is_named;      /* the id means nothing beyond this list */
    struct slice value; /* the first one of several */
};

struct mapi_reader {
    struct slice rest;
    uint32_t left;
    bool broken; /* the list ended before its count did */
};

struct mapi_reader mapi_open(struct slice list);

/* The next property. False at the end; see `broken`. */
bool mapi_next(struct mapi_reader *reader, struct mapi_property *ret_property);

/* Cut little-endian numbers and runs of bytes off; false when there are too few. */
bool mapi_take_u16(struct slice *rest, uint16_t *ret_number);
bool mapi_take_u32(struct slice *rest, uint32_t *ret_number);
bool mapi_take(struct slice *rest, size_t n, struct slice *ret_bytes);
