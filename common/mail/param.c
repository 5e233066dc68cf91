#include "common/mail/param.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/base/slice.h"
#include "common/mail/charset.h"
#include "common/mail/encoded_word.h"

/* One "name=value", or one piece of "name*3*=value" (RFC 2231 §3, §4). */
struct param {
    char *name;    /* lower case, without the "*3*" */
    int piece;     /* -1: whole */
    bool extended; /* its value is %-encoded */
    GString *value;
};

struct Params {
    char *value;
    GPtrArray *list; /* of struct param * */
};

static void
param_free(void *data)
{
    struct param *p = data;
    g_free(p->name);
    g_string_free(p->value, true);
    g_free(p);
}

static bool
is_token(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!g_ascii_isgraph(p[i]) || strchr("()<>@,;:\\\"[]?=", p[i]))
            return false;
    }
    return n > 0;
}

/* --- reading ------------------------------------------------------------------------- */

/* "name*0*" taken apart. */
static struct param *
new_param(const char *name, size_t n)
{
    struct param *p = g_new0(struct param, 1);
    const char *star = memchr(name, '*', n);
    size_t plain = star ? (size_t)(star - name) : n;
    p->name = g_ascii_strdown(name, (gssize)plain);
    p->value = g_string_new(NULL);
    p->piece = -1;
    p->extended = n > plain && name[n - 1] == '*';
    if (star && g_ascii_isdigit(star[1]))
        p->piece = (int)MIN(g_ascii_strtoull(star + 1, NULL, 10), 10000);
    return p;
}

static const char *
skip_space(const char *p)
{
    while (*p == '(') { /* a comment */
        size_t n = strcspn(p, ")");
        p += n + (p[n] != 0);
        p += strspn(p, " \t");
    }
    return p + strspn(p, " \t");
}

/* A value in quotes; an unclosed one goes up to the end. */
static const char *
read_quoted(const char *p, GString *value)
{
    for (p++; *p && *p != '"'; p++) {
        if (*p == '\\' && p[1])
            p++;
        g_string_append_c(value, *p);
    }
    return *p ? p + 1 : p;
}

/* A value without quotes: up to ";", though it should have been a token ("name=my file.pdf"
   is common). */
static const char *
read_bare(const char *p, GString *value)
{
    size_t n = strcspn(p, ";");
    g_string_append_len(value, p, (gssize)n);
    while (value->len && strchr(" \t", value->str[value->len - 1]))
        g_string_truncate(value, value->len - 1);
    return p + n;
}

/* What stands between a closing quote and the next ";": nothing, or a second parameter
   whose ";" was forgotten. */
static const char *
behind_value(const char *p)
{
    p = skip_space(p);
    const char *semicolon = strchr(p, ';'), *equals = strchr(p, '=');
    if (*p != ';' && equals && (!semicolon || equals < semicolon))
        return p;
    return semicolon ? semicolon : p + strlen(p);
}

static GPtrArray *
read_list(const char *rest)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(param_free);
    g_autofree char *clipped = g_strndup(rest, LIMIT_PARAMETER_BYTES);
    const char *p = clipped;
    for (;;) {
        p += strspn(p, "; \t,");
        p = skip_space(p);
        size_t n = strcspn(p, "=; \t");
        const char *equals = p + n + strspn(p + n, " \t");
        if (!*p)
            return list;
        if (*equals != '=' || n == 0) {
            p += n ? n : 1;
            continue;
        }
        struct param *param = new_param(p, n);
        g_ptr_array_add(list, param);
        p = skip_space(equals + 1);
        p = *p == '"' ? behind_value(read_quoted(p, param->value))
                      : read_bare(p, param->value);
    }
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
    size_t n = strcspn(minor, "; \t,=(");
    g_autofree char *text =
        g_strdup_printf("%.*s/%.*s", (int)major, value, (int)n, minor);
    params->value = is_token(minor, n) ? g_ascii_strdown(text, -1)
                                       : g_strdup("application/octet-stream");
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
    params->value = is_token(value, n) ? g_ascii_strdown(value, (gssize)n) : g_strdup("");
    params->list = read_list(value + n);
    return params;
}

