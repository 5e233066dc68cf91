#include "common/mail/mapi.h"

#define MULTIPLE 0x1000 /* of a type: a count of values follows */
#define NAMED 0x8000    /* of an id: from here on it has a name */

bool
mapi_take(struct slice *rest, size_t n, struct slice *ret_bytes)
{
    if (rest->n < n)
        return false;
    *ret_bytes = slice_sub(*rest, 0, n);
    *rest = slice_sub(*rest, n, rest->n);
    return true;
}

bool
mapi_take_u16(struct slice *rest, uint16_t *ret_number)
{
    struct slice two;

    if (!mapi_take(rest, 2, &two))
        return false;
    *ret_number = (uint16_t)((unsigned char)two.p[0] | (unsigned char)two.p[1] << 8);
    return true;
}

bool
mapi_take_u32(struct slice *rest, uint32_t *ret_number)
{
    uint16_t low, high;

    if (rest->n < 4 || !mapi_take_u16(rest, &low) || !mapi_take_u16(rest, &high))
        return false;
    *ret_number = low | (uint32_t)high << 16;
    return true;
}

/* Values stand at multiples of four bytes. The last one's padding may be missing. */
static bool
take_padded(struct slice *rest, size_t n, struct slice *ret_bytes)
{
    if (!mapi_take(rest, n, ret_bytes))
        return false;
    *rest = slice_sub(*rest, (4 - n % 4) % 4, rest->n);
    return true;
}

/* Bytes of a value of this type; 0 when its length stands before it. */
static size_t
fixed_size(uint16_t type)
{
    switch (type) {
    case 0x0002: /* short */
    case 0x000b: /* boolean */
        return 2;
    case 0x0005: /* double */
    case 0x0006: /* currency */
    case 0x0007: /* application time */
    case 0x0014: /* 64-bit integer */
    case 0x0040: /* FILETIME */
        return 8;
    case 0x0048: /* GUID */
        return 16;
    case MAPI_OBJECT:
    case MAPI_STRING8:
    case MAPI_UNICODE:
    case MAPI_BINARY:
        return 0;
    default:
        return 4;
    }
}

/* A GUID, then a number or a name (MS-OXTNEF §2.1.3.4.2). */
static bool
skip_name(struct slice *rest)
{
    struct slice skipped;
    uint32_t kind, n;

    return mapi_take(rest, 16, &skipped) && mapi_take_u32(rest, &kind)
           && mapi_take_u32(rest, &n) && (kind == 0 || take_padded(rest, n, &skipped));
}

static bool
take_value(struct slice *rest, uint16_t type, struct slice *ret_value)
{
    size_t fixed = fixed_size(type);
    uint32_t n;

    if (fixed)
        return take_padded(rest, fixed, ret_value);
    return mapi_take_u32(rest, &n) && take_padded(rest, n, ret_value);
}

static bool
take_property(struct slice *rest, struct mapi_property *ret_property)
{
    struct mapi_property p = { .value = { 0 } };
    struct slice value;
    uint32_t count = 1;

    if (!mapi_take_u16(rest, &p.type) || !mapi_take_u16(rest, &p.id))
        return false;
    p.is_named = p.id >= NAMED;
    if (p.is_named && !skip_name(rest))
        return false;
    bool multiple = p.type & MULTIPLE;
    p.type &= (uint16_t)~MULTIPLE;
    if ((multiple || fixed_size(p.type) == 0) && !mapi_take_u32(rest, &count))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!take_value(rest, p.type, &value))
            return false;
        if (i == 0)
            p.value = value;
    }
    *ret_property = p;
    return true;
}

struct mapi_reader
mapi_open(struct slice list)
{
    struct mapi_reader reader = { .rest = list };

    reader.broken = !mapi_take_u32(&reader.rest, &reader.left);
    return reader;
}

bool
mapi_next(struct mapi_reader *reader, struct mapi_property *ret_property)
{
    if (reader->broken || reader->left == 0)
        return false;
    reader->left--;
    reader->broken = !take_property(&reader->rest, ret_property);
    return !reader->broken;
}
