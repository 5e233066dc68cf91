/* template: what a Template is, but for its making and its use. */
#include "common/text/template_ops.h"

static void
op_clear(void *op)
{
    g_clear_pointer(&((struct op *)op)->arguments, g_hash_table_unref);
}

Template *
template_new(struct slice source, const char *name)
{
    Template *template = g_new0(Template, 1);
    template->name = g_strdup(name);
    template->source = g_bytes_new(source.p, source.n);
    template->names = g_string_chunk_new(256);
    template->ops = g_array_new(FALSE, FALSE, sizeof(struct op));
    g_array_set_clear_func(template->ops, op_clear);
    return template;
}

void
template_free(Template *template)
{
    if (!template)
        return;
    g_array_unref(template->ops);
    g_string_chunk_free(template->names);
    g_bytes_unref(template->source);
    g_free(template->name);
    g_free(template);
}

const char *
template_name(const Template *template)
{
    return template->name;
}

size_t
template_operations(const Template *template)
{
    return template->ops->len;
}

char *
template_position(const Template *template, size_t at)
{
    gsize n = 0;
    const char *source = g_bytes_get_data(template->source, &n);
    size_t line = 1, start = 0;
    for (size_t i = 0; i < MIN(at, n); i++)
        if (source[i] == '\n') {
            line++;
            start = i + 1;
        }
    glong column =
        g_utf8_strlen(source ? source + start : "", (gssize)(MIN(at, n) - start));
    return g_strdup_printf("%s:%zu:%ld", template->name, line, column + 1);
}
