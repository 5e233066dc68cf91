/*
 * rtf: the words of the RTF body that Outlook puts into winmail.dat.
 *
 *     PR_RTF_COMPRESSED ─► rtf_decompress (MS-OXRTFCP) ─► rtf_text ─► UTF-8
 *
 * No renderer: control words that mean a character or a new line are followed, groups that
 * hold no text (fonts, colours, styles, pictures, everything under \*) are passed over. In
 * RTF made of HTML (\fromhtml, MS-OXRTFEX) this leaves exactly the words, as the tags
 * stand in \*\htmltag groups and what only imitates them between \htmlrtf and \htmlrtf0.
 * Both are linear and bounded (LIMIT_RTF_BYTES, LIMIT_RTF_DEPTH, LIMIT_TEXT_BYTES).
 */
#pragma once

#include <glib.h>

#include "common/base/slice.h"

/* The RTF of a compressed body; NULL when the bytes aren't one. What is cut off or points
   outside of the dictionary ends it there: the words up to it are given. The checksum is
   not looked at: a wrong one is no reason to hide words. */
GBytes *rtf_decompress(struct slice compressed);

/* Valid UTF-8 with LF, trimmed at its end; owned by the caller, "" when there is none. */
char *rtf_text(struct slice rtf);
