/*
 * html_css: which declarations of a style attribute may stay.
 *
 * Not a CSS parser: declarations are parted, and one is kept only if its property is in the
 * table and its value is made of the few things that values of these need (numbers with
 * units, names, colours, rgb()/hsl(), quoted font names). What could fetch, run, cover or
 * reach out of the message isn't in the table or can't be spelt: no url(), no escapes, no
 * comments, no position, no negative margins, no custom properties.
 *
 * Pure; linear time. css_clean(css_clean(x)) = css_clean(x).
 */
#pragma once

#include "common/base/slice.h"

/* The declarations that may stay, as "name: value; name: value", lower case but for quoted
   names, to be freed with g_free; NULL when none may. */
char *css_clean(struct slice style);

/* True for a value of a colour attribute: "red", "#fff", "#c0ffee". */
bool css_colour(struct slice value);