void
params_free(Params *params)
{
    if (!params)
        return;
    g_free(params->value);
    g_ptr_array_unref(params->list);
    g_free(params);
}

const char *
params_value(const Params *params)
{
    return params->value;
}

/* --- decoding ------------------------------------------------------------------------ */

static void
append_percent_decoded(GString *out, const char *p)
{
    for (; *p; p++) {
        if (*p == '%' && g_ascii_isxdigit(p[1]) && g_ascii_isxdigit(p[2])) {
            int v = g_ascii_xdigit_value(p[1]) * 16 + g_ascii_xdigit_value(p[2]);
            g_string_append_c(out, (char)v);
            p += 2;
        } else {
            g_string_append_c(out, *p);
        }
    }
}

/* The charset in front of the first piece's value ("utf-8'de'%C3%BC"); returns where the
   value begins. */
static const char *
split_charset(const char *value, char **ret_charset)
{
    const char *first = strchr(value, '\'');
    const char *second = first ? strchr(first + 1, '\'') : NULL;
    if (!second)
        return value;
    g_free(*ret_charset);
    *ret_charset = g_strndup(value, (gsize)(first - value));
    return second + 1;
}

static const struct param *
find_piece(const Params *params, const char *name, int piece)
{
    for (guint i = 0; i < params->list->len; i++) {
        const struct param *p = params->list->pdata[i];
        if (p->piece == piece && strcmp(p->name, name) == 0)
            return p;
    }
    return NULL;
}

/* All pieces of a parameter joined, and the charset they are in ("" when not said). NULL
   when there is none. Pieces are few: what fits in LIMIT_PARAMETER_BYTES. */
static GString *
join_pieces(const Params *params, const char *name, char **ret_charset)
{
    const struct param *p = find_piece(params, name, 0);
    int piece = 0;
    if (!p) {
        p = find_piece(params, name, 1); /* some count from one */
        piece = 1;
    }
    if (!p)
        return NULL;
    GString *out = g_string_new(NULL);
    for (bool first = true; p; p = find_piece(params, name, ++piece), first = false) {
        const char *value = p->value->str;
        if (p->extended && first)
            value = split_charset(value, ret_charset);
        if (p->extended)
            append_percent_decoded(out, value);
        else
            g_string_append(out, value);
    }
    return out;
}

static char *
decode_whole(const struct param *p)
{
    if (!p->extended)
        return encoded_word_decode(p->value->str);
    g_autofree char *charset = g_strdup("");
    g_autoptr(GString) bytes = g_string_new(NULL);
    append_percent_decoded(bytes, split_charset(p->value->str, &charset));
    return charset_clean_line(
        charset_to_utf8((struct slice){ bytes->str, bytes->len }, charset, NULL));
}

static const struct param *
find_extended(const Params *params, const char *name)
{
    const struct param *found = NULL;
    for (guint i = 0; i < params->list->len; i++) {
        const struct param *p = params->list->pdata[i];
        if (p->piece < 0 && strcmp(p->name, name) == 0 && (!found || p->extended))
            found = p;
    }
    return found;
}

char *
params_get(const Params *params, const char *name)
{
    g_autofree char *charset = g_strdup("");
    const struct param *whole = find_extended(params, name);
    g_autoptr(GString) joined = join_pieces(params, name, &charset);
    if (joined && *charset)
        return charset_clean_line(
            charset_to_utf8((struct slice){ joined->str, joined->len }, charset, NULL));
    if (joined && !(whole && whole->extended))
        return encoded_word_decode(joined->str); /* RFC 2047 in pieces: Outlook's way */
    return whole ? decode_whole(whole) : g_strdup("");
}
