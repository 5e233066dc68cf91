#include "common/text/html_tree.h"

#include "common/text/html_filter.h"
#include "common/text/html_tags.h"

struct HtmlTree {
    GString *markup; /* the tree points into it */
    GumboOptions options;
    GumboOutput *output;
};

HtmlTree *
html_tree_parse(struct slice html, unsigned *ret_cut)
{
    HtmlTree *tree = g_new0(HtmlTree, 1);
    tree->markup = html_filter(html, ret_cut);
    tree->options = kGumboDefaultOptions;
    tree->options.max_errors = 0;
    tree->output =
        gumbo_parse_with_options(&tree->options, tree->markup->str, tree->markup->len);
    return tree;
}

void
html_tree_free(HtmlTree *tree)
{
    if (!tree)
        return;
    gumbo_destroy_output(&tree->options, tree->output);
    g_string_free(tree->markup, TRUE);
    g_free(tree);
}

static const GumboNode *
body_of(const HtmlTree *tree)
{
    const GumboVector *children = &tree->output->root->v.element.children;
    for (unsigned i = 0; i < children->length; i++) {
        const GumboNode *child = children->data[i];
        if (child->type == GUMBO_NODE_ELEMENT && child->v.element.tag == GUMBO_TAG_BODY)
            return child;
    }
    return NULL;
}

const GumboElement *
html_tree_body(const HtmlTree *tree)
{
    const GumboNode *body = body_of(tree);
    return body ? &body->v.element : NULL;
}

/* The element's place in html_tags; false for what isn't walked. */
static bool
known_element(const GumboNode *node, size_t *ret_index)
{
    if (node->type != GUMBO_NODE_ELEMENT
        || node->v.element.tag_namespace != GUMBO_NAMESPACE_HTML)
        return false;
    const char *name = gumbo_normalized_tagname(node->v.element.tag);
    return html_tag_find(slice_from(name), ret_index)
           && !(html_tag_at(*ret_index)->flags & (HTML_RAW | HTML_DROP));
}

/* The next node when all below `node` is done, calling leave on the way up; NULL at the
   end of `root`. */
static const GumboNode *
next_up(const GumboNode *node, const GumboNode *root, const struct html_visitor *visitor,
        void *context)
{
    while (node != root) {
        const GumboNode *parent = node->parent;
        const GumboVector *siblings = &parent->v.element.children;
        if (node->index_within_parent + 1 < siblings->length)
            return siblings->data[node->index_within_parent + 1];
        size_t index;
        if (parent != root && known_element(parent, &index))
            visitor->leave(context, &parent->v.element, index);
        node = parent;
    }
    return NULL;
}

void
html_tree_walk(const HtmlTree *tree, const struct html_visitor *visitor, void *context)
{
    const GumboNode *body = body_of(tree), *node = NULL;
    if (body && body->v.element.children.length)
        node = body->v.element.children.data[0];

    while (node) {
        size_t index;
        if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE)
            visitor->text(context, node->v.text.text);
        else if (known_element(node, &index)
                 && visitor->enter(context, &node->v.element, index)) {
            if (node->v.element.children.length) {
                node = node->v.element.children.data[0];
                continue;
            }
            visitor->leave(context, &node->v.element, index);
        }
        node = next_up(node, body, visitor, context);
    }
}

const char *
html_attribute(const GumboElement *element, const char *name)
{
    const GumboAttribute *attribute = gumbo_get_attribute(&element->attributes, name);
    return attribute ? attribute->value : NULL;
}

struct html_naming
html_naming_of(const GumboElement *element, const char *name)
{
    return (struct html_naming){
        .element = name,
        .id = html_attribute(element, "id"),
        .class = html_attribute(element, "class"),
        .name = html_attribute(element, "name"),
        .type = html_attribute(element, "type"),
        .style = html_attribute(element, "style"),
        .data_marker = html_attribute(element, "data-marker"),
    };
}
