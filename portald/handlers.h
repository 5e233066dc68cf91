/*
 * handlers: every function that answers a request; site_routes.c says which path is whose.
 * The contract is that of RouteHandler.
 */
#pragma once

#include "portald/reply.h"
#include "portald/request.h"

/* GET /: what this is, for who opens the address in a browser. */
Reply *home_get(const struct request *request, GError **error);

/* GET /healthz: this process answers. */
Reply *healthz_get(const struct request *request, GError **error);

/* GET /readyz: it can do its work: the database is there, with the schema of this
   release. */
Reply *readyz_get(const struct request *request, GError **error);

/* GET /metrics: Prometheus text. Not for the Internet: a proxy should not pass it on. */
Reply *metrics_get(const struct request *request, GError **error);

/* GET /attachments/{token}: one file of one message, to whoever has the link. 410 when its
   time is over. */
Reply *attachment_get(const struct request *request, GError **error);
