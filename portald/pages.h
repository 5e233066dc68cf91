/*
 * pages: the HTML of the site, from templates/pages.
 *
 *     pages/document.json           an example of what a page may be given
 *     pages/<name>.html.mustache    a page, or the layout that pages fill
 *
 * All are compiled and checked against the example when they are loaded, and never change
 * afterwards; every thread may render.
 */
#pragma once

#include <glib.h>
#include <jansson.h>

#include "portald/reply.h"

typedef struct Pages Pages;

/* Load <directory>/pages. ERR_MISSING when it can't be read, ERR_REJECT with a line for
   each thing that is wrong with a page. */
Pages *pages_load(const char *directory, GError **error);
void pages_free(Pages *pages);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pages, pages_free)

/* A 200 with this page of this document. ERR_BUG when there is no such page. */
Reply *pages_render(const Pages *pages, const char *name, const json_t *document,
                    GError **error);
