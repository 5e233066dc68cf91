/*
 * html_clean: a message's HTML, as it may be shown.
 *
 *     HTML -> html_filter -> html_tree -> emit what is allowed -> HTML
 *
 * Nothing of the input is copied: from the tree, elements and attributes that stand in the
 * tables here are written anew, attribute values checked by kind (html_css, html_url) and
 * quoted, text escaped. So safety doesn't hang on how the parser reads broken markup, only
 * on what is written; and as nothing written is raw text, foreign content or a comment,
 * nothing in it can be read differently by a browser.
 *
 * Layout stays: tables, fonts, colours, alignment, styles by a list of properties; simple
 * rules of a style sheet move into the elements that they are about (html_sheet).
 * What <body> says of the whole (colours, fonts, direction) is said by a <div> around it,
 * its colour of links by each link.
 * Gone: script, style sheets, forms, frames, media, objects, ids, classes, names.
 *
 * - Pictures of the message itself (cid:) become `cid_prefix` + the percent-encoded
 *   content-id. Pictures of other servers don't load: their address is kept in
 *   data-remote-src, for "show images". data: pictures stay.
 * - Links open a new window, tell nothing (rel), and go only to http, https, mailto, tel.
 * - What clients marked as quote, attribution or signature (html_marks) carries data-mark,
 *   so that the page can fold it.
 *
 * The result is a fragment for a sandboxed frame with a policy of its own (img-src 'self'
 * data:; style-src 'unsafe-inline'): this is the first of two walls.
 *
 * Pure; time linear in the size. html_clean(html_clean(x)) = html_clean(x): the emission is
 * repeated until it reproduces itself, and where four rounds don't reach that (markup made
 * to be torn), the text alone is shown.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"
#include "common/text/html_text.h"

struct html_clean_options {
    const char
        *cid_prefix;    /* "/api/v1/messages/ID/cid/"; NULL: cid: pictures are dropped.
                               Characters of URLs only, no quotes */
    bool remote_images; /* let pictures of other servers load */
    const struct html_region *folds; /* ranges of html_text_make's text of the same HTML.
                                        What shows nothing else is put into a <details
                                        data-mark="quote"> that is closed */
    size_t n_folds;
    const char *fold_label; /* on its handle, plain text; NULL: "…" */
};

typedef struct html_cleaned {
    char *html; /* UTF-8 */
    size_t n;
    unsigned remote_images; /* that were kept from loading */
    unsigned cut;           /* enum html_cut: what the limits left out */
    unsigned folded;        /* how many <details> were made */
    bool text_only;         /* only the text could be kept */
} HtmlCleaned;

/* Never fails. The result is cleared by the caller with html_cleaned_clear. */
HtmlCleaned html_clean(struct slice html, const struct html_clean_options *options);
void html_cleaned_clear(HtmlCleaned *cleaned);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HtmlCleaned, html_cleaned_clear)
