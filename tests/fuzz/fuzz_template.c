/*
 * Template source, data and a partial, split at NULs: whatever they are, compiling,
 * rendering in each mode and checking names end within the limits; a header never has a
 * line break; HTML of a template that has no markup of its own never has a tag.
 */
#include <glib.h>
#include <jansson.h>
#include <stdint.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/limits.h"
#include "common/text/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct partial {
    const Template *template;
    const Template *itself; /* so that it may contain itself by the name "self" */
};

static bool
find_partial(void *data, const char *name, const Template **ret_template, GError **error)
{
    struct partial *partial = data;
    (void)error;
    *ret_template = strcmp(name, "self") == 0 ? partial->itself : partial->template;
    return true;
}

static struct slice
cut(struct slice *rest)
{
    const char *nul = rest->n ? memchr(rest->p, '\0', rest->n) : NULL;
    size_t n = nul ? (size_t)(nul - rest->p) : rest->n;
    struct slice piece = slice_sub(*rest, 0, n);
    *rest = slice_sub(*rest, nul ? n + 1 : n, rest->n);
    return piece;
}

/* Whether the source has no markup itself, and no tag that leaves a value as it is: then
   HTML has none either. */
static bool
is_plain(struct slice source)
{
    for (size_t i = 0; i < source.n; i++)
        if (strchr("<>\"'&=", source.p[i]))
            return false;
    return !source.n || !memmem(source.p, source.n, "}}}", 3);
}

static void
render(const Template *template, const json_t *document, enum template_mode mode,
       struct partial *partial, bool plain)
{
    const struct template_partials partials = { find_partial, partial };
    const struct template_input input = { document, mode, &partials };
    struct template_cost cost = { 0 };
    g_autoptr(GError) error = NULL;
    GString *text = template_render(template, &input, &cost, &error);
    g_assert_true((text == NULL) == (error != NULL));
    g_assert_cmpuint(cost.deepest, <=, LIMIT_TEMPLATE_DEPTH);
    g_assert_cmpuint(cost.steps, <=,
                     LIMIT_TEMPLATE_STEPS + 4 * LIMIT_TEMPLATE_DEPTH + 256);
    if (!text)
        return;
    g_assert_cmpuint(text->len, <=, LIMIT_TEMPLATE_OUTPUT);
    if (mode == TEMPLATE_HEADER)
        g_assert_null(strpbrk(text->str, "\r\n"));
    if (mode == TEMPLATE_HTML && plain)
        g_assert_null(strpbrk(text->str, "<>\"'"));
    g_string_free(text, TRUE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = { (const char *)data, size };
    struct slice source = cut(&rest), json = cut(&rest), other = rest;
    g_autoptr(GError) error = NULL;
    g_autoptr(Template) template = template_compile(source, "source", &error);
    g_assert_true((template == NULL) == (error != NULL));
    g_autoptr(Template) second = template_compile(other, "partial", NULL);
    g_autoptr(json_t) document =
        json.n ? json_loadb(json.p, json.n, JSON_DECODE_ANY, NULL) : NULL;
    if (!template)
        return 0;
    g_assert_cmpuint(template_operations(template), <=, 2 * source.n + 1);

    g_autoptr(json_t) nothing = json_object();
    const json_t *with = document ? document : nothing;
    struct partial partial = { second, template };
    bool plain = is_plain(source) && is_plain(other);
    for (int mode = TEMPLATE_HTML; mode <= TEMPLATE_HEADER; mode++)
        render(template, with, (enum template_mode)mode, &partial, plain);

    const struct template_partials partials = { find_partial, &partial };
    const struct template_input input = { with, TEMPLATE_HTML, &partials };
    template_check_names(template, &input, NULL);
    return 0;
}
