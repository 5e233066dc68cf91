#include "common/text/html_css.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"

enum css_flag {
    CSS_POSITIVE = 1 << 0, /* no number below zero: it would move over other things */
    CSS_FONT = 1 << 1,     /* may hold quoted names */
};

/* Sorted by name, for bsearch. */
static const struct property {
    const char *name;
    unsigned flags;
} properties[] = {
    { "background", 0 },
    { "background-color", 0 },
    { "border", 0 },
    { "border-bottom", 0 },
    { "border-bottom-color", 0 },
    { "border-bottom-left-radius", 0 },
    { "border-bottom-right-radius", 0 },
    { "border-bottom-style", 0 },
    { "border-bottom-width", 0 },
    { "border-collapse", 0 },
    { "border-color", 0 },
    { "border-left", 0 },
    { "border-left-color", 0 },
    { "border-left-style", 0 },
    { "border-left-width", 0 },
    { "border-radius", 0 },
    { "border-right", 0 },
    { "border-right-color", 0 },
    { "border-right-style", 0 },
    { "border-right-width", 0 },
    { "border-spacing", CSS_POSITIVE },
    { "border-style", 0 },
    { "border-top", 0 },
    { "border-top-color", 0 },
    { "border-top-left-radius", 0 },
    { "border-top-right-radius", 0 },
    { "border-top-style", 0 },
    { "border-top-width", 0 },
    { "border-width", 0 },
    { "box-sizing", 0 },
    { "caption-side", 0 },
    { "clear", 0 },
    { "color", 0 },
    { "direction", 0 },
    { "display", 0 },
    { "empty-cells", 0 },
    { "float", 0 },
    { "font", CSS_FONT | CSS_POSITIVE },
    { "font-family", CSS_FONT },
    { "font-size", CSS_POSITIVE },
    { "font-style", 0 },
    { "font-variant", 0 },
    { "font-weight", 0 },
    { "height", CSS_POSITIVE },
    { "letter-spacing", 0 },
    { "line-height", CSS_POSITIVE },
    { "list-style", 0 },
    { "list-style-position", 0 },
    { "list-style-type", 0 },
    { "margin", CSS_POSITIVE },
    { "margin-bottom", CSS_POSITIVE },
    { "margin-left", CSS_POSITIVE },
    { "margin-right", CSS_POSITIVE },
    { "margin-top", CSS_POSITIVE },
    { "max-height", CSS_POSITIVE },
    { "max-width", CSS_POSITIVE },
    { "min-height", CSS_POSITIVE },
    { "min-width", CSS_POSITIVE },
    { "overflow", 0 },
    { "overflow-wrap", 0 },
    { "padding", CSS_POSITIVE },
    { "padding-bottom", CSS_POSITIVE },
    { "padding-left", CSS_POSITIVE },
    { "padding-right", CSS_POSITIVE },
    { "padding-top", CSS_POSITIVE },
    { "table-layout", 0 },
    { "text-align", 0 },
    { "text-decoration", 0 },
    { "text-decoration-color", 0 },
    { "text-decoration-line", 0 },
    { "text-decoration-style", 0 },
    { "text-indent", CSS_POSITIVE },
    { "text-transform", 0 },
    { "vertical-align", 0 },
    { "white-space", 0 },
    { "width", CSS_POSITIVE },
    { "word-break", 0 },
    { "word-spacing", 0 },
    { "word-wrap", 0 },
};

/* Functions that only make a colour. */
static const char *const functions[] = { "rgb", "rgba", "hsl", "hsla", NULL };

static int
compare(const void *key, const void *row)
{
    return strcmp(key, ((const struct property *)row)->name);
}

static const struct property *
find_property(struct slice name)
{
    char lower[32];
    if (name.n == 0 || name.n >= sizeof lower)
        return NULL;
    for (size_t i = 0; i < name.n; i++)
        lower[i] = g_ascii_tolower(name.p[i]);
    lower[name.n] = '\0';
    if (strlen(lower) != name.n)
        return NULL;
    return bsearch(lower, properties, G_N_ELEMENTS(properties), sizeof *properties,
                   compare);
}

/* --- values ------------------------------------------------------------------------- */

/* The next declaration: up to a ';' that stands outside of quotes and brackets. */
static bool
next_declaration(struct slice *rest, struct slice *ret_declaration)
{
    size_t i = 0, brackets = 0;
    char quote = '\0';
    if (rest->n == 0)
        return false;
    for (; i < rest->n; i++) {
        char c = rest->p[i];
        if (quote)
            quote = c == quote ? '\0' : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '(')
            brackets++;
        else if (c == ')' && brackets)
            brackets--;
        else if (c == ';' && brackets == 0)
            break;
    }
    *ret_declaration = slice_sub(*rest, 0, i);
    *rest = slice_sub(*rest, i + 1, rest->n);
    return true;
}

static bool
is_word_char(char c)
{
    return g_ascii_isalnum(c) || c == '-' || c == '_' || c == '.' || c == '%' || c == '#'
           || c == '+';
}

