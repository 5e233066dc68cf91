#include "portald/http/values.h"

#include <string.h>

#include "common/base/error.h"
#include "common/base/limits.h"

static void
value_clear(void *data)
{
    struct value *value = data;
    g_free(value->name);
    g_free(value->value);
}

Values *
values_new(void)
{
    Values *values = g_array_new(FALSE, FALSE, sizeof(struct value));
    g_array_set_clear_func(values, value_clear);
    return values;
}

void
values_add(Values *values, struct slice name, struct slice value)
{
    struct value added = { slice_dup(name), slice_dup(value) };
    g_array_append_val(values, added);
}

const char *
values_get(const Values *values, const char *name)
{
    for (guint i = 0; i < values->len; i++)
        if (strcmp(g_array_index(values, struct value, i).name, name) == 0)
            return g_array_index(values, struct value, i).value;
    return NULL;
}

const char *
values_get_nocase(const Values *values, const char *name)
{
    for (guint i = 0; i < values->len; i++)
        if (g_ascii_strcasecmp(g_array_index(values, struct value, i).name, name) == 0)
            return g_array_index(values, struct value, i).value;
    return NULL;
}

/* Percent and plus decoded; NULL when that is no text. */
static char *
decode(struct slice encoded)
{
    g_autoptr(GString) out = g_string_sized_new(encoded.n);

    for (size_t i = 0; i < encoded.n; i++) {
        char c = encoded.p[i];
        if (c == '%' && i + 2 < encoded.n && g_ascii_isxdigit(encoded.p[i + 1])
            && g_ascii_isxdigit(encoded.p[i + 2])) {
            g_string_append_c(out, (char)(g_ascii_xdigit_value(encoded.p[i + 1]) << 4
                                          | g_ascii_xdigit_value(encoded.p[i + 2])));
            i += 2;
        } else {
            g_string_append_c(out, c == '+' ? ' ' : c);
        }
    }
    if (!g_utf8_validate(out->str, (gssize)out->len, NULL)) /* a NUL is none either */
        return NULL;
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static bool
add_pair(Values *values, struct slice pair, GError **error)
{
    const char *equals = memchr(pair.p, '=', pair.n);
    size_t name_n = equals ? (size_t)(equals - pair.p) : pair.n;
    struct slice text =
        equals ? slice_sub(pair, name_n + 1, pair.n) : (struct slice){ "", 0 };

    if (values->len >= LIMIT_HTTP_VALUES)
        return error_set(error, ERR_REJECT, "more than %d fields", LIMIT_HTTP_VALUES);
    g_autofree char *name = decode(slice_sub(pair, 0, name_n));
    g_autofree char *value = decode(text);
    if (!name || !value)
        return error_set(error, ERR_REJECT, "a field is not UTF-8 text");
    struct value added = { g_steal_pointer(&name), g_steal_pointer(&value) };
    g_array_append_val(values, added);
    return true;
}

bool
values_parse_form(Values *values, struct slice text, GError **error)
{
    size_t at = 0;

    while (at < text.n) {
        const char *end = memchr(text.p + at, '&', text.n - at);
        size_t stop = end ? (size_t)(end - text.p) : text.n;
        if (stop > at && !add_pair(values, slice_sub(text, at, stop), error))
            return false;
        at = stop + 1;
    }
    return true;
}

void
values_parse_cookies(Values *values, struct slice text)
{
    size_t at = 0;

    while (at < text.n && values->len < LIMIT_HTTP_VALUES) {
        const char *end = memchr(text.p + at, ';', text.n - at);
        size_t stop = end ? (size_t)(end - text.p) : text.n;
        struct slice pair = slice_trim(slice_sub(text, at, stop));
        const char *equals = pair.n ? memchr(pair.p, '=', pair.n) : NULL;
        if (equals && equals > pair.p && g_utf8_validate(pair.p, (gssize)pair.n, NULL)) {
            size_t name_n = (size_t)(equals - pair.p);
            values_add(values, slice_sub(pair, 0, name_n),
                       slice_sub(pair, name_n + 1, pair.n));
        }
        at = stop + 1;
    }
}

char *
values_format_form(const Values *values)
{
    g_autoptr(GString) out = g_string_new(NULL);

    for (guint i = 0; i < values->len; i++) {
        const struct value *value = &g_array_index(values, struct value, i);
        g_autofree char *name = g_uri_escape_string(value->name, NULL, FALSE);
        g_autofree char *text = g_uri_escape_string(value->value, NULL, FALSE);
        g_string_append_printf(out, "%s%s=%s", i ? "&" : "", name, text);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}
