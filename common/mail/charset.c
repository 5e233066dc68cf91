#include "common/mail/charset.h"

#include <errno.h>
#include <glib.h>
#include <stdint.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

/* Names as mail writes them, to names that iconv knows and that hold the superset which
   the senders' systems really use. */
static const struct {
    const char *declared, *read_as;
} superset[] = {
    { "ascii", "WINDOWS-1252" },
    { "us-ascii", "WINDOWS-1252" },
    { "ansi_x3.4-1968", "WINDOWS-1252" },
    { "iso-8859-1", "WINDOWS-1252" },
    { "iso8859-1", "WINDOWS-1252" },
    { "iso_8859-1", "WINDOWS-1252" },
    { "iso88591", "WINDOWS-1252" },
    { "latin1", "WINDOWS-1252" },
    { "latin-1", "WINDOWS-1252" },
    { "8bit", "WINDOWS-1252" },
    { "cp-1252", "WINDOWS-1252" },
    { "x-ansi", "WINDOWS-1252" },
    { "ansi", "WINDOWS-1252" },
    { "iso-8859-9", "WINDOWS-1254" },
    { "iso-8859-11", "WINDOWS-874" },
    { "tis-620", "WINDOWS-874" },
    { "iso-8859-8-i", "WINDOWS-1255" },
    { "iso-8859-8", "WINDOWS-1255" },
    { "logical", "WINDOWS-1255" },
    { "gb2312", "GB18030" },
    { "gb_2312-80", "GB18030" },
    { "csgb2312", "GB18030" },
    { "gbk", "GB18030" },
    { "x-gbk", "GB18030" },
    { "cp936", "GB18030" },
    { "ks_c_5601-1987", "CP949" },
    { "ks_c_5601", "CP949" },
    { "ks_c_5601-1989", "CP949" },
    { "ksc5601", "CP949" },
    { "euc-kr", "CP949" },
    { "korean", "CP949" },
    { "big5", "BIG5-HKSCS" },
    { "x-x-big5", "BIG5-HKSCS" },
    { "shift_jis", "CP932" },
    { "shift-jis", "CP932" },
    { "sjis", "CP932" },
    { "x-sjis", "CP932" },
    { "ms_kanji", "CP932" },
    { "windows-31j", "CP932" },
    { "cp932", "CP932" },
    { "euc-jp", "EUC-JP-MS" },
    { "x-euc-jp", "EUC-JP-MS" },
    { "iso-2022-jp-ms", "ISO-2022-JP-3" },
    { "cp50220", "ISO-2022-JP-3" },
    { "cp50221", "ISO-2022-JP-3" },
    { "iso-2022-jp-1", "ISO-2022-JP-2" },
    { "unicode-1-1-utf-7", "UTF-7" },
    { "unicode-1-1-utf-8", "UTF-8" },
    { "utf8", "UTF-8" },
    { "utf-8", "UTF-8" },
    { "cp65001", "UTF-8" },
    { "utf8mb4", "UTF-8" },
    { "x-mac-roman", "MACINTOSH" },
    { "x-mac-cyrillic", "MAC-CYRILLIC" },
    { "mac", "MACINTOSH" },
};

/* Charsets in which bytes below 0x80 do not (only) mean ASCII: these are never guessed to
   be UTF-8 though their bytes would be valid as such. */
static const char *const stateful[] = { "utf-7",  "utf-16",   "utf-32", "ucs-2",
                                        "ucs-4",  "iso-2022", "hz-gb",  "unicode",
                                        "cp5022", "csiso2022" };

static bool
is_stateful(const char *charset)
{
    for (size_t i = 0; i < G_N_ELEMENTS(stateful); i++) {
        if (g_ascii_strncasecmp(charset, stateful[i], strlen(stateful[i])) == 0)
            return true;
    }
    return false;
}

/* The declared name without quotes, an RFC 2231 language, or white space. */
static char *
clean_name(const char *charset)
{
    g_autofree char *copy = g_strdup(charset ? charset : "");
    g_strdelimit(copy, "\"'<>*;", ' ');
    g_strstrip(copy);
    copy[strcspn(copy, " \t")] = 0;
    if (g_ascii_strncasecmp(copy, "charset=", 8) == 0)
        return g_ascii_strdown(copy + 8, -1);
    return g_ascii_strdown(copy, -1);
}

static const char *
read_as(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(superset); i++) {
        if (strcmp(name, superset[i].declared) == 0)
            return superset[i].read_as;
    }
    return name;
}

static GIConv
open_converter(const char *name)
{
    GIConv cd = g_iconv_open("UTF-8", read_as(name));
    if (cd != (GIConv)-1)
        return cd;

    /* "cp1251", "windows1251", "win-1251": all mean the same. */
    const char *digits = name + strcspn(name, "0123456789");
    if (strlen(digits) == 4 && strncmp(digits, "125", 3) == 0) {
        g_autofree char *windows = g_strconcat("WINDOWS-", digits, NULL);
        return g_iconv_open("UTF-8", windows);
    }
    return cd;
}

