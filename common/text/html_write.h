/*
 * html_write: the few ways in which html_clean and text_html write what is not markup of
 * theirs. All that comes from a mail passes through here.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"

/* Escaped for text, or (`value`) for a value in double quotes. Control characters but LF and
   TAB become blanks, C1 controls and what is no character U+FFFD, as parsers read them. */
void html_append_escaped(GString *out, struct slice text, bool value);

/* ` name="value"`. */
void html_append_attribute(GString *out, const char *name, const char *value);

/* The beginning of a closed fold: its end is "</details>". `label`, plain text, NULL for
   "…", is what one clicks on. */
void html_append_fold(GString *out, const char *label);
