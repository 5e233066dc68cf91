#include "common/text/template_walk.h"

#include <string.h>

#include "common/base/error.h"

static bool walk_range(struct template_walk *walk, const Template *template, size_t from,
                       size_t to, GError **error);

bool
template_walk_fail(const Template *template, const struct op *op, GError **error,
                   const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *position = template_position(template, op->at);
    return error_set(error, ERR_REJECT, "%s: %s", position, message);
}

bool
template_walk_step(struct template_walk *walk, const Template *template,
                   const struct op *op, size_t n, GError **error)
{
    walk->cost.steps += n;
    if (walk->cost.steps <= LIMIT_TEMPLATE_STEPS)
        return true;
    return template_walk_fail(template, op, error,
                              "the rendering takes more than %u steps",
                              LIMIT_TEMPLATE_STEPS);
}

bool
template_walk_write(struct template_walk *walk, const Template *template,
                    const struct op *op, struct slice bytes, GError **error)
{
    if (bytes.n == 0 || walk->report)
        return true;
    if (bytes.n > LIMIT_TEMPLATE_OUTPUT - walk->out->len)
        return template_walk_fail(template, op, error,
                                  "the text becomes larger than %u bytes",
                                  LIMIT_TEMPLATE_OUTPUT);
    g_string_append_len(walk->out, bytes.p, (gssize)bytes.n);
    return true;
}

/* Everything that nests goes through here. */
static bool
enter(struct template_walk *walk, const Template *template, const struct op *op,
      GError **error)
{
    if (walk->depth == LIMIT_TEMPLATE_DEPTH)
        return template_walk_fail(template, op, error,
                                  "sections and partials are nested too deeply "
                                  "(does {{%s}} contain itself?)",
                                  op->name);
    walk->depth++;
    walk->cost.deepest = MAX(walk->cost.deepest, walk->depth);
    return true;
}

/* Write the indentation in force, but for what is there already. At most one piece a
   level of depth: no recursion runs away. */
static bool
write_indent(struct template_walk *walk, const Template *template, const struct op *op,
             const struct template_indent *indent, GError **error)
{
    if (!indent || (walk->out->len == walk->indented_at && indent == walk->indented))
        return true;
    const struct slice *pieces[LIMIT_TEMPLATE_DEPTH + 1];
    size_t n = 0;
    for (; indent && n < G_N_ELEMENTS(pieces); indent = indent->outer) {
        if (walk->out->len == walk->indented_at && indent == walk->indented)
            break;
        pieces[n++] = &indent->text;
    }
    if (!template_walk_step(walk, template, op, n, error))
        return false;
    while (n-- > 0)
        if (!template_walk_write(walk, template, op, *pieces[n], error))
            return false;
    return true;
}

static bool
write_text(struct template_walk *walk, const Template *template, const struct op *op,
           GError **error)
{
    struct slice rest = op->text;
    while (walk->indent && rest.n) {
        const char *lf = memchr(rest.p, '\n', rest.n);
        size_t n = lf ? (size_t)(lf - rest.p) + 1 : rest.n;
        if (!template_walk_write(walk, template, op, slice_sub(rest, 0, n), error))
            return false;
        rest = slice_sub(rest, n, rest.n);
        if (rest.n && !write_indent(walk, template, op, walk->indent, error))
            return false;
    }
    return template_walk_write(walk, template, op, rest, error);
}

static bool
walk_value(struct template_walk *walk, const Template *template, const struct op *op,
           GError **error)
{
    const json_t *value = NULL;
    if (!template_find_value(walk, template, op, &value, error))
        return false;
    if (walk->report) {
        template_report_value(walk, template, op, value);
        return true;
    }
    return template_write_value(walk, template, op, value, error);
}

/* The inside of the operation at i, with `value` on top of the context, if it is one. */
static bool
walk_inside(struct template_walk *walk, const Template *template, size_t i,
            const json_t *value, GError **error)
{
    const struct op *op = template_op(template, i);
    if (!enter(walk, template, op, error))
        return false;
    if (value)
        walk->context[walk->contexts++] = value;
    bool ok = template_walk_step(walk, template, op, 1, error)
              && walk_range(walk, template, i + 1, op->end, error);
    walk->contexts -= value != NULL;
    walk->depth--;
    return ok;
}

static bool
walk_section(struct template_walk *walk, const Template *template, size_t i,
             GError **error)
{
    const struct op *op = template_op(template, i);
    const json_t *value = NULL;
    if (!template_find_value(walk, template, op, &value, error))
        return false;
    if (walk->report)
        template_report_value(walk, template, op, value);
    if (op->kind == OP_INVERTED)
        return (!walk->report && template_is_true(value))
               || walk_inside(walk, template, i, NULL, error);
    if (!walk->report && !template_is_true(value))
        return true;
    if (!json_is_array(value))
        return walk_inside(walk, template, i, value, error);

    for (size_t k = 0; k < json_array_size(value); k++)
        if (!walk_inside(walk, template, i, json_array_get(value, k), error))
            return false;
    return true;
}

static bool
in_chain(const struct template_chain *chain, const Template *template)
{
    for (; chain; chain = chain->outer)
        if (chain->template == template)
            return true;
    return false;
}

/* A partial or a parent. Standalone, each line of it is indented as the tag is; else what
   surrounds it stays as it is, and none. */
