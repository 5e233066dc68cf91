/*
 * watch: an end for connections that give or take too slowly.
 *
 * libmicrohttpd's own time-out counts from the last byte, so a client that sends one now and
 * then holds its connection for ever (slow loris). One thread looks at all connections every
 * second and shuts those down whose request's fields, body or answer take longer than they
 * may; the library then finds them closed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct Watch Watch;
struct watched; /* one connection */

Watch *watch_new(void);
void watch_free(Watch *watch);

/* A connection with this socket begins, ends. */
struct watched *watch_add(Watch *watch, int fd);
void watch_remove(Watch *watch, struct watched *watched);

/* What it does now. `bytes` are those that are to come or to go: each step has a time of
   its own, and one more second for every LIMIT_HTTP_BYTES_PER_SECOND. */
enum watch_step {
    WATCH_FIELDS, /* waits for the fields of the next request, or is idle */
    WATCH_BODY,
    WATCH_ANSWER,
    WATCH_STREAM, /* has no end: server-sent events */
};
void watch_step(Watch *watch, struct watched *watched, enum watch_step step,
                size_t bytes);