/* A quoted font name at *at: letters, digits, blanks and a few marks. Moves behind it. */
static bool
take_quoted(struct slice value, size_t *at, GString *out)
{
    char quote = value.p[*at];
    size_t i = *at + 1, from = i;
    for (; i < value.n && value.p[i] != quote; i++) {
        char c = value.p[i];
        if (!g_ascii_isalnum(c) && !(c && strchr(" -_.", c)))
            return false;
    }
    if (i >= value.n || i == from)
        return false;
    g_string_append_c(out, '\'');
    g_string_append_len(out, value.p + from, (gssize)(i - from));
    g_string_append_c(out, '\'');
    *at = i + 1;
    return true;
}

/* A colour function's arguments at *at, where its '(' is: numbers only. Moves behind. */
static bool
take_arguments(struct slice value, size_t *at, GString *out)
{
    g_string_append_c(out, '(');
    size_t i = *at + 1;
    for (; i < value.n && value.p[i] != ')'; i++) {
        char c = value.p[i];
        if (!g_ascii_isdigit(c) && !(c && strchr(" ,.%/-", c)))
            return false;
        if (c != ' ')
            g_string_append_c(out, c);
        else if (!strchr("(, /", out->str[out->len - 1]) && i + 1 < value.n
                 && !strchr(" ,)/", value.p[i + 1]))
            g_string_append_c(out, ' ');
    }
    g_string_append_c(out, ')');
    *at = i + 1;
    return i < value.n;
}

/* One word at *at: a name, number, colour, or colour function. Moves behind it. */
static bool
take_word(struct slice value, size_t *at, unsigned flags, GString *out)
{
    size_t i = *at, from = out->len;
    while (i < value.n && is_word_char(value.p[i]))
        g_string_append_c(out, g_ascii_tolower(value.p[i++]));
    if (i == *at)
        return false;
    const char *word = out->str + from;
    if (flags & CSS_POSITIVE && word[0] == '-')
        return false;
    if (g_str_has_prefix(word, "--") || strstr(word, "expression")
        || strstr(word, "-moz-binding"))
        return false;
    *at = i;
    if (i < value.n && value.p[i] == '(')
        return g_strv_contains(functions, word) && take_arguments(value, at, out);
    return true;
}

/* "!important" wins over nothing here, as there are no style sheets: it is left out. */
static struct slice
without_important(struct slice value)
{
    static const char important[] = "important";
    size_t n = strlen(important);
    struct slice end = slice_sub(value, value.n > n ? value.n - n : 0, value.n);
    if (!slice_equal_nocase(end, important))
        return value;
    struct slice rest = slice_trim(slice_sub(value, 0, value.n - n));
    if (rest.n == 0 || rest.p[rest.n - 1] != '!')
        return value;
    return slice_trim(slice_sub(rest, 0, rest.n - 1));
}

static bool
append_value(struct slice value, unsigned flags, GString *out)
{
    size_t from = out->len;
    for (size_t i = 0; i < value.n;) {
        char c = value.p[i];
        if (g_ascii_isspace(c)) {
            i++;
            if (out->len > from && !strchr(" ,/", out->str[out->len - 1]))
                g_string_append_c(out, ' ');
            continue;
        }
        if (c == ',' || c == '/') {
            if (out->len > from && out->str[out->len - 1] == ' ')
                g_string_truncate(out, out->len - 1);
            if (out->len == from || strchr(",/", out->str[out->len - 1]))
                return false; /* also what would be a comment */
            g_string_append_c(out, c);
            i++;
            continue;
        }
        bool quoted = c == '"' || c == '\'';
        if (quoted ? !(flags & CSS_FONT) || !take_quoted(value, &i, out)
                   : !take_word(value, &i, flags, out))
            return false;
        if (i < value.n && !g_ascii_isspace(value.p[i]) && !strchr(",/", value.p[i]))
            return false;
    }
    if (out->len > from && strchr(" ,/", out->str[out->len - 1])) {
        if (out->str[out->len - 1] != ' ')
            return false;
        g_string_truncate(out, out->len - 1);
    }
    return out->len > from;
}

static void
append_declaration(struct slice declaration, GString *out)
{
    const char *colon = memchr(declaration.p, ':', declaration.n);
    if (!colon)
        return;
    size_t at = (size_t)(colon - declaration.p), before = out->len;
    const struct property *property =
        find_property(slice_trim(slice_sub(declaration, 0, at)));
    if (!property)
        return;

    struct slice value =
        without_important(slice_trim(slice_sub(declaration, at + 1, declaration.n)));
    if (value.n > LIMIT_CSS_VALUE_BYTES)
        return;
    g_string_append_printf(out, "%s%s: ", out->len ? "; " : "", property->name);
    if (!append_value(value, property->flags, out))
        g_string_truncate(out, before);
}

char *
css_clean(struct slice style)
{
    GString *out = g_string_new(NULL);
    struct slice declaration;
    style.n = style.n ? strnlen(style.p, style.n) : 0;
    while (out->len < LIMIT_CSS_BYTES && next_declaration(&style, &declaration))
        if (declaration.n)
            append_declaration(declaration, out);
    if (out->len && out->len < LIMIT_CSS_BYTES)
        return g_string_free(out, FALSE);
    g_string_free(out, TRUE);
    return NULL;
}

bool
css_colour(struct slice value)
{
    if (value.n == 0 || value.n > 32)
        return false;
    for (size_t i = value.p[0] == '#'; i < value.n; i++)
        if (value.p[0] == '#' ? !g_ascii_isxdigit(value.p[i])
                              : !g_ascii_isalpha(value.p[i]))
            return false;
    return value.n > 1;
}
