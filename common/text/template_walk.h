/*
 * template_walk: one walk over a template with a document. It either writes (render) or,
 * with `report`, takes every branch once and writes down what the document does not have
 * (the name check), so that both can never disagree about what a name means.
 *
 *     template_walk.c    operations, indentation, blocks
 *     template_value.c   names and values
 *     template_names.c   the lines of the report
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

#include "common/base/limits.h"
#include "common/text/template_ops.h"

/* The blocks that one parent tag hands over. */
struct template_frame {
    const Template *template;
    const struct op *parent;
    const struct template_frame *outer;
};

/* A piece of indentation in force, from the innermost outwards. */
struct template_indent {
    struct slice text;
    const struct template_indent *outer;
};

/* The partials we are in, for the check: it does not follow a recursion. */
struct template_chain {
    const Template *template;
    const struct template_chain *outer;
};

struct template_walk {
    const struct template_input *input;
    GString *out;
    GPtrArray *report; /* of char *; NULL: render */

    const json_t *context[LIMIT_TEMPLATE_DEPTH + 2];
    size_t contexts;
    const struct template_frame *frames;
    const struct template_indent *indent;
    const struct template_chain *chain;

    /* At this length of the output, the indentation up to this piece is there already. */
    size_t indented_at;
    const struct template_indent *indented;

    struct template_cost cost;
    size_t depth;
};

/* An error at an operation. Always false. */
bool template_walk_fail(const Template *template, const struct op *op, GError **error,
                        const char *format, ...) G_GNUC_PRINTF(4, 5);

/* Count n steps; false and error beyond the limit. */
bool template_walk_step(struct template_walk *walk, const Template *template,
                        const struct op *op, size_t n, GError **error);

/* Write bytes; false and error beyond the limit. */
bool template_walk_write(struct template_walk *walk, const Template *template,
                         const struct op *op, struct slice bytes, GError **error);

/* What a name means here; *ret_value is NULL for nothing. False: out of steps. */
bool template_find_value(struct template_walk *walk, const Template *template,
                         const struct op *op, const json_t **ret_value, GError **error);

/* Whether a section over the value is taken. */
bool template_is_true(const json_t *value);

/* Write a value as the mode wants it. */
bool template_write_value(struct template_walk *walk, const Template *template,
                          const struct op *op, const json_t *value, GError **error);

/* Report on a name and what it was found to be. */
void template_report_value(struct template_walk *walk, const Template *template,
                           const struct op *op, const json_t *value);
void template_report_missing_partial(struct template_walk *walk, const Template *template,
                                     const struct op *op);

bool template_walk(struct template_walk *walk, const Template *template, GError **error);
