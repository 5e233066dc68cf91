#include "portald/server/guard.h"

#include <string.h>

/* A token of RFC 9110 §5.6.2. */
static bool
is_token(struct slice text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!g_ascii_isalnum(text.p[i]) && !memchr("!#$%&'*+-.^_`|~", text.p[i], 15))
            return false;
    return text.n > 0;
}

static bool
has_control(struct slice text)
{
    for (size_t i = 0; i < text.n; i++)
        if (g_ascii_iscntrl(text.p[i]) && text.p[i] != '\t')
            return true;
    return false;
}

/* Digits only: no sign, no list, no space (RFC 9110 §8.6). */
static bool
read_length(struct slice value, uint64_t *ret_length)
{
    uint64_t length = 0;

    if (value.n == 0 || value.n > 18)
        return false;
    for (size_t i = 0; i < value.n; i++) {
        if (!g_ascii_isdigit(value.p[i]))
            return false;
        length = length * 10 + (uint64_t)(value.p[i] - '0');
    }
    *ret_length = length;
    return true;
}

/* uri-host [ ":" port ] (RFC 9110 §7.2), of names and addresses as they are written to be
   asked for. It goes into links, policies and fields of the answer as it came. */
static bool
is_host(struct slice value)
{
    for (size_t i = 0; i < value.n; i++)
        if (!g_ascii_isalnum(value.p[i]) && !memchr("-._:[]", value.p[i], 6))
            return false;
    return value.n <= 255 + 6;
}

static void
complain(struct guard *guard, const char *problem)
{
    if (!guard->problem)
        guard->problem = problem;
}

void
guard_see(struct guard *guard, struct slice name, struct slice value)
{
    if (!is_token(name))
        complain(guard, "the name of a field is malformed");
    if (has_control(value))
        complain(guard, "a field has control characters");

    if (slice_equal_nocase(name, "content-length")) {
        guard->lengths++;
        if (!read_length(value, &guard->length))
            complain(guard, "Content-Length is not a number");
    } else if (slice_equal_nocase(name, "transfer-encoding")) {
        guard->encodings++;
        guard->chunked = true;
        if (!slice_equal_nocase(value, "chunked"))
            complain(guard, "Transfer-Encoding is not chunked");
    } else if (slice_equal_nocase(name, "host")) {
        guard->hosts++;
        if (!is_host(value))
            complain(guard, "Host is malformed");
    }
}

const char *
guard_problem(const struct guard *guard, const char *version)
{
    bool is_1_1 = strcmp(version, "HTTP/1.1") == 0;

    if (!is_1_1 && strcmp(version, "HTTP/1.0") != 0)
        return "the version is neither HTTP/1.1 nor HTTP/1.0";
    if (guard->problem)
        return guard->problem;
    if (guard->lengths > 1 || guard->encodings > 1)
        return "the length is given twice";
    if (guard->lengths > 0 && guard->encodings > 0)
        return "the length is given in two ways";
    if (guard->encodings > 0 && !is_1_1)
        return "HTTP/1.0 has no Transfer-Encoding";
    if (guard->hosts > 1 || (guard->hosts == 0 && is_1_1))
        return "there must be one Host";
    return NULL;
}
