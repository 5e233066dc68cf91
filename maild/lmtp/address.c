#include "maild/lmtp/address.h"

#include <glib.h>
#include <string.h>

#include "common/base/limits.h"

static bool
is_atom_char(char c)
{
    return g_ascii_isalnum(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~.", c))
           || (unsigned char)c >= 0x80;
}

static bool
is_domain_char(char c)
{
    return g_ascii_isalnum(c) || c == '-' || c == '.' || c == '_'
           || (unsigned char)c >= 0x80;
}

static bool
is_literal_char(char c)
{
    return g_ascii_isalnum(c) || c == '.' || c == ':' || c == '-';
}

static size_t
span(struct slice s, size_t at, bool (*is_part)(char))
{
    while (at < s.n && is_part(s.p[at]))
        at++;
    return at;
}

/* The scanners take an offset and return the one behind what they know, 0 when it isn't
   there: no scanner begins at 0, where '<' stands. */
static size_t
scan_quoted(struct slice s, size_t at)
{
    for (at++; at < s.n && s.p[at] != '"'; at++) {
        if (s.p[at] == '\\' && ++at == s.n)
            return 0;
        if ((unsigned char)s.p[at] < ' ' || s.p[at] == 0x7f)
            return 0;
    }
    return at < s.n ? at + 1 : 0;
}

static size_t
scan_local(struct slice s, size_t at)
{
    if (at < s.n && s.p[at] == '"')
        return scan_quoted(s, at);
    size_t end = span(s, at, is_atom_char);
    return end > at ? end : 0;
}

static size_t
scan_domain(struct slice s, size_t at)
{
    if (at < s.n && s.p[at] == '[') {
        size_t end = span(s, at + 1, is_literal_char);
        return end > at + 1 && end < s.n && s.p[end] == ']' ? end + 1 : 0;
    }
    size_t end = span(s, at, is_domain_char);
    return end > at ? end : 0;
}

/* "@one,@two:" says how the mail shall travel; it is to be taken and not heeded
   (RFC 5321 §4.1.1.3). */
static size_t
scan_route(struct slice s, size_t at)
{
    while (at < s.n && s.p[at] == '@') {
        at = scan_domain(s, at + 1);
        if (at == 0 || at == s.n)
            return 0;
        if (s.p[at] == ':')
            return at + 1;
        if (s.p[at++] != ',')
            return 0;
    }
    return 0;
}

static size_t
scan_mailbox(struct slice s, size_t at)
{
    at = scan_local(s, at);
    if (at == 0 || at == s.n || s.p[at] != '@')
        return at;
    return scan_domain(s, at + 1);
}

bool
lmtp_path_cut(struct slice *rest, struct slice *ret_address)
{
    struct slice s = *rest;
    if (s.n < 2 || s.p[0] != '<')
        return false;

    size_t from = s.p[1] == '@' ? scan_route(s, 1) : 1;
    if (from == 0)
        return false;
    size_t end = from == 1 && s.p[1] == '>' ? from : scan_mailbox(s, from);
    if (end == 0 || end >= s.n || s.p[end] != '>' || end - from > LIMIT_ADDRESS_BYTES)
        return false;

    struct slice address = slice_sub(s, from, end);
    if (address.n > 0 && !g_utf8_validate_len(address.p, address.n, NULL))
        return false;
    *ret_address = address;
    *rest = slice_sub(s, end + 1, s.n);
    return true;
}

bool
lmtp_address_is_ascii(struct slice address)
{
    for (size_t i = 0; i < address.n; i++)
        if ((unsigned char)address.p[i] >= 0x80)
            return false;
    return true;
}

/* Where the '@' before the domain stands; address.n without one. A domain has none. */
static size_t
domain_at(struct slice address)
{
    for (size_t i = address.n; i-- > 0;)
        if (address.p[i] == '@')
            return i;
        else if (address.p[i] == '"')
            break;
    return address.n;
}

bool
lmtp_address_has_domain(struct slice address)
{
    return domain_at(address) < address.n;
}

static char *
unquote(struct slice local)
{
    if (local.n < 2 || local.p[0] != '"')
        return slice_dup(local);
    GString *plain = g_string_new(NULL);
    for (size_t i = 1; i + 1 < local.n; i++) {
        if (local.p[i] == '\\')
            i++;
        g_string_append_c(plain, local.p[i]);
    }
    return g_string_free(plain, FALSE);
}

static char *
domain_to_ascii(struct slice domain)
{
    g_autofree char *text = slice_dup(domain);
    char *ascii = g_hostname_to_ascii(text);
    if (!ascii) /* no IDN: kept as it is, it will match nothing */
        return g_utf8_strdown(text, -1);
    for (char *c = ascii; *c; c++)
        *c = g_ascii_tolower(*c);
    return ascii;
}

char *
lmtp_address_normalise(struct slice address)
{
    size_t at = domain_at(address);
    g_autofree char *local = unquote(slice_sub(address, 0, at));
    g_autofree char *lower = g_utf8_strdown(local, -1);

    if (at == address.n)
        return g_steal_pointer(&lower);
    g_autofree char *domain = domain_to_ascii(slice_sub(address, at + 1, address.n));
    return g_strconcat(lower, "@", domain, NULL);
}
