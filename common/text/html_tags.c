#include "common/text/html_tags.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define B HTML_BLOCK
#define T (HTML_BLOCK | HTML_TABLE)

/* Sorted by name, for bsearch. */
static const struct html_tag tags[] = {
    { "a", HTML_FORMAT },
    { "abbr", 0 },
    { "acronym", 0 },
    { "address", B },
    { "applet", HTML_DROP },
    { "article", B },
    { "aside", B },
    { "audio", HTML_DROP },
    { "b", HTML_FORMAT },
    { "bdi", 0 },
    { "bdo", 0 },
    { "big", HTML_FORMAT },
    { "blockquote", B },
    { "br", HTML_VOID },
    { "canvas", HTML_DROP },
    { "caption", T | HTML_SCOPE },
    { "center", B },
    { "cite", 0 },
    { "code", HTML_FORMAT },
    { "col", T | HTML_VOID },
    { "colgroup", T },
    { "datalist", HTML_DROP },
    { "dd", B | HTML_ITEM },
    { "del", 0 },
    { "details", B },
    { "dfn", 0 },
    { "dir", B },
    { "div", B },
    { "dl", B },
    { "dt", B | HTML_ITEM },
    { "em", HTML_FORMAT },
    { "figcaption", B },
    { "figure", B },
    { "font", HTML_FORMAT },
    { "footer", B },
    { "h1", B },
    { "h2", B },
    { "h3", B },
    { "h4", B },
    { "h5", B },
    { "h6", B },
    { "head", HTML_DROP },
    { "header", B },
    { "hr", B | HTML_VOID },
    { "i", HTML_FORMAT },
    { "iframe", HTML_RAW },
    { "img", HTML_VOID },
    { "ins", 0 },
    { "kbd", 0 },
    { "li", B | HTML_ITEM },
    { "main", B },
    { "map", HTML_DROP },
    { "math", HTML_DROP },
    { "menu", B },
    { "nav", B },
    { "noembed", HTML_RAW },
    { "noframes", HTML_RAW },
    { "noscript", HTML_DROP },
    { "object", HTML_DROP },
    { "ol", B },
    { "optgroup", HTML_DROP },
    { "option", HTML_DROP },
    { "p", B },
    { "pre", B },
    { "q", 0 },
    { "rp", 0 },
    { "rt", 0 },
    { "ruby", 0 },
    { "s", HTML_FORMAT },
    { "samp", 0 },
    { "script", HTML_RAW },
    { "section", B },
    { "select", HTML_DROP },
    { "small", HTML_FORMAT },
    { "span", 0 },
    { "strike", HTML_FORMAT },
    { "strong", HTML_FORMAT },
    { "style", HTML_RAW },
    { "sub", 0 },
    { "summary", B },
    { "sup", 0 },
    { "svg", HTML_DROP },
    { "table", B | HTML_SCOPE },
    { "tbody", T },
    { "td", T | HTML_SCOPE },
    { "template", HTML_DROP },
    { "textarea", HTML_RAW },
    { "tfoot", T },
    { "th", T | HTML_SCOPE },
    { "thead", T },
    { "time", 0 },
    { "title", HTML_RAW },
    { "tr", T },
    { "tt", HTML_FORMAT },
    { "u", HTML_FORMAT },
    { "ul", B },
    { "var", 0 },
    { "video", HTML_DROP },
    { "wbr", HTML_VOID },
    { "xmp", HTML_RAW },
};

#undef B
#undef T

/* What the sanitiser keeps, or html_text looks at. Sorted, for bsearch. */
static const char *const attributes[] = {
    "align",       "alt",         "background",  "bgcolor",         "border",
    "cellpadding", "cellspacing", "cite",        "class",           "color",
    "colspan",     "data-mark",   "data-marker", "data-remote-src", "dir",
    "face",        "height",      "href",        "hspace",          "id",
    "lang",        "link",        "name",        "nowrap",          "reversed",
    "rowspan",     "size",        "src",         "start",           "style",
    "text",        "title",       "type",        "valign",          "value",
    "vspace",      "width",
};

/* Longer than any name in the tables. */
enum { NAME_MAX_BYTES = 24 };

static bool
lower_name(struct slice name, char ret_lower[static NAME_MAX_BYTES])
{
    if (name.n == 0 || name.n >= NAME_MAX_BYTES)
        return false;

    for (size_t i = 0; i < name.n; i++)
        ret_lower[i] = g_ascii_tolower(name.p[i]);
    ret_lower[name.n] = '\0';
    return strlen(ret_lower) == name.n;
}

static int
compare_tag(const void *key, const void *tag)
{
    return strcmp(key, ((const struct html_tag *)tag)->name);
}

static int
compare_name(const void *key, const void *name)
{
    return strcmp(key, *(const char *const *)name);
}

size_t
html_tag_count(void)
{
    return G_N_ELEMENTS(tags);
}

const struct html_tag *
html_tag_at(size_t index)
{
    return &tags[index];
}

bool
html_tag_find(struct slice name, size_t *ret_index)
{
    char lower[NAME_MAX_BYTES];
    if (!lower_name(name, lower))
        return false;

    const struct html_tag *tag =
        bsearch(lower, tags, G_N_ELEMENTS(tags), sizeof *tags, compare_tag);
    if (!tag)
        return false;
    *ret_index = (size_t)(tag - tags);
    return true;
}

bool
html_attribute_known(struct slice name)
{
    char lower[NAME_MAX_BYTES];
    return lower_name(name, lower)
           && bsearch(lower, attributes, G_N_ELEMENTS(attributes), sizeof *attributes,
                      compare_name);
}
