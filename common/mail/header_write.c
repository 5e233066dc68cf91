#include "common/mail/header_write.h"

#include <stdbool.h>
#include <string.h>

#define LINE 76

/* 45 bytes of UTF-8 make 60 of base64: an encoded word of 72, under the 75 that RFC 2047
   §2 allows. */
#define WORD_BYTES 45

/* A line can be folded at spaces only. A word without any that is longer than this goes
   out encoded, in pieces that can (RFC 5322 §2.1.1: 998 to a line). */
#define RUN_BYTES 400

static bool
needs_encoding(const char *text)
{
    size_t run = 0;
    for (const char *p = text; *p; p++) {
        run = *p == ' ' ? 0 : run + 1;
        if ((*p & 0x80) || (p[0] == '=' && p[1] == '?') || run > RUN_BYTES)
            return true;
    }
    return false;
}

/* Encoded words parted by spaces, none of them cutting a character. */
static void
append_encoded(GString *out, const char *text)
{
    while (*text) {
        const char *end = text;
        while (*end && g_utf8_next_char(end) - text <= WORD_BYTES)
            end = g_utf8_next_char(end);
        g_autofree char *base64 =
            g_base64_encode((const guchar *)text, (gsize)(end - text));
        g_string_append_printf(out, "=?utf-8?B?%s?=%s", base64, *end ? " " : "");
        text = end;
    }
}

/* Fold before a run of spaces: unfolding gives back the very same value. */
void
header_write_raw(GString *out, const char *name, const char *value)
{
    gsize line = strlen(name) + 1;
    g_string_append_printf(out, "%s:", name);
    const char *p = value + strspn(value, " ");
    for (bool first = true; *p; first = false) {
        size_t spaces = strspn(p, " "), word = strcspn(p + spaces, " ");
        if (word == 0)
            break; /* spaces at the end */
        if (first)
            g_string_append_c(out, ' ');
        else if (line + spaces + word > LINE) {
            g_string_append(out, "\r\n");
            line = 0;
        }
        g_string_append_len(out, p, (gssize)(spaces + word));
        line += spaces + word + first;
        p += spaces + word;
    }
    g_string_append(out, "\r\n");
}

void
header_write_text(GString *out, const char *name, const char *value)
{
    if (!needs_encoding(value)) {
        header_write_raw(out, name, value);
        return;
    }
    g_autoptr(GString) encoded = g_string_new(NULL);
    append_encoded(encoded, value);
    header_write_raw(out, name, encoded->str);
}

/* RFC 5322 §3.2.3: words of atext need no quotes. */
static bool
is_phrase(const char *name)
{
    for (const char *p = name; *p; p++) {
        if (!g_ascii_isalnum(*p) && !strchr(" !#$%&'*+-/=?^_`{|}~", *p))
            return false;
    }
    return name[0] != ' ' && !strstr(name, "  ");
}

void
header_write_mailbox(GString *value, const char *name, const char *address)
{
    if (value->len)
        g_string_append(value, ", ");
    if (!name || !*name) {
        g_string_append(value, address);
        return;
    }
    if (needs_encoding(name)) {
        append_encoded(value, name);
    } else if (is_phrase(name)) {
        g_string_append(value, name);
    } else {
        g_string_append_c(value, '"');
        for (const char *p = name; *p; p++) {
            if (*p == '"' || *p == '\\')
                g_string_append_c(value, '\\');
            g_string_append_c(value, *p);
        }
        g_string_append_c(value, '"');
    }
    g_string_append_printf(value, " <%s>", address);
}
