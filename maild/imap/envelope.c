#include "maild/imap/envelope.h"

#include <string.h>

#include "common/base/limits.h"

#define RECIPIENTS_MAX 50 /* a message that passed more hops than this is a loop */

/* The next field with its continuation lines, CR LF included. False at the empty line and
   at the end. */
static bool
next_field(struct slice *rest, struct slice *ret_field)
{
    struct slice line = { NULL, 0 };
    const char *begin = rest->p;

    if (!slice_next_line(rest, &line) || line.n == 0)
        return false;
    while (rest->n > 0 && (*rest->p == ' ' || *rest->p == '\t'))
        slice_next_line(rest, &line);
    *ret_field = (struct slice){ begin, (size_t)(rest->p - begin) };
    return true;
}

struct slice
envelope_header_block(struct slice message)
{
    struct slice rest = slice_sub(message, 0, LIMIT_HEADER_BYTES), field = { NULL, 0 };
    while (next_field(&rest, &field))
        ;
    return (struct slice){ message.p, (size_t)(rest.p - message.p) };
}

static bool
has_name(struct slice field, const char *name)
{
    size_t n = strlen(name);
    if (!slice_starts_nocase(field, name))
        return false;
    while (n < field.n && (field.p[n] == ' ' || field.p[n] == '\t')) /* RFC 5322 §4.5 */
        n++;
    return n < field.n && field.p[n] == ':';
}

static struct slice
value_of(struct slice field)
{
    const char *colon = memchr(field.p, ':', field.n);
    return slice_trim(slice_sub(field, (size_t)(colon + 1 - field.p), field.n));
}

static bool
is_plain(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= 0x20 || s.p[i] == 0x7f || strchr("<>,;\"", s.p[i]))
            return false;
    return g_utf8_validate_len(s.p, s.n, NULL);
}

/* The address of "<a@b>" or "a@b", as the database has it; NULL for anything else. */
static char *
read_address(struct slice value)
{
    if (value.n >= 2 && value.p[0] == '<' && value.p[value.n - 1] == '>')
        value = slice_sub(value, 1, value.n - 1);
    if (value.n == 0 || value.n > LIMIT_ADDRESS_BYTES || !is_plain(value))
        return NULL;
    g_autofree char *text = slice_dup(value);
    char *at = strrchr(text, '@');
    if (!at || at == text)
        return NULL;
    *at = '\0';
    g_autofree char *domain = g_hostname_to_ascii(at + 1);
    if (!domain || !*domain)
        return NULL;
    g_autofree char *local = g_utf8_strdown(text, -1);
    g_autofree char *lower = g_ascii_strdown(domain, -1);
    return g_strdup_printf("%s@%s", local, lower);
}

static void
add_recipient(GPtrArray *recipients, struct slice value)
{
    g_autofree char *address = read_address(value);
    if (address && recipients->len < RECIPIENTS_MAX
        && !g_ptr_array_find_with_equal_func(recipients, address, g_str_equal, NULL))
        g_ptr_array_add(recipients, g_steal_pointer(&address));
}

static void
take_field(Envelope *envelope, struct slice field)
{
    static const char *const names[] = { "Delivered-To", "X-Original-To", "Envelope-To",
                                         "X-Envelope-To" };
    if (has_name(field, "Return-Path") && !envelope->from) {
        struct slice value = value_of(field);
        envelope->from =
            slice_equal(value, slice_from("<>")) ? g_strdup("") : read_address(value);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (has_name(field, names[i]))
            add_recipient(envelope->recipients, value_of(field));
}

Envelope *
envelope_scan(struct slice message, const char *queue)
{
    Envelope *envelope = g_new0(Envelope, 1);
    envelope->recipients = g_ptr_array_new_with_free_func(g_free);

    struct slice rest = envelope_header_block(message), field = { NULL, 0 };
    while (next_field(&rest, &field))
        take_field(envelope, field);

    guint at = 0;
    if (g_ptr_array_find_with_equal_func(envelope->recipients, queue, g_str_equal, &at))
        g_ptr_array_remove_index(envelope->recipients, at);
    g_ptr_array_add(envelope->recipients, g_strdup(queue));
    g_ptr_array_add(envelope->recipients, NULL);
    return envelope;
}

void
envelope_free(Envelope *envelope)
{
    if (!envelope)
        return;
    g_free(envelope->from);
    g_ptr_array_unref(envelope->recipients);
    g_free(envelope);
}

GString *
envelope_compose_note(struct slice header, const char *note)
{
    GString *message = g_string_sized_new(header.n + 512);
    struct slice rest = header, field = { NULL, 0 }, line = { NULL, 0 };

    while (next_field(&rest, &field)) {
        if (slice_starts_nocase(field, "Content-") || has_name(field, "MIME-Version"))
            continue;
        g_string_append_len(message, field.p, (gssize)field.n);
        if (message->str[message->len - 1] != '\n')
            g_string_append(message, "\r\n");
    }
    g_string_append(message, "MIME-Version: 1.0\r\n"
                             "Content-Type: text/plain; charset=us-ascii\r\n\r\n");
    for (struct slice lines = slice_from(note); slice_next_line(&lines, &line);)
        g_string_append_printf(message, "%.*s\r\n", (int)line.n, line.p);
    return message;
}
