#include "common/text/html_url.h"

#include <glib.h>
#include <string.h>

#include "common/base/limits.h"

/* An address without blanks at its ends, blanks within it as %20. NULL when it is too long
   or holds control characters, which browsers drop before they look at the scheme. */
static char *
plain(struct slice url)
{
    url = slice_trim(url);
    if (url.n == 0 || url.n > LIMIT_URL_BYTES)
        return NULL;
    GString *s = g_string_sized_new(url.n);
    for (size_t i = 0; i < url.n; i++) {
        unsigned char c = (unsigned char)url.p[i];
        if (c < 0x20 || c == 0x7F || c == '\\') {
            g_string_free(s, TRUE);
            return NULL;
        }
        if (c == ' ')
            g_string_append(s, "%20");
        else
            g_string_append_c(s, (char)c);
    }
    return g_string_free(s, FALSE);
}

static char *
with_scheme(struct slice url, const char *const *schemes)
{
    g_autofree char *text = plain(url);
    for (size_t i = 0; text && schemes[i]; i++) {
        struct slice s = slice_from(text);
        if (slice_starts_nocase(s, schemes[i]) && s.n > strlen(schemes[i]))
            return g_steal_pointer(&text);
    }
    return NULL;
}

char *
url_link(struct slice url)
{
    static const char *const schemes[] = { "http://", "https://",
                                           "mailto:", "tel:", NULL };
    return with_scheme(url, schemes);
}

char *
url_remote_image(struct slice url)
{
    static const char *const schemes[] = { "http://", "https://", NULL };
    /* "//host/x" takes the scheme of the page; in a mail it can only mean the web. */
    struct slice trimmed = slice_trim(url);
    if (!slice_starts_nocase(trimmed, "//"))
        return with_scheme(url, schemes);
    g_autofree char *rest = slice_dup(trimmed);
    g_autofree char *whole = g_strconcat("https:", rest, NULL);
    return with_scheme(slice_from(whole), schemes);
}

char *
url_data_image(struct slice url)
{
    static const char *const types[] = {
        "data:image/png;base64,", "data:image/jpeg;base64,", "data:image/jpg;base64,",
        "data:image/gif;base64,", "data:image/webp;base64,",
    };
    url = slice_trim(url);
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (!slice_starts_nocase(url, types[i]))
            continue;
        GString *s = g_string_new(types[i]);
        for (size_t k = strlen(types[i]); k < url.n; k++) {
            char c = url.p[k];
            if (g_ascii_isspace(c))
                continue;
            if (!g_ascii_isalnum(c) && c != '+' && c != '/' && c != '=') {
                g_string_free(s, TRUE);
                return NULL;
            }
            g_string_append_c(s, c);
        }
        return g_string_free(s, FALSE);
    }
    return NULL;
}

char *
url_content_id(struct slice url)
{
    url = slice_trim(url);
    if (!slice_starts_nocase(url, "cid:") || url.n > LIMIT_URL_BYTES)
        return NULL;
    g_autofree char *encoded = slice_dup(slice_sub(url, 4, url.n));
    g_autofree char *id = g_uri_unescape_string(encoded, NULL);
    if (!id)
        id = g_steal_pointer(&encoded);
    return *id && g_utf8_validate(id, -1, NULL) ? g_steal_pointer(&id) : NULL;
}
