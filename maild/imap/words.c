#include "maild/imap/words.h"

#include <string.h>

#include "common/base/error.h"

char *
words_quote(const char *text, GError **error)
{
    GString *quoted = g_string_new("\"");
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f) {
            g_string_free(quoted, TRUE);
            error_set(error, ERR_REJECT,
                      "a character that an IMAP quoted string can't carry");
            return NULL;
        }
        if (*c == '"' || *c == '\\')
            g_string_append_c(quoted, '\\');
        g_string_append_c(quoted, *c);
    }
    g_string_append_c(quoted, '"');
    return g_string_free(quoted, FALSE);
}

/* "&", base64 of UTF-16 in network order with ',' for '/' and no padding, "-". */
static void
append_shifted(GString *out, const char *text, const char *end)
{
    glong units = 0;
    g_autofree gunichar2 *utf16 = g_utf8_to_utf16(text, end - text, NULL, &units, NULL);
    for (glong i = 0; i < units; i++)
        utf16[i] = GUINT16_TO_BE(utf16[i]);

    g_autofree char *base64 = g_base64_encode((const guchar *)utf16, (gsize)units * 2);
    g_strdelimit(base64, "/", ',');
    g_string_append_printf(out, "&%.*s-", (int)strcspn(base64, "="), base64);
}

static bool
is_direct(char c)
{
    return c >= 0x20 && c <= 0x7e;
}

char *
words_encode_folder(const char *name, GError **error)
{
    if (!*name || !g_utf8_validate(name, -1, NULL)) {
        error_set(error, ERR_REJECT, "a folder's name must be UTF-8 and not empty");
        return NULL;
    }
    g_autoptr(GString) out = g_string_new(NULL);
    for (const char *c = name; *c;) {
        const char *end = c;
        while (*end && !is_direct(*end)) {
            if (g_unichar_iscntrl(g_utf8_get_char(end))) {
                error_set(error, ERR_REJECT, "a control character in a folder's name");
                return NULL;
            }
            end = g_utf8_next_char(end);
        }
        if (end > c)
            append_shifted(out, c, end);
        for (c = end; *c && is_direct(*c); c++) {
            g_string_append_c(out, *c);
            if (*c == '&')
                g_string_append_c(out, '-');
        }
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

char *
words_format_set(const uint32_t *uids, size_t n)
{
    GString *set = g_string_new(NULL);
    for (size_t i = 0; i < n;) {
        size_t end = i;
        while (end + 1 < n && uids[end + 1] == uids[end] + 1)
            end++;
        g_string_append_printf(set, "%s%u", set->len ? "," : "", uids[i]);
        if (end > i)
            g_string_append_printf(set, ":%u", uids[end]);
        i = end + 1;
    }
    return g_string_free(set, FALSE);
}
