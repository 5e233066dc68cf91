/*
 * slice: bytes that belong to someone else.
 *
 * The pure parsers work on these: no NUL is needed behind them and they are never changed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct slice {
    const char *p;
    size_t n;
};

/* A slice over a C string, without its NUL. NULL gives the empty slice. */
struct slice slice_from(const char *text);

/* The bytes from `from` up to, not including, `to`; both are clipped to the slice. */
struct slice slice_sub(struct slice s, size_t from, size_t to);

/* Without ASCII white space (space, tab, CR, LF) at both ends. */
struct slice slice_trim(struct slice s);

bool slice_equal(struct slice a, struct slice b);

/* Comparison that takes ASCII letters of either case for equal. */
bool slice_equal_nocase(struct slice a, const char *b);
bool slice_starts_nocase(struct slice s, const char *prefix);

/* Cut the next line off *rest, without its CR LF or LF. False when nothing is left. */
bool slice_next_line(struct slice *rest, struct slice *ret_line);

/* A NUL-terminated copy, to be freed with g_free. */
char *slice_dup(struct slice s);
