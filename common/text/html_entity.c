#include "common/text/html_entity.h"

#include <gumbo.h>
#include <string.h>

/* "&CounterClockwiseContourIntegral;", the longest name there is, has 33 bytes. */
enum { ENTITY_MAX = 40 };

/* The first text in the tree. A lone reference makes one node, however it is read. */
static const char *
first_text(const GumboNode *node)
{
    while (node->type == GUMBO_NODE_ELEMENT) {
        const GumboVector *children = &node->v.element.children;
        if (children->length == 0)
            return NULL;
        node = children->data[children->length - 1]; /* html's last child is the body */
    }
    return node->v.text.text;
}

static bool
append_common(GString *out, struct slice entity)
{
    static const struct {
        const char *name, *text;
    } common[] = {
        { "&amp;", "&" },   { "&lt;", "<" },          { "&gt;", ">" },
        { "&quot;", "\"" }, { "&nbsp;", "\xC2\xA0" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(common); i++) {
        if (!slice_equal(entity, slice_from(common[i].name)))
            continue;
        g_string_append(out, common[i].text);
        return true;
    }
    return false;
}

void
html_entity_append(GString *out, struct slice entity)
{
    if (append_common(out, entity))
        return;
    /* The letter keeps a blank from being read as the space between html and body. */
    char document[ENTITY_MAX + 2] = "x";
    if (entity.n > ENTITY_MAX) {
        g_string_append_len(out, entity.p, (gssize)entity.n);
        return;
    }
    memcpy(document + 1, entity.p, entity.n);
    GumboOutput *output =
        gumbo_parse_with_options(&kGumboDefaultOptions, document, entity.n + 1);
    const char *text = first_text(output->root);
    if (text && g_utf8_validate(text, -1, NULL))
        g_string_append(out, text + 1);
    gumbo_destroy_output(&kGumboDefaultOptions, output);
}
