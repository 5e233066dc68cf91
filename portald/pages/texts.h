/*
 * texts: what people read, in their language.
 *
 * English stands in the sources and is the key (a gettext msgid); the others come from
 * templates/texts/<language>.po, read when the program starts: no step of the build, and
 * no process locale, which threads would share. Untranslated and fuzzy entries stay
 * English.
 *
 * Pure after loading; every thread may read.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"

typedef struct Texts Texts;

/* Read <directory>/texts/<language>.po. ERR_REJECT, with file and line, for one that can't
   be read; a directory without any is English alone. */
Texts *texts_load(const char *directory, GError **error);
void texts_free(Texts *texts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Texts, texts_free)

/* The languages there are, "en" first, NULL-terminated; borrowed. */
const char *const *texts_languages(const Texts *texts);

/* The text in a language, or the msgid itself. Borrowed from texts or from the caller. */
const char *texts_get(const Texts *texts, const char *language, const char *msgid);

/* The best language we have, borrowed: what the person chose, else what the browser's
   Accept-Language (RFC 9110 §12.5.4) asks for, else the fallback, else "en". Any may be
   NULL. */
const char *texts_choose(const Texts *texts, const char *chosen, const char *accepted,
                         const char *fallback);

/* Written from right to left. */
bool texts_is_rtl(const char *language);

/* Put the text of each [[msgid]] of a page's source into its place. A quotation mark of a
   translation is escaped, so that it may stand in an attribute. */
char *texts_translate(const Texts *texts, const char *language, struct slice source);

/* Add the entries of PO text (GNU gettext manual, "The Format of PO Files"); for tests. */
bool texts_parse(GHashTable *entries, struct slice text, const char *name,
                 GError **error);
