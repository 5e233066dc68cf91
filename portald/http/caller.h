/*
 * caller: who asks. Plain data; auth/ finds it out.
 */
#pragma once

#include <stdbool.h>

#include "common/base/uuid.h"

/* In order: who may more stands later. */
enum caller_role {
    CALLER_NOBODY,
    CALLER_LINK, /* came with the signed link of one conversation */
    CALLER_CUSTOMER,
    CALLER_AGENT,
    CALLER_ADMIN,
};

/* How it was shown. Only a cookie is sent by a browser on its own, so only then can another
   site's page be behind the request. */
enum caller_proof { PROOF_NONE, PROOF_COOKIE, PROOF_BEARER, PROOF_KEY, PROOF_LINK };

struct caller {
    struct uuid tenant; /* nil: this host is nobody's portal */
    char *tenant_name, *tenant_title;
    enum caller_role role;
    enum caller_proof proof;
    bool read_only;  /* a key that may not change anything */
    unsigned scopes; /* PROOF_KEY: what it opens (auth/permit.h) */
    struct uuid person;
    struct uuid session;      /* PROOF_COOKIE; PROOF_BEARER: the family of the token */
    struct uuid conversation; /* of the link that they came with */
    char *signed_in_as;       /* CALLER_LINK: who is signed in beside it; NULL: nobody */
    char *link_address;       /* an agent's who opened a link: to whom it was sent */
    bool link_is_over;        /* the link was good once, or never */
    char *name;               /* "": not known */
    char *address;
    char *locale;    /* theirs, else as the browser asks, else the tenant's; "en" */
    char *time_zone; /* IANA name; NULL: not known */
    char *theme;     /* "system", "light", "dark" */
    char *csrf;      /* PROOF_COOKIE: what a form must bring along */
};

void caller_clear(struct caller *caller);
