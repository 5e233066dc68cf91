#include "portald/auth/typed_address.h"

#include <stdbool.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/mail/address.h"

#define LABEL_BYTES 63 /* RFC 1035 §2.3.4 */

/* Spaces around it are a slip; within it they are no part of an address. */
static bool
has_space(struct slice text)
{
    g_autofree char *valid = g_utf8_make_valid(text.p, (gssize)text.n);
    for (const char *c = valid; *c; c = g_utf8_next_char(c)) {
        gunichar u = g_utf8_get_char(c);
        if (g_unichar_isspace(u) || !g_unichar_isprint(u))
            return true;
    }
    return false;
}

static bool
is_host(const char *domain)
{
    g_auto(GStrv) labels = g_strsplit(domain, ".", -1);
    for (char **label = labels; *label; label++) {
        size_t n = strlen(*label);
        if (n == 0 || n > LABEL_BYTES || (*label)[0] == '-' || (*label)[n - 1] == '-')
            return false;
    }
    return *domain != '\0';
}

const char *
typed_address_fault(const char *text)
{
    struct slice trimmed = slice_trim(slice_from(text));
    const char *at = trimmed.n ? memrchr(trimmed.p, '@', trimmed.n) : NULL;

    if (trimmed.n == 0)
        return "Please type a mail address.";
    if (trimmed.n > LIMIT_ADDRESS_BYTES)
        return "This mail address is too long.";
    if (has_space(trimmed))
        return "A mail address has no spaces in it.";
    if (!at || at == trimmed.p || at + 1 == trimmed.p + trimmed.n)
        return "A mail address looks like name@example.org.";

    g_autofree char *normal = address_normalise(trimmed);
    if (!normal || strpbrk(text, "[]:<>") || !is_host(strrchr(normal, '@') + 1))
        return "This is no mail address.";
    return NULL;
}
