/*
 * server: HTTP/1.1. The only file that sees libmicrohttpd.
 *
 *     socket ─► guard ─► routes ─► body, bounded ─► handler ─► Reply ─► socket
 *
 * Two kinds of threads. Few read and write the sockets, each with its epoll, and never wait
 * for anything else. Workers ([portal] threads) find out who asks and run the handlers, each
 * with a connection to the database, on which it may block; so a slow request holds up no
 * other as long as one worker is free.
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
