#include "common/mail/charset.h"

#include <errno.h>
#include <glib.h>
#include <stdint.h>
#include <string.h>

/* Read through EUC-JP-MS, which has the vendors' characters that mail is full of and that
   iconv's own ISO-2022-JP refuses. */
#define ISO_2022_JP "EUC-JP-MS (7 bit)"

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
    { "iso-2022-jp", ISO_2022_JP },
    { "iso-2022-jp-1", ISO_2022_JP },
    { "iso-2022-jp-2", ISO_2022_JP },
    { "iso-2022-jp-3", ISO_2022_JP },
    { "iso-2022-jp-ms", ISO_2022_JP },
    { "csiso2022jp", ISO_2022_JP },
    { "jis", ISO_2022_JP },
    { "cp50220", ISO_2022_JP },
    { "cp50221", ISO_2022_JP },
    { "cp50222", ISO_2022_JP },
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
        if (c == (gunichar)-2) { /* cut off: by a limit, if the rest is UTF-8 */
            wrong += right == 0;
            break;
        }
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

/* What an escape sequence of ISO-2022-JP (RFC 1468, RFC 2237, and vendors') selects, as
   the byte that EUC-JP puts in front of each character of it; 0 is ASCII. */
static const struct {
    const char *escape;
    int prefix;
    int width;
} jis_sets[] = {
    { "(B", 0, 1 },    { "(J", 0, 1 },     { "$B", 0, 2 },  { "$@", 0, 2 },
    { "(I", 0x8E, 1 }, { "$(D", 0x8F, 2 }, { "$(B", 0, 2 },
};

/* ISO-2022-JP as EUC-JP. */
static GString *
jis_to_euc(struct slice in)
{
    GString *out = g_string_sized_new(in.n);
    size_t set = 0;
    for (size_t i = 0; i < in.n; i++) {
        bool switched = false;
        for (size_t k = 0; in.p[i] == 0x1B && k < G_N_ELEMENTS(jis_sets); k++) {
            size_t n = strlen(jis_sets[k].escape);
            if (i + n < in.n && memcmp(in.p + i + 1, jis_sets[k].escape, n) == 0) {
                set = k;
                i += n;
                switched = true;
                break;
            }
        }
        if (switched)
            continue;
        if (in.p[i] == '\n') /* a line ends in ASCII, whatever was selected */
            set = 0;
        unsigned char c = (unsigned char)in.p[i];
        bool high = (jis_sets[set].width == 2 || jis_sets[set].prefix) && c > 0x20;
        if (high && jis_sets[set].prefix)
            g_string_append_c(out, (char)jis_sets[set].prefix);
        g_string_append_c(out, (char)(high ? c | 0x80 : c));
        if (high && jis_sets[set].width == 2 && i + 1 < in.n && in.p[i + 1] > 0x20)
            g_string_append_c(out, (char)(in.p[++i] | 0x80));
    }
    return out;
}

/* HZ (RFC 1843): GB2312 without its high bits between "~{" and "~}". */
static char *
from_hz(struct slice in)
{
    g_autoptr(GString) gb = g_string_sized_new(in.n);
    bool chinese = false;
    for (size_t i = 0; i < in.n; i++) {
        char next = i + 1 < in.n ? in.p[i + 1] : '\0';
        if (in.p[i] == '~' && next && strchr("{}~\n", next)) {
            chinese = next == '{' || (chinese && next == '~');
            if (next == '~')
                g_string_append_c(gb, '~');
            i++;
            continue;
        }
        chinese = chinese && in.p[i] != '\n';
        bool high = chinese && (unsigned char)in.p[i] > 0x20;
        g_string_append_c(gb, high ? (char)(in.p[i] | 0x80) : in.p[i]);
    }
    GIConv cd = g_iconv_open("UTF-8", "GB18030");
    if (cd == (GIConv)-1)
        return make_valid(in);
    char *text = convert(cd, (struct slice){ gb->str, gb->len });
    g_iconv_close(cd);
    return text;
}

/* The escape into Japanese, which no other text has: nothing had to declare it. */
static bool
has_jis_escape(struct slice s)
{
    return memmem(s.p, s.n, "\x1b$B", 3) || memmem(s.p, s.n, "\x1b$@", 3);
}

