/*
 * template_ops: what a Template is inside: a flat array of operations. The compiler writes
 * it, the renderer walks it; a section is skipped by one jump to its end.
 *
 * Indentation. The specification puts the indentation of a standalone partial in front of
 * every line of the partial's source. We do it while rendering: an operation that begins a
 * line of its source has `begins_line`, and the renderer writes the indentation that is in
 * force in front of it; so what a value contains is never indented.
 *
 * Blocks. Where a block's content is put in from outside, `site` says how its place looks
 * in the source, and the indentation of the place comes from there.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/text/template.h"

enum op_kind {
    OP_TEXT,
    OP_VARIABLE,
    OP_RAW,
    OP_SECTION,
    OP_INVERTED,
    OP_PARTIAL,
    OP_PARENT,
    OP_BLOCK,    /* a place that may be filled from outside, with its default */
    OP_ARGUMENT, /* a block directly within a parent: the filling */
};

enum op_site {
    SITE_INLINE,    /* text before it on its line: what is put in is not indented */
    SITE_LEAD,      /* begins its line, and its end ends one: the blanks before it are the
                       indentation, and are there already */
    SITE_OWN_LINES, /* its opening tag has a line of its own: the default's first line
                       shows the indentation */
};

struct op {
    enum op_kind kind;
    uint32_t at;  /* where its tag begins in the source, for messages */
    uint32_t end; /* index behind its last inner operation */
    bool begins_line;

    bool standalone;     /* PARTIAL, PARENT: `text` is its indentation */
    enum op_site site;   /* BLOCK: unless inline, `text` is its indentation */
    bool closes_line;    /* BLOCK: its closing tag had a line of its own */
    bool before_newline; /* BLOCK: the line ends behind its closing tag */
    bool starts_line;    /* ARGUMENT: its content begins on a new line */
    bool ends_line;      /* ARGUMENT: its content ends with a line's end */

    struct slice text;
    const char *name;
    GHashTable *arguments; /* PARENT: name -> index of the OP_ARGUMENT + 1; NULL: none */
};

struct Template {
    char *name;
    GBytes *source; /* `text` points into it */
    GStringChunk *names;
    GArray *ops; /* of struct op */
};

static inline const struct op *
template_op(const Template *template, size_t i)
{
    return &g_array_index(template->ops, struct op, i);
}

/* A template without operations, of a copy of the source. */
Template *template_new(struct slice source, const char *name);

/* "name:line:column" of a byte of the source; owned by the caller. */
char *template_position(const Template *template, size_t at);
