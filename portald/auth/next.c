#include "portald/auth/next.h"

#include <stddef.h>
#include <string.h>

#include "common/base/limits.h"

bool
next_is_safe(const char *next)
{
    if (next[0] != '/' || next[1] == '/' || strlen(next) > LIMIT_NEXT_BYTES)
        return false;
    for (const unsigned char *c = (const unsigned char *)next; *c; c++)
        if (*c <= ' ' || *c >= 0x7f || *c == '\\')
            return false;
    return true;
}

const char *
next_or_home(const char *next)
{
    return next && next_is_safe(next) ? next : "/";
}
