#include "maild/lmtp/message.h"

#include "common/base/clock.h"
#include "maild/lmtp/address.h"
#include "maild/lmtp/trace.h"

/* Reserved at once for a declared SIZE; a larger one may be a lie. */
#define RESERVED_MOST (1u << 20)

void
lmtp_recipient_free(struct lmtp_recipient *recipient)
{
    if (!recipient)
        return;
    g_free(recipient->path);
    g_free(recipient->address);
    g_free(recipient);
}

static void
free_recipient(void *recipient)
{
    lmtp_recipient_free(recipient);
}

static void
free_row(void *data)
{
    struct lmtp_row *row = data;
    g_byte_array_unref(row->raw);
    g_ptr_array_unref(row->addresses);
    g_free(row);
}

LmtpMessage *
lmtp_message_new(struct slice from_path, size_t *in_flight)
{
    LmtpMessage *message = g_new0(LmtpMessage, 1);
    message->from_path = slice_dup(from_path);
    message->from = lmtp_address_normalise(from_path);
    message->declared = -1;
    message->recipients = g_ptr_array_new_with_free_func(free_recipient);
    message->rows = g_ptr_array_new_with_free_func(free_row);
    message->in_flight = in_flight;
    return message;
}

static struct lmtp_row *
row_at(const LmtpMessage *message, size_t i)
{
    return g_ptr_array_index(message->rows, i);
}

void
lmtp_message_drop(LmtpMessage *message)
{
    for (size_t i = 0; i < message->rows->len; i++)
        *message->in_flight -= row_at(message, i)->raw->len;
    g_ptr_array_set_size(message->rows, 0);
    for (size_t i = 0; i < message->recipients->len; i++) {
        struct lmtp_recipient *recipient = g_ptr_array_index(message->recipients, i);
        recipient->row = NULL;
    }
}

void
lmtp_message_free(LmtpMessage *message)
{
    if (!message)
        return;
    lmtp_message_drop(message);
    g_ptr_array_unref(message->rows);
    g_ptr_array_unref(message->recipients);
    g_free(message->from_path);
    g_free(message->from);
    g_free(message->peer);
    g_free(message);
}

static struct lmtp_row *
row_of_tenant(LmtpMessage *message, struct uuid tenant)
{
    for (size_t i = 0; i < message->rows->len; i++)
        if (uuid_equal(row_at(message, i)->tenant, tenant))
            return row_at(message, i);

    struct lmtp_row *row = g_new0(struct lmtp_row, 1);
    row->id = uuid_make();
    row->tenant = tenant;
    row->raw = g_byte_array_new();
    row->addresses = g_ptr_array_new();
    g_ptr_array_add(message->rows, row);
    return row;
}

static bool
has_address(const GPtrArray *addresses, const char *address)
{
    for (size_t i = 0; i < addresses->len; i++)
        if (g_str_equal(g_ptr_array_index(addresses, i), address))
            return true;
    return false;
}

static void
append_to_row(LmtpMessage *message, struct lmtp_row *row, struct slice bytes)
{
    g_byte_array_append(row->raw, (const uint8_t *)bytes.p, (guint)bytes.n);
    *message->in_flight += bytes.n;
}

static void
write_header(LmtpMessage *message, struct lmtp_row *row, const struct lmtp_origin *origin)
{
    const char *address = g_ptr_array_index(row->addresses, 0);
    g_autofree char *header = lmtp_trace_header(message, row->id, address, origin);

    append_to_row(message, row, slice_from(header));
    g_ptr_array_add(row->addresses, NULL);
}

static GByteArray *
sized_buffer(int64_t declared)
{
    size_t room = declared > 0 ? (size_t)MIN(declared, RESERVED_MOST) : 0;
    return g_byte_array_sized_new((guint)room + 1024); /* 1024: the header lines */
}

void
lmtp_message_open(LmtpMessage *message, const struct lmtp_origin *origin)
{
    message->peer = g_strdup(origin->peer);
    for (size_t i = 0; i < message->recipients->len; i++) {
        struct lmtp_recipient *recipient = g_ptr_array_index(message->recipients, i);
        recipient->row = row_of_tenant(message, recipient->tenant);
        if (!has_address(recipient->row->addresses, recipient->address))
            g_ptr_array_add(recipient->row->addresses, recipient->address);
    }
    struct lmtp_row *first = row_at(message, 0);
    g_byte_array_unref(first->raw);
    first->raw = sized_buffer(message->declared);
    for (size_t i = 0; i < message->rows->len; i++)
        write_header(message, row_at(message, i), origin);
    message->header_n = first->raw->len;
}

bool
lmtp_message_is_open(const LmtpMessage *message)
{
    return message->rows->len > 0;
}

void
lmtp_message_append(LmtpMessage *message, struct slice bytes)
{
    append_to_row(message, row_at(message, 0), bytes);
}

size_t
lmtp_message_size(const LmtpMessage *message)
{
    return row_at(message, 0)->raw->len - message->header_n;
}

void
lmtp_message_close(LmtpMessage *message)
{
    const struct lmtp_row *first = row_at(message, 0);
    struct slice body = { (const char *)first->raw->data + message->header_n,
                          first->raw->len - message->header_n };

    message->received_us = clock_ticks_us();
    for (size_t i = 1; i < message->rows->len; i++)
        append_to_row(message, row_at(message, i), body);
}

bool
lmtp_message_is_answered(const LmtpMessage *message)
{
    for (size_t i = 0; i < message->rows->len; i++)
        if (!row_at(message, i)->answered)
            return false;
    return true;
}