static char *
from_iso_2022_jp(struct slice bytes)
{
    /* High bytes and no escape: Shift_JIS that was declared wrongly. */
    bool shifted = memchr(bytes.p, 0x1B, bytes.n) == NULL;
    GIConv cd = g_iconv_open("UTF-8", shifted ? "CP932" : "EUC-JP-MS");
    if (cd == (GIConv)-1)
        return make_valid(bytes);
    g_autoptr(GString) euc = shifted ? NULL : jis_to_euc(bytes);
    char *text = convert(cd, euc ? (struct slice){ euc->str, euc->len } : bytes);
    g_iconv_close(cd);
    return text;
}

/* Chinese in GB2312 that nothing declares: all high bytes come in pairs, of which the
   first is of the common characters or of punctuation. KOI8 keeps to C0–DF in both, and
   Latin letters with accents stand alone. */
static bool
looks_gb2312(struct slice s)
{
    size_t pairs = 0, wide = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char a = (unsigned char)s.p[i];
        if (a < 0x80)
            continue;
        unsigned char b = i + 1 < s.n ? (unsigned char)s.p[i + 1] : 0;
        if (b < 0xA1 || b == 0xFF
            || !((a >= 0xB0 && a <= 0xD7) || (a >= 0xA1 && a <= 0xA3)))
            return false;
        wide += b < 0xC0 || b > 0xDF;
        pairs++;
        i++;
    }
    return pairs >= 3 && wide > 0;
}

/* No charset is known and it isn't UTF-8. */
static char *
guess(struct slice bytes)
{
    GIConv cd = looks_gb2312(bytes) ? g_iconv_open("UTF-8", "GB18030") : (GIConv)-1;
    if (cd == (GIConv)-1)
        return from_windows_1252(bytes);
    char *text = convert(cd, bytes);
    g_iconv_close(cd);
    return text;
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

    if (bytes.n >= 3 && memcmp(bytes.p, "\xef\xbb\xbf", 3) == 0) /* a mark, no text */
        bytes = slice_sub(bytes, 3, bytes.n);
    g_autofree char *name = clean_name(charset);
    const char *as = read_as(name);
    size_t right = 0, wrong = 0;
    judge_utf8(bytes, &right, &wrong);
    bool seven_bit = right == 0 && wrong == 0;
    if (!is_stateful(name) && seven_bit && has_jis_escape(bytes))
        as = ISO_2022_JP;
    if (strncmp(name, "hz-gb", 5) == 0 && seven_bit) {
        g_autofree char *chinese = from_hz(bytes);
        return make_valid(slice_from(chinese));
    }

    bool jis = strcmp(as, ISO_2022_JP) == 0;
    bool says_utf8 = !jis && (strcmp(as, "UTF-8") == 0 || *name == 0);
    bool says_1252 = strcmp(as, "WINDOWS-1252") == 0;
    if (!is_stateful(name) && !jis && wrong == 0
        && (right == 0 || says_utf8 || says_1252)) {
        if (right && says_1252)
            *ret_problem = "text is utf-8 though another charset is declared";
        return make_valid(bytes);
    }
    if (says_utf8) {
        if (right >= wrong)
            return make_valid(bytes);
        *ret_problem = "text is not utf-8, charset guessed";
        return guess(bytes);
    }
    if (says_1252)
        return from_windows_1252(bytes);

    if (jis) {
        g_autofree char *jp = from_iso_2022_jp(bytes);
        return make_valid(slice_from(jp));
    }
    GIConv cd = open_converter(name);
    if (cd == (GIConv)-1) {
        *ret_problem = "unknown charset, guessed";
        return right >= wrong ? make_valid(bytes) : guess(bytes);
    }
    g_autofree char *text = convert(cd, bytes);
    g_iconv_close(cd);
    return make_valid(slice_from(text));
}

char *
charset_header_to_utf8(const char *value, const char *hint)
{
    struct slice bytes = slice_from(value);
    bool raw = memchr(value, 0x1B, bytes.n) != NULL;
    for (size_t i = 0; i < bytes.n && !raw; i++)
        raw = (bytes.p[i] & 0x80) != 0;
    if (!raw)
        return g_strdup(value);

    g_autofree char *name = clean_name(hint);
    bool tells = strcmp(read_as(name), "WINDOWS-1252") != 0;
    bool valid = g_utf8_validate(value, -1, NULL) && !memchr(value, 0x1B, bytes.n);
    return charset_to_utf8(bytes, valid || !tells ? NULL : name, NULL);
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
