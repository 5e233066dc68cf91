#include "common/text/html_sheet.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/text/html_css.h"

/* Classes of one element that are looked up, and bytes of a selector. */
enum { CLASSES_MAX = 8, SELECTOR_MAX = 100 };

struct HtmlSheet {
    GHashTable *rules; /* "p", ".a", "p.a", "#b": lower case -> GString, clean CSS */
    size_t left;       /* bytes that elements may still get */
    unsigned n_rules;
};

static void
free_string(void *string)
{
    g_string_free(string, TRUE);
}

/* --- reading rules ------------------------------------------------------------------- */

static bool
is_name_char(char c)
{
    return g_ascii_isalnum(c) || c == '-' || c == '_';
}

/* The selector as a key of the table; NULL for one that isn't simple. */
static char *
selector_key(struct slice s)
{
    s = slice_trim(s);
    struct slice link = slice_sub(s, s.n > 5 ? s.n - 5 : s.n, s.n);
    if (slice_equal_nocase(link, ":link"))
        s.n -= 5;
    unsigned marks = 0;
    for (size_t i = 0; i < s.n; i++) {
        bool mark = s.p[i] == '.' || s.p[i] == '#';
        marks += mark;
        if ((!mark && !is_name_char(s.p[i])) || (mark && i + 1 == s.n))
            return NULL;
    }
    return s.n && s.n <= SELECTOR_MAX && marks < 2 ? g_ascii_strdown(s.p, (gssize)s.n)
                                                   : NULL;
}

static void
add_rule(HtmlSheet *sheet, struct slice selector, const char *clean)
{
    char *key = selector_key(selector);
    if (!key)
        return;
    GString *rule = g_hash_table_lookup(sheet->rules, key);
    if (!rule) {
        rule = g_string_new(NULL);
        g_hash_table_insert(sheet->rules, g_strdup(key), rule);
    }
    if (rule->len + strlen(clean) + 2 < LIMIT_CSS_BYTES)
        g_string_append_printf(rule, "%s%s", rule->len ? "; " : "", clean);
    g_free(key);
}

/* The selectors of one rule, parted by commas. */
static void
add_rules(HtmlSheet *sheet, struct slice selectors, struct slice declarations)
{
    g_autofree char *clean = css_clean(declarations);
    while (clean && selectors.n && sheet->n_rules < LIMIT_SHEET_RULES) {
        const char *comma = memchr(selectors.p, ',', selectors.n);
        size_t n = comma ? (size_t)(comma - selectors.p) : selectors.n;
        sheet->n_rules++;
        add_rule(sheet, slice_sub(selectors, 0, n), clean);
        selectors = slice_sub(selectors, n + 1, selectors.n);
    }
}

/* Without comments, and the "<!--" and "-->" that old clients write around a sheet. */
static GString *
without_comments(struct slice css)
{
    GString *s = g_string_sized_new(css.n);
    for (size_t i = 0; i < css.n; i++) {
        struct slice rest = slice_sub(css, i, css.n);
        const char *end = NULL;
        if (slice_starts_nocase(rest, "/*")) {
            end = memmem(rest.p + 2, rest.n - 2, "*/", 2);
            i = end ? (size_t)(end - css.p) + 1 : css.n;
        } else if (slice_starts_nocase(rest, "<!--"))
            i += 3;
        else if (slice_starts_nocase(rest, "-->"))
            i += 2;
        else
            g_string_append_c(s, css.p[i]);
    }
    return s;
}

/* Behind the '}' that closes a block opened before `at`. */
static size_t
behind_block(struct slice css, size_t at)
{
    for (unsigned depth = 1; at < css.n; at++) {
        depth += css.p[at] == '{';
        depth -= css.p[at] == '}';
        if (depth == 0)
            return at + 1;
    }
    return css.n;
}

static void
read_rules(HtmlSheet *sheet, struct slice css)
{
    for (size_t from = 0, i = 0; i < css.n; i++) {
        if (css.p[i] == ';' || css.p[i] == '}') /* "@import …;", a brace too many */
            from = i + 1;
        if (css.p[i] != '{')
            continue;
        struct slice prelude = slice_trim(slice_sub(css, from, i));
        size_t end = behind_block(css, i + 1);
        if (prelude.n && prelude.p[0] != '@')
            add_rules(sheet, prelude,
                      slice_sub(css, i + 1, end - (css.p[end - 1] == '}')));
        from = end;
        i = end - 1;
    }
}

