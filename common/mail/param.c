#include "common/mail/param.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/base/slice.h"
#include "common/mail/charset.h"
#include "common/mail/encoded_word.h"
#include "common/mail/gmime.h"

struct Params {
    char *value;
    GMimeParamList *list; /* NULL: none */
};

static bool
is_token(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!g_ascii_isgraph(p[i]) || strchr("()<>@,;:\\\"[]?=", p[i]))
            return false;
    }
    return n > 0;
}

/* The parameters behind the first ";" (or white space, where it was forgotten). */
static GMimeParamList *
read_list(const char *rest)
{
    rest += strspn(rest, "; \t");
    if (!*rest)
        return NULL;
    struct slice clipped = slice_sub(slice_from(rest), 0, LIMIT_PARAMETER_BYTES);
    g_autofree char *valid = charset_to_utf8(clipped, NULL, NULL);
    return g_mime_param_list_parse(gmime_options(), valid);
}

Params *
params_read_type(const char *value)
{
    Params *params = g_new0(Params, 1);
    value += strspn(value, " \t;");
    size_t major = strcspn(value, "/; \t=");
    const char *slash = value + major + strspn(value + major, " \t");
    if (*slash != '/' || !is_token(value, major)) {
        params->value = g_strdup("text/plain");
        params->list = read_list(*slash == '=' ? value : value + strcspn(value, ";"));
        return params;
    }
    const char *minor = slash + 1 + strspn(slash + 1, " \t");
    size_t n = strcspn(minor, "; \t,=");
    g_autofree char *text =
        g_strdup_printf("%.*s/%.*s", (int)major, value, (int)n, minor);
    params->value = g_ascii_strdown(text, -1);
    if (!is_token(minor, n)) {
        g_free(params->value);
        params->value = g_strdup("application/octet-stream");
    }
    params->list = read_list(minor + n);
    return params;
}

Params *
params_read_disposition(const char *value)
{
    Params *params = g_new0(Params, 1);
    size_t n = strcspn(value, "; \t");
    if (memchr(value, '=', n)) /* "filename=x" without a type */
        n = 0;
    params->value = g_ascii_strdown(value, (gssize)n);
    params->list = read_list(value + n);
    return params;
}

void
params_free(Params *params)
{
    if (!params)
        return;
    g_free(params->value);
    g_clear_object(&params->list);
    g_free(params);
}

const char *
params_value(const Params *params)
{
    return params->value;
}

char *
params_get(const Params *params, const char *name)
{
    GMimeParam *param =
        params->list ? g_mime_param_list_get_parameter(params->list, name) : NULL;
    const char *value = param ? g_mime_param_get_value(param) : NULL;
    if (!value)
        return g_strdup("");
    g_autofree char *valid = g_utf8_make_valid(value, -1);
    return encoded_word_decode(valid);
}
