#include <stdlib.h>
#include <string.h>

#include "common/db/connection.h"

/* Type numbers of PostgreSQL's pg_type.dat; they are fixed for ever. */
enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_JSON = 114,
    OID_TEXT_ARRAY = 1009,
    OID_BPCHAR = 1042,
    OID_VARCHAR = 1043,
    OID_TIMESTAMPTZ = 1184,
    OID_UUID = 2950,
    OID_JSONB = 3802,
};

#define EPOCH_2000_US INT64_C(946684800000000) /* PostgreSQL counts time from 2000 */

void
db_rows_free(DbRows *rows)
{
    if (!rows)
        return;
    PQclear(rows->result);
    g_free(rows);
}

size_t
db_rows_count(const DbRows *rows)
{
    return (size_t)PQntuples(rows->result);
}

bool
db_is_null(const DbRows *rows, size_t row, int column)
{
    return PQgetisnull(rows->result, (int)row, column);
}

static const char *
value(const DbRows *rows, size_t row, int column, size_t *ret_length)
{
    g_assert((int)row < PQntuples(rows->result) && column < PQnfields(rows->result));
    *ret_length = (size_t)PQgetlength(rows->result, (int)row, column);
    return PQgetvalue(rows->result, (int)row, column);
}

static uint64_t
read_big_endian(const char *bytes, size_t n)
{
    uint64_t number = 0;
    for (size_t i = 0; i < n; i++)
        number = number << 8 | (unsigned char)bytes[i];
    return number;
}

static Oid
type_of(const DbRows *rows, int column)
{
    return PQftype(rows->result, column);
}

const char *
db_get_text(const DbRows *rows, size_t row, int column)
{
    size_t n = 0;
    if (db_is_null(rows, row, column))
        return NULL;
    const char *text = value(rows, row, column, &n);
    switch (type_of(rows, column)) {
    case OID_TEXT:
    case OID_VARCHAR:
    case OID_BPCHAR:
    case OID_JSON:
        return text;
    case OID_JSONB: /* a version byte stands before the text */
        return text + 1;
    default:
        g_error("column %s is no text", PQfname(rows->result, column));
    }
}

struct slice
db_get_bytes(const DbRows *rows, size_t row, int column)
{
    struct slice bytes = { NULL, 0 };
    g_assert(type_of(rows, column) == OID_BYTEA);
    if (!db_is_null(rows, row, column))
        bytes.p = value(rows, row, column, &bytes.n);
    return bytes;
}

int64_t
db_get_int(const DbRows *rows, size_t row, int column)
{
    size_t n = 0;
    if (db_is_null(rows, row, column))
        return 0;
    const char *bytes = value(rows, row, column, &n);
    switch (type_of(rows, column)) {
    case OID_INT2:
        return (int16_t)read_big_endian(bytes, n);
    case OID_INT4:
        return (int32_t)read_big_endian(bytes, n);
    case OID_INT8:
        return (int64_t)read_big_endian(bytes, n);
    default:
        g_error("column %s is no integer", PQfname(rows->result, column));
    }
}

bool
db_get_bool(const DbRows *rows, size_t row, int column)
{
    size_t n = 0;
    g_assert(type_of(rows, column) == OID_BOOL);
    return !db_is_null(rows, row, column) && *value(rows, row, column, &n) != 0;
}

struct uuid
db_get_uuid(const DbRows *rows, size_t row, int column)
{
    struct uuid uuid = { { 0 } };
    size_t n = 0;
    g_assert(type_of(rows, column) == OID_UUID);
    if (!db_is_null(rows, row, column))
        memcpy(uuid.b, value(rows, row, column, &n), sizeof uuid.b);
    return uuid;
}

int64_t
db_get_time(const DbRows *rows, size_t row, int column)
{
    size_t n = 0;
    g_assert(type_of(rows, column) == OID_TIMESTAMPTZ);
    if (db_is_null(rows, row, column))
        return 0;
    return (int64_t)read_big_endian(value(rows, row, column, &n), 8) + EPOCH_2000_US;
}

/* The binary form of a one-dimensional array: dimensions, has-null flag, element type,
   length, lower bound, then each element as a length (-1: NULL) and its bytes. */
char **
db_get_text_array(const DbRows *rows, size_t row, int column)
{
    size_t n = 0;
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);
    g_assert(type_of(rows, column) == OID_TEXT_ARRAY);

    const char *bytes =
        db_is_null(rows, row, column) ? NULL : value(rows, row, column, &n);
    if (bytes && read_big_endian(bytes, 4) == 1) {
        size_t count = (size_t)read_big_endian(bytes + 12, 4);
        const char *at = bytes + 20;
        for (size_t i = 0; i < count; i++) {
            int32_t length = (int32_t)read_big_endian(at, 4);
            at += 4;
            g_ptr_array_add(items,
                            length < 0 ? g_strdup("") : g_strndup(at, (gsize)length));
            at += MAX(length, 0);
        }
    }
    g_ptr_array_add(items, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&items), FALSE);
}
