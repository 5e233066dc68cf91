/* A Cookie field: what is found in it is text that stood there, and no part of another
   cookie is taken for one. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "common/base/limits.h"
#include "portald/http/values.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autofree char *exact = g_memdup2(text, strlen(text));
    g_autoptr(GArray) cookies = values_new();
    g_autofree char *field = g_strconcat(";", text, ";", NULL);

    values_parse_cookies(cookies, (struct slice){ exact, strlen(text) });
    g_assert_cmpuint(cookies->len, <=, LIMIT_HTTP_VALUES);
    for (guint i = 0; i < cookies->len; i++) {
        const struct value *cookie = &g_array_index(cookies, struct value, i);
        g_autofree char *pair = g_strconcat(cookie->name, "=", cookie->value, NULL);
        g_assert_true(*cookie->name != '\0' && !strpbrk(cookie->name, ";="));
        g_assert_null(strchr(cookie->value, ';'));
        g_assert_true(g_utf8_validate(pair, -1, NULL));
        g_assert_nonnull(strstr(field, pair));
    }
    return 0;
}
