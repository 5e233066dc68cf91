#include "common/text/text_html.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/text/html_url.h"
#include "common/text/html_write.h"

/* Deeper quotes are shown as this deep: nobody can tell them apart on a screen. */
enum { DEPTH_MAX = 8 };

/* RFC 5321 §4.5.3.1: what can stand before and behind the '@'. */
enum { LOCAL_MAX = 64, DOMAIN_MAX = 255 };

struct writer {
    GString *out;
    unsigned depth;    /* blockquotes that are open */
    bool line_open;    /* a line stands in what is open, and no line end behind it */
    const char *label; /* of a fold */
};

static bool
is_full(const struct writer *w)
{
    return w->out->len > LIMIT_HTML_BYTES;
}

/* --- links --------------------------------------------------------------------------- */

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

static void
append_link(GString *out, const char *scheme, struct slice words)
{
    g_autofree char *text = slice_dup(words);
    g_autofree char *whole = g_strconcat(scheme, text, NULL);
    g_autofree char *url = url_link(slice_from(whole));
    if (!url) {
        html_append_escaped(out, words, false);
        return;
    }
    g_string_append(out, "<a");
    html_append_attribute(out, "href", url);
    html_append_attribute(out, "rel", "noopener noreferrer nofollow");
    html_append_attribute(out, "target", "_blank");
    g_string_append_c(out, '>');
    html_append_escaped(out, words, false);
    g_string_append(out, "</a>");
}

static const char *
scheme_of(struct slice url)
{
    return slice_starts_nocase(url, "www.") ? "https://" : "";
}

static void
append_words(GString *out, struct slice s)
{
    size_t from = 0; /* what is written up to here */
    for (size_t i = 0; i < s.n;) {
        bool web = s.p[i] == 'h' || s.p[i] == 'H' || s.p[i] == 'w' || s.p[i] == 'W';
        size_t n = web ? web_length(s, i) : 0;
        struct slice link = slice_sub(s, i, i + n);
        const char *scheme = scheme_of(link);
        if (s.p[i] == '@') {
            link = address_around(s, from, i);
            scheme = "mailto:";
        }
        if (link.n == 0) {
            i++;
            continue;
        }
        size_t begin = (size_t)(link.p - s.p);
        html_append_escaped(out, slice_sub(s, from, begin), false);
        append_link(out, scheme, link);
        i = from = begin + link.n;
    }
    html_append_escaped(out, slice_sub(s, from, s.n), false);
}

/* --- lines --------------------------------------------------------------------------- */

/* Behind the next quote mark of a line, for which up to three blanks may stand; `at` when
   there is none. ">:(" is a face. */
static size_t
behind_mark(struct slice line, size_t at)
{
    size_t i = at;
    while (i < line.n && i - at < 3 && line.p[i] == ' ')
        i++;
    if (i >= line.n || line.p[i] != '>')
        return at;
    bool face = line.n - i > 1 && line.n - i <= 4 && strchr(":;_", line.p[i + 1]);
    return face ? at : i + 1;
}

/* Take the quote marks off a line, and the blank that parts them from its words. */
static unsigned
take_depth(struct slice *line)
{
    unsigned depth = 0;
    size_t at = 0, next;
    while ((next = behind_mark(*line, at)) != at) {
        depth++;
        at = next;
    }
    if (depth && at < line->n && line->p[at] == ' ')
        at++;
    *line = slice_sub(*line, at, line->n);
    return MIN(depth, (unsigned)DEPTH_MAX);
}

static void
set_depth(struct writer *w, unsigned depth)
{
    w->line_open = w->line_open && w->depth == depth;
    for (; w->depth > depth; w->depth--)
        g_string_append(w->out, "</blockquote>");
    for (; w->depth < depth; w->depth++)
        g_string_append(w->out, "<blockquote data-mark=\"quote\">");
}

/* Blocks part lines by themselves: only between two of one block a line end is written. */
static void
append_line(struct writer *w, struct slice line)
{
    bool plain = is_full(w);
    set_depth(w, plain ? 0 : take_depth(&line));
    if (w->line_open)
        g_string_append_c(w->out, '\n');
    w->line_open = true;
    if (plain)
        html_append_escaped(w->out, line, false);
    else
        append_words(w->out, line);
}

static bool
is_blank(struct slice text)
{
    return slice_trim(text).n == 0;
}

/* The lines of a stretch, without the empty ones at its ends. */
static void
append_lines(struct writer *w, struct slice text)
{
    struct slice line;
    size_t empty = 0;
    bool any = false;
    while (slice_next_line(&text, &line)) {
        if (is_blank(line)) {
            empty++;
            continue;
        }
        for (; any && empty; empty--)
            append_line(w, (struct slice){ NULL, 0 });
        empty = 0;
        any = true;
        append_line(w, line);
    }
    set_depth(w, 0);
    w->line_open = false;
}

static bool
append_region(struct writer *w, enum html_mark mark, struct slice text)
{
    bool quote = mark == HTML_MARK_QUOTE;
    if (is_blank(text))
        return false;
    if (quote)
        html_append_fold(w->out, w->label);
    else if (mark == HTML_MARK_SIGNATURE)
        g_string_append(w->out, "<div data-mark=\"signature\">");
    append_lines(w, text);
    if (quote)
        g_string_append(w->out, "</details>");
    else if (mark == HTML_MARK_SIGNATURE)
        g_string_append(w->out, "</div>");
    return quote;
}

char *
text_html(struct slice text, const struct html_region *regions, size_t n_regions,
          const char *label, unsigned *ret_folded)
{
    struct writer w = { .out = g_string_new(NULL), .label = label };
    unsigned folded = 0;
    size_t at = 0;
    if (is_blank(text))
        return g_string_free(w.out, FALSE);

    g_string_append(w.out, "<div style=\"white-space: pre-wrap\">");
    for (size_t i = 0; i < n_regions; i++) {
        const struct html_region *r = &regions[i];
        append_lines(&w, slice_sub(text, at, r->from));
        folded += append_region(&w, r->mark, slice_sub(text, r->from, r->to));
        at = r->to;
    }
    append_lines(&w, slice_sub(text, at, text.n));
    g_string_append(w.out, "</div>");
    if (ret_folded)
        *ret_folded = folded;
    return g_string_free(w.out, FALSE);
}
