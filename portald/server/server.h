/*
 * server: HTTP/1.1. The only file that sees libmicrohttpd.
 *
 *     socket ─► guard ─► routes ─► body, bounded ─► handler ─► Reply ─► socket
 *
 * A pool of threads, each with its own epoll; a handler runs in one of them and may block
 * on the database, so as many requests are in hand as there are threads. Each request is
 * one line in the log, with the pattern of its route: a path may hold a secret.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "portald/http/routes.h"

typedef struct Server Server;

/* Listen where the site's configuration says, and answer from the table. ERR_CONFLICT when
   the address is taken, ERR_REJECT when it is none. */
Server *server_start(Site *site, struct route_table table, GError **error);

/* Accept no more, let what is in hand end (LIMIT_HTTP_STOP_SECONDS), close everything. */
void server_stop(Server *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Server, server_stop)
