/*
 * pdf: pages that text flows onto. With pdf_line, the only code that sees Cairo and Pango.
 *
 *     pdf_text / pdf_ends / pdf_rule ─► lines ─► pages ─► pdf_finish ─► the file
 *
 * Text of any script: shaped, in its own direction, with other fonts where one lacks a
 * letter. Each paragraph begins at the side where its script begins. Addresses of the web and
 * of mail in it can be clicked on. Each page has a head and a foot with its number.
 *
 * One thread uses a Pdf; several may each have their own. Memory is that of one page beside
 * the file, whatever the text.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"

struct pdf_options {
    const char *
        locale; /* "ar", "pt-BR": the language of the file; its direction is the page's */
    bool letter;                /* paper of North America; else A4 */
    const char *title, *author; /* of the file; shown by viewers */
    const char *head;           /* on each page but the first, beside the author */
    const char *foot;           /* on each page, beside its number */
    unsigned pages; /* how many there will be; 0: not known yet, write nothing */
};

enum pdf_style {
    PDF_TITLE,
    PDF_NAME, /* bold */
    PDF_BODY,
    PDF_QUOTE, /* what is there for completeness */
    PDF_SMALL, /* grey, for dates and labels */
    PDF_STYLES,
};

typedef struct Pdf Pdf;

/* A file to be written, at the top of its first page. Strings are borrowed until
   pdf_finish. */
Pdf *pdf_new(const struct pdf_options *options);
void pdf_free(Pdf *pdf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pdf, pdf_free)

/* Text from here on, over as many pages as it takes. Any bytes: cleaned by paper_text. */
void pdf_text(Pdf *pdf, enum pdf_style style, struct slice text);

/* One line: `first` where reading begins, `last` at the other end; each cut where it is too
   long. */
void pdf_ends(Pdf *pdf, enum pdf_style first_style, const char *first,
              enum pdf_style last_style, const char *last);

/* One line: what a value is called, and the value. */
void pdf_fact(Pdf *pdf, const char *label, const char *value);

void pdf_space(Pdf *pdf, double points);
void pdf_rule(Pdf *pdf);

/* Begin a new page unless so much stands free on this one. */
void pdf_keep(Pdf *pdf, double points);

/* An entry in the outline that leads here. */
void pdf_mark(Pdf *pdf, const char *name);

/* True when there are LIMIT_PAPER_PAGES and more would be needed: from then on nothing is
   written. */
bool pdf_is_full(const Pdf *pdf);

/* What stands in the foot from now on. Borrowed until pdf_finish. */
void pdf_set_foot(Pdf *pdf, const char *foot);

/* How many pages there are so far. */
unsigned pdf_pages(const Pdf *pdf);

/* End the last page and the file. Owned by the caller; NULL and ERR_BUG when Cairo failed,
   or where options.pages was 0. */
GBytes *pdf_finish(Pdf *pdf, GError **error);

/* Give back the fonts that this thread and the process keep from one file to the next: when
   no file is open and the process ends. */
void pdf_free_fonts(void);