/* --- finding sheets ------------------------------------------------------------------ */

static size_t
find(struct slice s, size_t from, const char *what)
{
    struct slice rest = slice_sub(s, from, s.n);
    const char *p = rest.n ? memmem(rest.p, rest.n, what, strlen(what)) : NULL;
    return p ? (size_t)(p - s.p) : s.n;
}

/* A sheet for paper, or for a width that isn't ours to know. */
static bool
is_for_others(struct slice tag)
{
    g_autofree char *lower = g_ascii_strdown(tag.p, (gssize)tag.n);
    return strstr(lower, "print") || strstr(lower, "width");
}

/* Read the sheet whose "<style" is at `at`; the place behind it. */
static size_t
read_sheet(HtmlSheet *sheet, struct slice html, size_t at)
{
    size_t begin = find(html, at, ">");
    size_t end = begin;
    while (end < html.n && !slice_starts_nocase(slice_sub(html, end, html.n), "</style"))
        end = find(html, end + 1, "</");
    if (!is_for_others(slice_sub(html, at, begin))) {
        g_autoptr(GString) css = without_comments(slice_sub(html, begin + 1, end));
        read_rules(sheet, (struct slice){ css->str, css->len });
    }
    return end;
}

HtmlSheet *
html_sheet_read(struct slice html)
{
    g_autoptr(HtmlSheet) sheet = g_new0(HtmlSheet, 1);
    sheet->rules = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_string);
    sheet->left = LIMIT_SHEET_BYTES;
    bool comments = true; /* one more "-->" is to come */
    for (size_t i = find(html, 0, "<"); i < html.n; i = find(html, i + 1, "<")) {
        struct slice rest = slice_sub(html, i, html.n);
        if (comments && slice_starts_nocase(rest, "<!--")) {
            size_t end = find(html, i + 4, "-->");
            comments = end < html.n;
            i = comments ? end : i;
        } else if (slice_starts_nocase(rest, "<style") && rest.n > 6
                   && strchr(" \t\r\n/>", rest.p[6]))
            i = read_sheet(sheet, html, i);
    }
    return g_hash_table_size(sheet->rules) ? g_steal_pointer(&sheet) : NULL;
}

void
html_sheet_free(HtmlSheet *sheet)
{
    if (!sheet)
        return;
    g_hash_table_unref(sheet->rules);
    g_free(sheet);
}

/* --- asking -------------------------------------------------------------------------- */

static void
append_rule(const HtmlSheet *sheet, const char *name, const char *mark, struct slice word,
            GString *style)
{
    char key[2 * SELECTOR_MAX];
    if (word.n > SELECTOR_MAX || strlen(name) >= SELECTOR_MAX / 2)
        return;
    g_snprintf(key, sizeof key, "%s%s%.*s", name, mark, (int)word.n, word.p);
    for (char *p = key; *p; p++)
        *p = g_ascii_tolower(*p);
    const GString *rule = g_hash_table_lookup(sheet->rules, key);
    if (rule)
        g_string_append_printf(style, "%s; ", rule->str);
}

static void
append_classes(const HtmlSheet *sheet, const char *name, const char *class,
               GString *style)
{
    struct slice rest = slice_trim(slice_from(class));
    for (unsigned n = 0; rest.n && n < CLASSES_MAX; n++) {
        size_t end = 0;
        while (end < rest.n && !g_ascii_isspace(rest.p[end]))
            end++;
        append_rule(sheet, name, ".", slice_sub(rest, 0, end), style);
        rest = slice_trim(slice_sub(rest, end, rest.n));
    }
}

char *
html_sheet_style(HtmlSheet *sheet, const char *name, const char *class, const char *id,
                 const char *own)
{
    if (sheet && sheet->left) {
        g_autoptr(GString) style = g_string_new(NULL);
        static const struct slice empty = { "", 0 };
        append_rule(sheet, name, "", empty, style);
        append_classes(sheet, "", class, style);
        append_classes(sheet, name, class, style);
        if (id) {
            append_rule(sheet, "", "#", slice_from(id), style);
            append_rule(sheet, name, "#", slice_from(id), style);
        }
        sheet->left -= MIN(sheet->left, style->len);
        if (own)
            g_string_append(style, own);
        char *clean = css_clean((struct slice){ style->str, style->len });
        if (clean)
            return clean;
    }
    return own ? css_clean(slice_from(own)) : NULL;
}
