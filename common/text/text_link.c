#include "common/text/text_link.h"

#include <glib.h>
#include <string.h>

#include "common/base/limits.h"

/* RFC 5321 §4.5.3.1: what can stand before and behind the '@'. */
enum { LOCAL_MAX = 64, DOMAIN_MAX = 255 };

static bool
ends_url(struct slice s, size_t i)
{
    /* Blanks and brackets that people write right behind an address, in their scripts. */
    static const char *const wide[] = {
        "\xC2\xA0", "\xE3\x80\x80", "。", "，", "、", "）", "」", "』", "】",
        "》",       "；",           "：", "！", "？", "”",  "’",  "»",  "…"
    };
    unsigned char c = (unsigned char)s.p[i];
    if (c <= 0x20 || c == 0x7F || strchr("<>\"`\\", (char)c))
        return true;
    for (size_t k = 0; c >= 0x80 && k < G_N_ELEMENTS(wide); k++)
        if (slice_starts_nocase(slice_sub(s, i, s.n), wide[k]))
            return true;
    return false;
}

static size_t
count(struct slice s, char what)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == what;
    return n;
}

/* Without the marks of the sentence around it. A bracket that was opened in it stays. */
static struct slice
without_marks(struct slice url)
{
    while (url.n) {
        char last = url.p[url.n - 1];
        const char *close = strchr(")]}", last);
        if (close && count(url, last) <= count(url, "([{"[close - ")]}"]))
            break;
        if (!close && !strchr(".,;:!?'*_|", last))
            break;
        url.n--;
    }
    return url;
}

static bool
is_word_char(char c)
{
    return g_ascii_isalnum(c) || (unsigned char)c >= 0x80;
}

/* An address of the web at s.p[at]: its bytes; 0 when there is none. */
static size_t
web_length(struct slice s, size_t at)
{
    static const char *const begins[] = { "https://", "http://", "www." };
    struct slice rest = slice_sub(s, at, MIN(s.n, at + LIMIT_URL_BYTES));
    size_t i = 0;
    while (i < G_N_ELEMENTS(begins) && !slice_starts_nocase(rest, begins[i]))
        i++;
    if (i == G_N_ELEMENTS(begins) || (at > 0 && g_ascii_isalnum(s.p[at - 1])))
        return 0;
    size_t n = strlen(begins[i]), host = n;
    while (n < rest.n && !ends_url(rest, n))
        n++;
    struct slice url = without_marks(slice_sub(rest, 0, n));
    return url.n > host && is_word_char(url.p[host]) ? url.n : 0;
}

static bool
is_local_char(char c)
{
    return g_ascii_isalnum(c) || (c && strchr(".!#$%&'*+/=?^_{|}~-", c));
}

/* A mail address around the '@' at s.p[at], not beginning before `from`. */
static struct slice
address_around(struct slice s, size_t from, size_t at)
{
    size_t begin = at, end = at + 1;
    while (begin > from && at - begin < LOCAL_MAX && is_local_char(s.p[begin - 1]))
        begin--;
    while (begin < at && !g_ascii_isalnum(s.p[begin]))
        begin++;
    while (end < s.n && end - at < DOMAIN_MAX
           && (g_ascii_isalnum(s.p[end]) || s.p[end] == '-' || s.p[end] == '.'))
        end++;
    struct slice domain = slice_sub(s, at + 1, end);
    while (domain.n && !g_ascii_isalnum(domain.p[domain.n - 1]))
        domain.n--;
    const char *dot = domain.n ? memchr(domain.p, '.', domain.n) : NULL;
    if (begin == at || !dot || !g_ascii_isalnum(domain.p[0]))
        return (struct slice){ NULL, 0 };
    return slice_sub(s, begin, at + 1 + domain.n);
}

static const char *
scheme_of(struct slice url)
{
    return slice_starts_nocase(url, "www.") ? "https://" : "";
}

bool
text_link_next(struct slice s, size_t at, struct text_link *ret_link)
{
    for (size_t i = at; i < s.n; i++) {
        bool web = s.p[i] == 'h' || s.p[i] == 'H' || s.p[i] == 'w' || s.p[i] == 'W';
        size_t n = web ? web_length(s, i) : 0;
        struct slice link = slice_sub(s, i, i + n);
        const char *scheme = scheme_of(link);
        if (s.p[i] == '@') {
            link = address_around(s, at, i);
            scheme = "mailto:";
        }
        if (link.n == 0)
            continue;
        size_t from = (size_t)(link.p - s.p);
        *ret_link = (struct text_link){ from, from + link.n, scheme };
        return true;
    }
    return false;
}