static bool
walk_partial(struct template_walk *walk, const Template *template, const struct op *op,
             GError **error)
{
    const struct template_partials *partials = walk->input->partials;
    const Template *partial = NULL;
    if (partials && !partials->find(partials->data, op->name, &partial, error))
        return false;
    if (!partial && walk->report)
        template_report_missing_partial(walk, template, op);
    if (!partial || (walk->report && in_chain(walk->chain, partial)))
        return true;
    if (!enter(walk, template, op, error))
        return false;

    const struct template_indent *outer = walk->indent;
    const struct template_frame *frames = walk->frames;
    const struct template_chain *chain = walk->chain;
    const struct template_indent indent = { op->text, outer };
    const struct template_frame frame = { template, op, frames };
    const struct template_chain link = { partial, chain };
    walk->indent = !op->standalone ? NULL : op->text.n ? &indent : outer;
    walk->frames = op->arguments ? &frame : frames;
    walk->chain = &link;
    bool ok = walk_range(walk, partial, 0, partial->ops->len, error);
    walk->indent = outer;
    walk->frames = frames;
    walk->chain = chain;
    walk->depth--;
    return ok;
}

/* The outermost frame that fills the block: who inherits last decides. */
static const struct template_frame *
find_argument(struct template_walk *walk, const char *name, size_t *ret_i)
{
    const struct template_frame *found = NULL;
    for (const struct template_frame *f = walk->frames; f; f = f->outer) {
        size_t i = GPOINTER_TO_SIZE(g_hash_table_lookup(f->parent->arguments, name));
        walk->cost.steps++;
        if (!i)
            continue;
        found = f;
        *ret_i = i - 1;
    }
    return found;
}

/* Bring the end of what was put in to what the place has behind it: a line that ends with
   the block wants one line end, not none and not two. */
static bool
fit_line_end(struct template_walk *walk, const Template *template, const struct op *op,
             const struct op *argument, size_t before, GError **error)
{
    GString *out = walk->out;
    if (out->len == before)
        return true;
    bool ended = out->str[out->len - 1] == '\n';
    if (op->closes_line && !ended)
        return template_walk_write(walk, template, op, slice_from("\n"), error);
    if (op->before_newline && argument->ends_line && ended) {
        g_string_truncate(out, out->len - 1);
        if (out->len > before && out->str[out->len - 1] == '\r')
            g_string_truncate(out, out->len - 1);
    }
    return true;
}

/* Put a block's filling in. It was written in the template of `frame`, so the blocks
   inside of it are open to the frames outside of that one. */
static bool
fill_block(struct template_walk *walk, const Template *template, const struct op *op,
           const struct template_frame *frame, size_t i, GError **error)
{
    const struct op *argument = template_op(frame->template, i);
    const struct template_indent *outer = walk->indent;
    const struct template_frame *frames = walk->frames;
    const struct template_indent indent = { op->text, outer };
    const size_t before = walk->out->len;
    walk->indent = op->site == SITE_INLINE ? NULL : &indent;
    walk->frames = frame->outer;
    if (op->site == SITE_LEAD) {
        walk->indented_at = before;
        walk->indented = &indent;
    }
    bool ok = op->site != SITE_OWN_LINES || argument->starts_line
              || write_indent(walk, template, op, &indent, error);
    const size_t content = walk->out->len;
    ok = ok && walk_inside(walk, frame->template, i, NULL, error);
    if (walk->out->len == content)
        g_string_truncate(walk->out, before);
    ok = ok && fit_line_end(walk, template, op, argument, before, error);
    walk->indented_at = SIZE_MAX;
    walk->indented = NULL;
    walk->indent = outer;
    walk->frames = frames;
    return ok;
}

static bool
walk_block(struct template_walk *walk, const Template *template, size_t i, GError **error)
{
    const struct op *op = template_op(template, i);
    size_t argument = 0;
    const struct template_frame *frame = find_argument(walk, op->name, &argument);
    return frame ? fill_block(walk, template, op, frame, argument, error)
                 : walk_inside(walk, template, i, NULL, error);
}

static bool
walk_op(struct template_walk *walk, const Template *template, size_t i, GError **error)
{
    const struct op *op = template_op(template, i);
    if (!template_walk_step(walk, template, op, 1, error)
        || (op->begins_line && !write_indent(walk, template, op, walk->indent, error)))
        return false;
    switch (op->kind) {
    case OP_TEXT:
        return write_text(walk, template, op, error);
    case OP_VARIABLE:
    case OP_RAW:
        return walk_value(walk, template, op, error);
    case OP_SECTION:
    case OP_INVERTED:
        return walk_section(walk, template, i, error);
    case OP_PARTIAL:
    case OP_PARENT:
        return walk_partial(walk, template, op, error);
    case OP_BLOCK:
        return walk_block(walk, template, i, error);
    case OP_ARGUMENT: /* a parent is not entered, so we never get here */
        break;
    }
    return true;
}

static bool
walk_range(struct template_walk *walk, const Template *template, size_t from, size_t to,
           GError **error)
{
    for (size_t i = from; i < to;) {
        const struct op *op = template_op(template, i);
        if (!walk_op(walk, template, i, error))
            return false;
        i = op->end ? op->end : i + 1;
    }
    return true;
}

bool
template_walk(struct template_walk *walk, const Template *template, GError **error)
{
    const struct template_chain link = { template, NULL };
    walk->out = g_string_new(NULL);
    walk->context[walk->contexts++] = walk->input->document;
    walk->indented_at = SIZE_MAX;
    walk->chain = &link;
    bool ok = walk_range(walk, template, 0, template->ops->len, error);
    walk->chain = NULL;
    return ok;
}
