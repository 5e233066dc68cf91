#include <math.h>
#include <string.h>

#include "common/base/error.h"
#include "common/text/template_walk.h"

static const json_t *
member(const json_t *object, struct slice key)
{
    return json_is_object(object) ? json_object_getn(object, key.p, key.n) : NULL;
}

static struct slice
next_part(struct slice *rest)
{
    const char *dot = memchr(rest->p, '.', rest->n);
    size_t n = dot ? (size_t)(dot - rest->p) : rest->n;
    struct slice part = slice_sub(*rest, 0, n);
    *rest = slice_sub(*rest, dot ? n + 1 : n, rest->n);
    return part;
}

/* The first part of a name is looked for from the innermost context outwards; the others
   belong to what was found, and nowhere else. */
bool
template_find_value(struct template_walk *walk, const Template *template,
                    const struct op *op, const json_t **ret_value, GError **error)
{
    const json_t *value = walk->context[walk->contexts - 1];
    struct slice rest = slice_from(op->name);
    size_t steps = 1;
    if (rest.p[0] == '.') {
        rest = slice_sub(rest, 1, rest.n);
    } else {
        struct slice first = next_part(&rest);
        value = NULL;
        for (size_t i = walk->contexts; i-- > 0 && !value; steps++)
            value = member(walk->context[i], first);
    }
    for (; rest.n && value; steps++)
        value = member(value, next_part(&rest));
    *ret_value = value;
    return template_walk_step(walk, template, op, steps, error);
}

bool
template_is_true(const json_t *value)
{
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_NULL:
    case JSON_FALSE:
        return false;
    case JSON_ARRAY:
        return json_array_size(value) > 0;
    case JSON_STRING:
        return json_string_length(value) > 0;
    case JSON_INTEGER:
        return json_integer_value(value) != 0;
    case JSON_REAL:
        return fpclassify(json_real_value(value)) != FP_ZERO;
    case JSON_OBJECT:
    case JSON_TRUE:
        break;
    }
    return true;
}

/* The shortest of the usual forms that reads back as the same number. */
static void
format_real(double number, char text[static G_ASCII_DTOSTR_BUF_SIZE])
{
    static const char *const formats[] = { "%.15g", "%.16g", "%.17g" };
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_ascii_formatd(text, G_ASCII_DTOSTR_BUF_SIZE, formats[i], number);
        double back = g_ascii_strtod(text, NULL);
        if (memcmp(&back, &number, sizeof back) == 0)
            return;
    }
}

/* A value as text; numbers and such go into the buffer. */
static struct slice
text_of(const json_t *value, char buffer[static G_ASCII_DTOSTR_BUF_SIZE])
{
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_STRING:
        return (struct slice){ json_string_value(value), json_string_length(value) };
    case JSON_INTEGER:
        g_snprintf(buffer, G_ASCII_DTOSTR_BUF_SIZE, "%" JSON_INTEGER_FORMAT,
                   json_integer_value(value));
        return slice_from(buffer);
    case JSON_REAL:
        format_real(json_real_value(value), buffer);
        return slice_from(buffer);
    case JSON_TRUE:
        return slice_from("true");
    case JSON_FALSE:
        return slice_from("false");
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return (struct slice){ NULL, 0 };
}

static const char *
escape_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static bool
write_escaped(struct template_walk *walk, const Template *template, const struct op *op,
              struct slice text, GError **error)
{
    size_t from = 0;
    for (size_t i = 0; i < text.n; i++) {
        const char *escape = escape_of(text.p[i]);
        if (!escape)
            continue;
        if (!template_walk_write(walk, template, op, slice_sub(text, from, i), error)
            || !template_walk_write(walk, template, op, slice_from(escape), error))
            return false;
        from = i + 1;
    }
    return template_walk_write(walk, template, op, slice_sub(text, from, text.n), error);
}

static bool
breaks_header(struct slice text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '\r' || text.p[i] == '\n' || text.p[i] == '\0')
            return true;
    return false;
}

bool
template_write_value(struct template_walk *walk, const Template *template,
                     const struct op *op, const json_t *value, GError **error)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    struct slice text = text_of(value, buffer);
    if (walk->input->mode == TEMPLATE_HEADER && breaks_header(text))
        return template_walk_fail(
            template, op, error,
            "{{%s}} has a line break or NUL, which may not stand in "
            "a header",
            op->name);
    if (walk->input->mode == TEMPLATE_HTML && op->kind == OP_VARIABLE)
        return write_escaped(walk, template, op, text, error);
    return template_walk_write(walk, template, op, text, error);
}
