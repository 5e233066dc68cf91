#include "portald/auth/bearer.h"

bool
bearer_find(struct request *request, const char *authorization, GError **error)
{
    (void)request;
    (void)authorization;
    (void)error;
    return true; /* no token is good yet */
}
