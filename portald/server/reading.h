/* reading: what libmicrohttpd read of a request, made into ours. */
#pragma once

#include <microhttpd.h>

#include "common/base/peers.h"
#include "portald/http/request.h"
#include "portald/server/guard.h"

struct reading {
    struct request *request; /* what is filled */
    struct MHD_Connection *connection;
    const Peers *proxies; /* whose X-Forwarded-* is believed */
    bool is_https;        /* whatever a proxy says */
    struct guard guard;   /* what it saw */
};

/* Fill method, path, fields, query, cookies, host, origin, peer and is_https of the
   request. False when a field or the query is not text. */
bool reading_do(struct reading *reading, const char *path, const char *method);
