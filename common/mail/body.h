/*
 * body: the text and the HTML of a message, put together from its parts as the clients
 * mean them: of multipart/alternative one of each kind; of multipart/related the root;
 * of all else every text part that is not an attachment, in order, so that text around
 * pictures stays whole.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"
#include "common/mail/structure.h"

struct body {
    char *text;           /* "" when there is none */
    char *html;           /* NULL when there is none */
    bool text_is_of_html; /* there was no text part: text was made of html */
    bool *is_body;        /* one for each node of the structure */
};

/* Read the body. Problems go to `errors` (of char *). The outs are the caller's. */
void body_read(struct slice raw, const Structure *structure, GPtrArray *errors,
               struct body *ret_body);

/* What is said of HTML that passed its limits (`cut` is of enum html_cut): a static text;
   NULL when nothing was left out. */
const char *body_html_problem(unsigned cut);

/* Give a body without words the ones that were found elsewhere (in winmail.dat): takes
   both, either may be NULL. Nothing changes when both are. */
void body_adopt(struct body *body, char *take_text, char *take_html, GPtrArray *errors);
