/*
 * permit: who may do what, in one table.
 *
 * A route says the least role (routes.h). Here stands what part of the site each path
 * belongs to, which scope an API key needs there, and what no key may do at all: a key must
 * not be able to make itself another one, or to take the account from its person.
 */
#pragma once

#include <stdbool.h>

#include "portald/http/caller.h"
#include "portald/http/reply.h"
#include "portald/http/request.h"

enum permit_scope {
    PERMIT_TICKETS = 1 << 0, /* tickets, conversations, files */
    PERMIT_ACCOUNT = 1 << 1, /* profile and settings */
    PERMIT_DESK = 1 << 2,    /* what agents see */
    PERMIT_ADMIN = 1 << 3,
    PERMIT_ALL = (1 << 4) - 1,
};

/* "customer", "agent", "admin"; CALLER_NOBODY for other words. */
enum caller_role permit_role(const char *name);

/* The scopes of these names, NULL-terminated; unknown ones open nothing. */
unsigned permit_scopes(const char *const *names);

/* Whether that is the name of a scope that a person of this role can give to a key. */
bool permit_knows_scope(const char *name, enum caller_role role);

/* The name of the scope that a key needs for this path, which may have {…} in it; NULL: no
   key opens it. */
const char *permit_scope_of(const char *path);

/* NULL: this caller may ask this; else the answer, 403. The route's own role was looked at
   before. */
Reply *permit_check(const struct request *request);
