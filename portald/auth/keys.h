/* keys: the secrets of the installation, as what proves who somebody is needs them. */
#pragma once

#include "portald/auth/jwt.h"
#include "portald/http/request.h"

struct auth_keys {
    struct slice present;
    struct slice previous; /* empty: none */
};

struct auth_keys auth_keys_of(const struct request *request);

/* What access tokens are signed with and made for. */
struct jwt_setting auth_jwt_of(const struct request *request);
