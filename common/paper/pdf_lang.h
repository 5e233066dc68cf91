/*
 * pdf_lang: what screen readers ask of a PDF and Cairo doesn't write: its language, and that
 * its title is to be shown rather than its file's name (ISO 32000-1 §14.9.2, §12.2).
 */
#pragma once

#include <glib.h>

/* Append to `pdf`, a whole file, an update (ISO 32000-1 §7.5.6) that gives its catalog these
   two. Nothing is changed where the file isn't as Cairo writes it. */
void pdf_lang_append(GByteArray *pdf, const char *lang);