/* Convert all; what can't be read becomes U+FFFD, one a byte. */
static char *
convert(GIConv cd, struct slice bytes)
{
    GString *out = g_string_sized_new(bytes.n + bytes.n / 4 + 16);
    char *in = (char *)bytes.p; /* iconv's signature lacks a const */
    gsize in_left = bytes.n;
    char buffer[8192];

    while (in_left > 0) {
        char *to = buffer;
        gsize to_left = sizeof buffer;
        gsize r = g_iconv(cd, &in, &in_left, &to, &to_left);
        int why = errno;
        g_string_append_len(out, buffer, to - buffer);
        if (r != (gsize)-1 || why == E2BIG)
            continue;
        g_string_append(out, REPLACEMENT);
        in++;
        in_left--;
    }
    char *to = buffer;
    gsize to_left = sizeof buffer;
    if (g_iconv(cd, NULL, NULL, &to, &to_left) != (gsize)-1)
        g_string_append_len(out, buffer, to - buffer);
    return g_string_free(out, false);
}

/* windows-1252 as WHATWG has it: the five holes are C1 controls, which are dropped
   later; so this can't fail. */
static char *
from_windows_1252(struct slice bytes)
{
    static const uint16_t high[32] = { 0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026,
                                       0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039,
                                       0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018,
                                       0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                       0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,
                                       0x017E, 0x0178 };
    GString *out = g_string_sized_new(bytes.n + bytes.n / 8 + 1);
    for (size_t i = 0; i < bytes.n; i++) {
        unsigned char c = (unsigned char)bytes.p[i];
        if (c < 0x80)
            g_string_append_c(out, (char)c);
        else
            g_string_append_unichar(out, c < 0xA0 ? high[c - 0x80] : c);
    }
    return g_string_free(out, false);
}

/* How the bytes look as UTF-8: sequences of several bytes that are right, and bytes that
   are wrong. A sequence cut off at the very end is neither. */
static void
judge_utf8(struct slice bytes, size_t *ret_right, size_t *ret_wrong)
{
    size_t right = 0, wrong = 0, i = 0;
    while (i < bytes.n) {
        if (!(bytes.p[i] & 0x80)) {
            i++;
            continue;
        }
        gunichar c = g_utf8_get_char_validated(bytes.p + i, (gssize)(bytes.n - i));
        if (c == (gunichar)-2)
            break;
        if (c == (gunichar)-1) {
            wrong++;
            i++;
            continue;
        }
        right++;
        i += (size_t)g_unichar_to_utf8(c, NULL);
    }
    *ret_right = right;
    *ret_wrong = wrong;
}

static char *
without_nul(struct slice bytes)
{
    char *copy = g_malloc(bytes.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < bytes.n; i++) {
        if (bytes.p[i])
            copy[n++] = bytes.p[i];
    }
    copy[n] = 0;
    return copy;
}

static char *
make_valid(struct slice bytes)
{
    g_autofree char *copy = without_nul(bytes);
    return g_utf8_make_valid(copy, -1);
}

char *
charset_to_utf8(struct slice bytes, const char *charset, const char **ret_problem)
{
    const char *ignored;
    if (!ret_problem)
        ret_problem = &ignored;
    *ret_problem = NULL;
    if (bytes.n == 0)
        return g_strdup("");

    g_autofree char *name = clean_name(charset);
    const char *as = read_as(name);
    size_t right = 0, wrong = 0;
    judge_utf8(bytes, &right, &wrong);

    bool says_utf8 = strcmp(as, "UTF-8") == 0 || *name == 0;
    bool says_1252 = strcmp(as, "WINDOWS-1252") == 0;
    if (!is_stateful(name) && wrong == 0 && (right == 0 || says_utf8 || says_1252)) {
        if (right && says_1252)
            *ret_problem = "text is utf-8 though another charset is declared";
        return make_valid(bytes);
    }
    if (says_utf8) {
        if (right >= wrong)
            return make_valid(bytes);
        *ret_problem = "text is not utf-8, read as windows-1252";
        return from_windows_1252(bytes);
    }
    if (says_1252)
        return from_windows_1252(bytes);

    GIConv cd = open_converter(name);
    if (cd == (GIConv)-1) {
        *ret_problem = "unknown charset, guessed";
        return right >= wrong ? make_valid(bytes) : from_windows_1252(bytes);
    }
    g_autofree char *text = convert(cd, bytes);
    g_iconv_close(cd);
    return make_valid(slice_from(text));
}

static bool
is_control(gunichar c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c & 0xFFFE) == 0xFFFE
           || (c >= 0xFDD0 && c <= 0xFDEF);
}

char *
charset_clean_text(char *text)
{
    char *to = text;
    for (const char *p = text; *p;) {
        const char *next = g_utf8_next_char(p);
        if (*p == '\r') {
            if (*next != '\n')
                *to++ = '\n';
        } else if (*p == '\n' || *p == '\t' || !is_control(g_utf8_get_char(p))) {
            memmove(to, p, (size_t)(next - p));
            to += next - p;
        }
        p = next;
    }
    *to = 0;
    return text;
}

char *
charset_clean_line(char *text)
{
    char *to = text;
    bool space = false;
    for (const char *p = text; *p;) {
        const char *next = g_utf8_next_char(p);
        if (is_control(g_utf8_get_char(p))) {
            space = true;
        } else {
            if (space && to > text && to[-1] != ' ' && *p != ' ')
                *to++ = ' ';
            space = false;
            memmove(to, p, (size_t)(next - p));
            to += next - p;
        }
        p = next;
    }
    *to = 0;
    return text;
}
