/*
 * template: our Mustache.
 *
 *     source -- template_compile --> Template -- template_render(+ JSON document) --> text
 *
 * The published specification, version 1.4: comments, set delimiters, interpolation,
 * sections, inverted sections, partials and inheritance; no lambdas and no dynamic names.
 * All of it is pure: bytes and a JSON document in, bytes out. A Template never changes
 * after it is compiled, so threads may share one.
 *
 * Where the specification leaves it open:
 *  - False are: a missing name, null, false, an empty list, "" and 0.
 *  - Lists and objects interpolate as nothing.
 *  - {{.name}} looks in the innermost context only.
 *  - A block that is handed to a parent sees the context of the place where the parent
 *    puts it; blocks inside of it may be replaced from outside of the template that
 *    wrote it, so a block can stand inside a replacement of its own name.
 *
 * Time is linear in source, operations and output, and all three are bounded
 * (LIMIT_TEMPLATE_*): a template that others wrote can be useless, not harmful.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/base/slice.h"

typedef struct Template Template;

/* What becomes of {{name}}. */
enum template_mode {
    TEMPLATE_HTML,   /* & < > " ' are escaped, for text and quoted attributes */
    TEMPLATE_TEXT,   /* as it is */
    TEMPLATE_HEADER, /* as it is, and a CR, LF or NUL in a value or in the result is
                        refused; the line end at the end of the template is not part of
                        the result */
};

/* Where partials and parents come from. */
struct template_partials {
    /* Set *ret_template to the template of this name, borrowed until the rendering ends,
       or to NULL if there is none: it is empty then. False and error to give up. */
    bool (*find)(void *data, const char *name, const Template **ret_template,
                 GError **error);
    void *data;
};

struct template_input {
    const json_t *document; /* any JSON value */
    enum template_mode mode;
    const struct template_partials *partials; /* NULL: none is found */
};

/* What a rendering took, for tests and figures. */
struct template_cost {
    size_t steps;   /* as LIMIT_TEMPLATE_STEPS counts them */
    size_t deepest; /* as LIMIT_TEMPLATE_DEPTH counts it */
};

/* Compile UTF-8 source, which is copied. `name` stands in errors, as in "ticket.txt:3:7:
   section {{#x}} is not closed" (line and column count from 1, columns in characters).
   NULL and ERR_REJECT for what isn't Mustache or passes a limit. */
Template *template_compile(struct slice source, const char *name, GError **error);
void template_free(Template *template);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Template, template_free)

/* The name it was compiled with. */
const char *template_name(const Template *template);

/* How many operations it was compiled into: at most three a tag and one a line. */
size_t template_operations(const Template *template);

/* Render: the text, UTF-8, owned by the caller; *ret_cost, unless NULL, is set in every
   case. NULL and ERR_REJECT where a limit is passed or a header would break. */
GString *template_render(const Template *template, const struct template_input *input,
                         struct template_cost *ret_cost, GError **error);

/* Check every name that the template, its partials and its parents use against an example
   of the document that holds all there can be: a list with its first element, an object
   or value with itself, and both branches of every condition. Missing names, missing
   partials, lists and objects interpolated as if they were text, and, where the mode is
   TEMPLATE_HTML, unescaped values whose name does not end in "_html" are each a line of
   the error (ERR_REJECT), "answer.txt:3:7: there is no name …, is it … ?". The document of
   `input` is the example. */
bool template_check_names(const Template *template, const struct template_input *input,
                          GError **error);
