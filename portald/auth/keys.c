#include "portald/auth/keys.h"

static struct slice
slice_of_bytes(GBytes *bytes)
{
    struct slice s = { NULL, 0 };
    if (bytes)
        s.p = g_bytes_get_data(bytes, &s.n);
    return s;
}

struct auth_keys
auth_keys_of(const struct request *request)
{
    const Config *config = site_config(request->site);
    return (struct auth_keys){ slice_of_bytes(config->secret),
                               slice_of_bytes(config->previous_secret) };
}

struct jwt_setting
auth_jwt_of(const struct request *request)
{
    struct auth_keys keys = auth_keys_of(request);
    return (struct jwt_setting){ keys.present, keys.previous,
                                 site_config(request->site)->portal.base_url };
}
