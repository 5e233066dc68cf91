/* fuzz_structure: the tree of parts lies within the message, children within their
   parents and behind each other, under the limits. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/mail/structure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_node(const Structure *structure, guint i, size_t size)
{
    const struct mime_node *node = structure_node(structure, i);
    g_assert_cmpuint(node->offset, <=, size);
    g_assert_cmpuint(node->length, <=, size - node->offset);
    g_assert_cmpint(node->depth, <=, LIMIT_PART_DEPTH);
    g_assert_true(node->is_multipart || *node->path);
    g_assert_true(g_utf8_validate(node->name, -1, NULL));
    g_assert_true(g_str_is_ascii(node->type) && g_str_is_ascii(node->encoding));
    g_assert_cmpuint(strlen(node->encoding), <=, LIMIT_ENCODING_BYTES);
    g_assert_true((i == 0) == (node->parent < 0));
    if (i == 0)
        return;
    g_assert_cmpint(node->parent, <, (int)i);
    const struct mime_node *above = structure_node(structure, (guint)node->parent);
    g_assert_true(above->is_multipart);
    g_assert_cmpint(node->depth, ==, above->depth + 1);
    g_assert_cmpuint(node->offset, >=, above->offset);
    if (node->length) /* an empty one may stand on the boundary's own line end */
        g_assert_cmpuint(node->offset + node->length, <=, above->offset + above->length);
    const struct mime_node *before = structure_node(structure, i - 1);
    g_assert_cmpuint(node->offset, >=,
                     before->offset + (before->is_multipart ? 0 : before->length));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice raw = { (const char *)data, size };
    g_autoptr(GPtrArray) errors = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Structure) structure = structure_read(raw, errors);

    g_assert_cmpuint(structure->nodes->len, >, 0);
    g_assert_cmpuint(structure->nodes->len, <=, LIMIT_PARTS);
    for (guint i = 0; i < structure->nodes->len; i++)
        check_node(structure, i, size);
    for (guint i = 0; i < errors->len; i++)
        g_assert_true(g_utf8_validate(errors->pdata[i], -1, NULL));
    return 0;
}
