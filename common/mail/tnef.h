/*
 * tnef: winmail.dat, application/ms-tnef (MS-OXTNEF): the body and the files in it.
 *
 *     bytes ─► attributes (level, id, length, data) ─► of the message: its MAPI properties
 *                                                  ─► of each attachment: title, data,
 *                                                     MAPI properties ─► files
 *
 * Our own parser, and a small one: libytnef has a record of memory errors (a whole row of
 * CVEs in 2017, and again in 2021), and would stand in the process that reads hostile bytes
 * for a format of two nested lists. Everything is a slice of the input until it is known
 * to be wanted; each byte is read once for every message it stands in, and messages in
 * messages end at LIMIT_TNEF_DEPTH, so time is linear. At most LIMIT_PARTS files come out.
 * A stream that is cut off or lies about a length gives what stood before that. The
 * checksums of attributes are not looked at: a wrong one is no reason to hide content.
 *
 * An attached message (a TNEF within) becomes a file of its text, followed by its files.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"

typedef struct tnef {
    GPtrArray *files; /* of struct inner_file * (inner.h) */
    char *subject;    /* one line; NULL: none */
    char *text;       /* the body in words; of RTF when there is nothing else; or NULL */
    char *html;       /* the body as HTML, in UTF-8, NOT safe to show; or NULL */
    const char *problem; /* static; NULL: none */
} Tnef;

/* Read a stream. Never fails: what is no TNEF has no files and a problem. */
void tnef_read(struct slice bytes, Tnef *ret_tnef);
void tnef_clear(Tnef *tnef);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Tnef, tnef_clear)
