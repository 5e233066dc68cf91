#include "portald/auth/permit.h"

#include <string.h>

#include "portald/http/routes.h"

static const struct {
    const char *name;
    enum caller_role role;
} roles[] = {
    { "customer", CALLER_CUSTOMER },
    { "agent", CALLER_AGENT },
    { "admin", CALLER_ADMIN },
};

static const struct {
    const char *name;
    unsigned scope;
    enum caller_role least; /* who can give it */
} scopes[] = {
    { "tickets", PERMIT_TICKETS, CALLER_CUSTOMER },
    { "account", PERMIT_ACCOUNT, CALLER_CUSTOMER },
    { "desk", PERMIT_DESK, CALLER_AGENT },
    { "admin", PERMIT_ADMIN, CALLER_ADMIN },
};

/* What a key has to have. The first prefix of the path counts; a path of none of them takes
   the tickets' scope. `no_key`: only who signed in themselves. */
static const struct area {
    const char *prefix;
    unsigned scope;
    bool no_key;
} areas[] = {
    { "/api/v1/portal/password", PERMIT_ACCOUNT, true },
    { "/api/v1/portal/2fa", PERMIT_ACCOUNT, true },
    { "/api/v1/portal/sessions", PERMIT_ACCOUNT, true },
    { "/api/v1/portal/keys", PERMIT_ACCOUNT, true },
    { "/api/v1/portal/addresses", PERMIT_ACCOUNT, true },
    { "/api/v1/portal/activity", PERMIT_ACCOUNT, true },
    { "/api/v1/portal/profile", PERMIT_ACCOUNT, false },
    { "/api/v1/portal/notifications/settings", PERMIT_ACCOUNT, false },
    { "/api/v1/portal/exports", PERMIT_ACCOUNT, true },
    { "/api/v1/portal/account", PERMIT_ACCOUNT, true },
    { "/api/v1/desk/", PERMIT_DESK, false },
    { "/api/v1/admin/", PERMIT_ADMIN, false },
    { "/api/v1/auth/", PERMIT_ACCOUNT, true },
    { "/account", PERMIT_ACCOUNT, true },
    { "/admin", PERMIT_ADMIN, true },
};

enum caller_role
permit_role(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(roles); i++)
        if (strcmp(roles[i].name, name) == 0)
            return roles[i].role;
    return CALLER_NOBODY;
}

unsigned
permit_scopes(const char *const *names)
{
    unsigned all = 0;
    for (; *names; names++)
        for (size_t i = 0; i < G_N_ELEMENTS(scopes); i++)
            if (strcmp(scopes[i].name, *names) == 0)
                all |= scopes[i].scope;
    return all;
}

bool
permit_knows_scope(const char *name, enum caller_role role)
{
    for (size_t i = 0; i < G_N_ELEMENTS(scopes); i++)
        if (strcmp(scopes[i].name, name) == 0)
            return role >= scopes[i].least;
    return false;
}

static struct area
area_of(const char *path)
{
    for (size_t i = 0; i < G_N_ELEMENTS(areas); i++) {
        size_t n = strlen(areas[i].prefix);
        if (strncmp(path, areas[i].prefix, n) == 0
            && (path[n] == '\0' || path[n] == '/' || areas[i].prefix[n - 1] == '/'))
            return areas[i];
    }
    return (struct area){ "/", PERMIT_TICKETS, false };
}

const char *
permit_scope_of(const char *path)
{
    struct area area = area_of(path);

    for (size_t i = 0; !area.no_key && i < G_N_ELEMENTS(scopes); i++)
        if (scopes[i].scope == area.scope)
            return scopes[i].name;
    return NULL;
}

Reply *
permit_check(const struct request *request)
{
    const struct caller *caller = &request->caller;
    if (caller->proof != PROOF_KEY || request->route->who <= WHO_ANYBODY)
        return NULL;

    struct area area = area_of(request->path);
    if (area.no_key)
        return reply_problem(403, "this is not open to keys: sign in yourself");
    if ((caller->scopes & area.scope) == 0)
        return reply_problem(403, "this key was not made for this part");
    if (caller->read_only && !request_is_safe(request))
        return reply_problem(403, "this key may only read");
    return NULL;
}
