/*
 * body: the bytes of a request's body as they come: in memory as long as they are few, then
 * in an unlinked file that is mapped when all are there, so that slow uploads of many
 * people don't add up in memory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/base/slice.h"

struct body {
    size_t n;
    char *memory; /* up to LIMIT_HTTP_MEMORY_BYTES */
    size_t room;
    int fd; /* 0: none (it can't be ours: main keeps it open) */
    void *map;
};

/* False when there is no room on disk. */
bool body_append(struct body *body, const char *data, size_t n);

/* All of it, until body_clear; empty where the file can't be mapped. */
struct slice body_slice(struct body *body);

void body_clear(struct body *body);
