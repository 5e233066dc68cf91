/*
 * pages: the HTML of the site, from templates/pages.
 *
 *     pages/document.json           an example of what every page is given
 *     pages/<name>.json             … and of what this one is given besides
 *     pages/<name>.html.mustache    a page, or the layout and the partials of pages
 *
 * [[msgid]] in them is text for people; each page is compiled once for every language
 * (texts.h) and checked against the example when it is loaded, and never changes
 * afterwards; every thread may render.
 */
#pragma once

#include <glib.h>
#include <jansson.h>

#include "portald/pages/texts.h"

typedef struct Pages Pages;

/* Load <directory>/pages. ERR_MISSING when it can't be read, ERR_REJECT with a line for
   each thing that is wrong with a page. `texts` is borrowed while it loads. */
Pages *pages_load(const char *directory, const Texts *texts, GError **error);
void pages_free(Pages *pages);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pages, pages_free)

/* This page of this document, HTML, owned by the caller. ERR_BUG when there is no such
   page. */
GString *pages_render(const Pages *pages, const char *language, const char *name,
                      const json_t *document, GError **error);
