#include "portald/auth/device.h"

#include <glib.h>
#include <string.h>

#include "common/base/limits.h"

struct sign {
    const char *sign, *name;
};

/* In order: most browsers name those that they came from too. */
static const struct sign browsers[] = {
    { "Edg/", "Edge" },
    { "EdgA/", "Edge" },
    { "OPR/", "Opera" },
    { "SamsungBrowser/", "Samsung Internet" },
    { "Vivaldi/", "Vivaldi" },
    { "Firefox/", "Firefox" },
    { "FxiOS/", "Firefox" },
    { "CriOS/", "Chrome" },
    { "HeadlessChrome/", "Chrome" },
    { "Chrome/", "Chrome" },
    { "Safari/", "Safari" },
};

static const struct sign systems[] = {
    { "iPhone", "iPhone" },   { "iPad", "iPad" },      { "Android", "Android" },
    { "Windows", "Windows" }, { "Mac OS X", "macOS" }, { "CrOS", "ChromeOS" },
    { "Linux", "Linux" },
};

static const char *
first_of(const struct sign *signs, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (strstr(text, signs[i].sign))
            return signs[i].name;
    return NULL;
}

/* A program's own name: what stands before its version. */
static char *
product(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *name = g_string_new(NULL);
    glong n = 0;
    for (const char *p = valid; *p && *p != '/' && n < LIMIT_DEVICE_CHARS;
         p = g_utf8_next_char(p), n++) {
        gunichar c = g_utf8_get_char(p);
        g_string_append_unichar(name, g_unichar_isprint(c) ? c : ' ');
    }
    return g_strstrip(g_string_free(name, FALSE));
}

char *
device_label(const char *user_agent)
{
    if (!user_agent)
        return g_strdup("");
    const char *browser = first_of(browsers, G_N_ELEMENTS(browsers), user_agent);
    const char *system = first_of(systems, G_N_ELEMENTS(systems), user_agent);
    if (!browser)
        return product(user_agent);
    return system ? g_strdup_printf("%s on %s", browser, system) : g_strdup(browser);
}
