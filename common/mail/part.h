/*
 * part: the index of a message's leaves over its raw bytes, and of the files within them
 * (inner.h). mail_part_decode (mail.h) reads what is made here.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"
#include "common/mail/mail.h"
#include "common/mail/structure.h"

void part_free(void *part);

/* Append the part of a leaf, and those of the files within it, to `parts`; what is wrong
   to `errors` (of char *). With LIMIT_PARTS in all, further files are left out, which is
   said. */
void part_add(GPtrArray *parts, struct slice raw, const struct mime_node *node,
              bool is_body, GPtrArray *errors);

/* The text and HTML of the first winmail.dat in `parts` that has any; both NULL when none
   has. They are the caller's. */
void part_find_tnef_body(const GPtrArray *parts, struct slice raw, char **ret_text,
                         char **ret_html);
