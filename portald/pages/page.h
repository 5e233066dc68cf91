/*
 * page: a whole page for this request: the document of what it shows, and around it what
 * every page has (who looks, whose portal it is, the form's token, the language).
 *
 *     document  +  viewer, brand, page  ──layout──►  HTML
 */
#pragma once

#include <jansson.h>

#include "portald/http/reply.h"
#include "portald/http/request.h"

/* A 200 with this page. The document is borrowed; `viewer`, `brand` and `page` are added
   to a copy. ERR_BUG when there is no such page. */
Reply *page_render(const struct request *request, const char *name,
                   const json_t *document, GError **error);

/* The same from JSON text, as statements return it. */
Reply *page_render_text(const struct request *request, const char *name,
                        const char *document, GError **error);

/* Text for people in the request's language. */
const char *text_of(const struct request *request, const char *msgid);

/* One or two letters that stand for a person, of their name or address; owned by the
   caller. */
char *page_initials(const char *name, const char *address);

/* A problem as a page, for a request that comes from a browser's address bar or form;
   other replies, and those for programs, are returned as they are. Takes the reply. */
Reply *page_of_problem(const struct request *request, Reply *reply);
