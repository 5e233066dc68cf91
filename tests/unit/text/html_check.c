#include "tests/unit/text/html_check.h"

#include <glib.h>
#include <gumbo.h>
#include <string.h>

static const char *const elements[] = {
    "a",     "abbr",    "acronym", "address",    "article", "aside",      "b",
    "bdi",   "bdo",     "big",     "blockquote", "br",      "caption",    "center",
    "cite",  "code",    "col",     "colgroup",   "dd",      "del",        "dfn",
    "dir",   "div",     "dl",      "dt",         "em",      "figcaption", "figure",
    "font",  "footer",  "h1",      "h2",         "h3",      "h4",         "h5",
    "h6",    "header",  "hr",      "i",          "img",     "ins",        "kbd",
    "li",    "main",    "menu",    "nav",        "ol",      "p",          "pre",
    "q",     "rp",      "rt",      "ruby",       "s",       "samp",       "section",
    "small", "span",    "strike",  "strong",     "sub",     "sup",        "table",
    "tbody", "td",      "tfoot",   "th",         "thead",   "time",       "tr",
    "tt",    "u",       "ul",      "var",        "wbr",     "html",       "head",
    "body",  "details", "summary", NULL,
};

static const char *const attributes[] = {
    "style",
    "dir",
    "lang",
    "align",
    "valign",
    "width",
    "height",
    "bgcolor",
    "border",
    "cellpadding",
    "cellspacing",
    "colspan",
    "rowspan",
    "nowrap",
    "color",
    "face",
    "size",
    "alt",
    "title",
    "hspace",
    "vspace",
    "src",
    "data-remote-src",
    "href",
    "rel",
    "target",
    "type",
    "start",
    "value",
    "reversed",
    "data-mark",
    NULL,
};

static const char *why;

static bool
starts(const char *value, const char *prefix)
{
    return g_ascii_strncasecmp(value, prefix, strlen(prefix)) == 0;
}

static bool
check_attribute(const GumboAttribute *a, const char *cid_prefix)
{
    const char *v = a->value;
    why = a->name;
    if (!g_strv_contains(attributes, a->name))
        return false;
    if (strcmp(a->name, "href") == 0)
        return starts(v, "http://") || starts(v, "https://") || starts(v, "mailto:")
               || starts(v, "tel:");
    if (strcmp(a->name, "src") == 0)
        return starts(v, "data:image/") || (cid_prefix && starts(v, cid_prefix));
    if (strcmp(a->name, "data-remote-src") == 0)
        return starts(v, "http://") || starts(v, "https://");
    if (strcmp(a->name, "style") == 0) {
        g_autofree char *lower = g_ascii_strdown(v, -1);
        return !strpbrk(lower, "\\@<>{}&!\"") && !strstr(lower, "url(")
               && !strstr(lower, "expression(") && !strstr(lower, "/*")
               && !strstr(lower, "position:") && !strstr(lower, "behavior:")
               && !strstr(lower, "-moz-binding") && !strstr(lower, "z-index:");
    }
    return true;
}

static bool
check_node(const GumboNode *node, const char *cid_prefix)
{
    if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE)
        return true;
    why = "a node that is no element";
    if (node->type != GUMBO_NODE_ELEMENT)
        return false;
    const GumboElement *element = &node->v.element;
    why = gumbo_normalized_tagname(element->tag);
    if (element->tag_namespace != GUMBO_NAMESPACE_HTML || !g_strv_contains(elements, why))
        return false;
    for (unsigned i = 0; i < element->attributes.length; i++)
        if (!check_attribute(element->attributes.data[i], cid_prefix))
            return false;
    for (unsigned i = 0; i < element->children.length; i++)
        if (!check_node(element->children.data[i], cid_prefix))
            return false;
    return true;
}

bool
html_check(const char *html, size_t n, const char *cid_prefix, const char **ret_why)
{
    GumboOutput *output = gumbo_parse_with_options(&kGumboDefaultOptions, html, n);
    bool good = g_utf8_validate(html, (gssize)n, NULL);
    why = "wrong UTF-8";
    good = good && check_node(output->root, cid_prefix);
    if (!good)
        *ret_why = g_intern_string(why);
    gumbo_destroy_output(&kGumboDefaultOptions, output);
    return good;
}
