#include <string.h>

#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/text/template_lex.h"
#include "common/text/template_ops.h"

/* A tag that waits for its closing tag. */
struct open_tag {
    struct tag tag;
    uint32_t op;
    struct slice dedent; /* what was taken off the lines around it */
};

struct compiler {
    Template *template;
    struct template_lexer lexer;
    struct slice source;
    size_t at;           /* the source up to here is compiled */
    bool line_start;     /* nothing of the present line is compiled yet */
    struct slice dedent; /* taken off each line: the indentation of a block's content */
    struct open_tag open[LIMIT_TEMPLATE_DEPTH];
    size_t depth;
};

static bool
fail(const struct compiler *c, size_t at, GError **error, const char *message)
{
    g_autofree char *position = template_position(c->template, at);
    return error_set(error, ERR_REJECT, "%s: %s", position, message);
}

static struct op *
op_at(const struct compiler *c, uint32_t i)
{
    return &g_array_index(c->template->ops, struct op, i);
}

static bool
inside_parent(const struct compiler *c)
{
    return c->depth > 0 && c->open[c->depth - 1].tag.kind == TAG_PARENT;
}

/* Add an operation; the first one of a line begins it. */
static uint32_t
add(struct compiler *c, enum op_kind kind, const struct tag *tag)
{
    struct op op = { .kind = kind, .begins_line = c->line_start };
    if (tag) {
        op.at = (uint32_t)tag->start;
        op.name = g_string_chunk_insert_len(c->template->names, tag->name.p,
                                            (gssize)tag->name.n);
    }
    c->line_start = false;
    g_array_append_val(c->template->ops, op);
    return c->template->ops->len - 1;
}

static size_t
blanks(struct slice s)
{
    size_t n = 0;
    while (n < s.n && (s.p[n] == ' ' || s.p[n] == '\t'))
        n++;
    return n;
}

/* A line, or the beginning of one, without the indentation of the block around it. */
static struct slice
dedented(const struct compiler *c, struct slice line)
{
    size_t n = 0;
    while (n < line.n && n < c->dedent.n && line.p[n] == c->dedent.p[n])
        n++;
    return slice_sub(line, n, line.n);
}

static void
add_piece(struct compiler *c, struct slice piece)
{
    if (piece.n == 0)
        return;
    uint32_t i = add(c, OP_TEXT, NULL);
    op_at(c, i)->text = piece;
    c->line_start = piece.p[piece.n - 1] == '\n';
}

/* The text up to `to`. It stays in one piece unless each line loses its indentation. What
   stands in a parent but in no block of it is ignored. */
static void
add_text(struct compiler *c, size_t to)
{
    struct slice rest = slice_sub(c->source, c->at, to);
    c->at = MAX(c->at, to);
    if (inside_parent(c))
        return;
    while (c->dedent.n && rest.n) {
        const char *lf = memchr(rest.p, '\n', rest.n);
        size_t n = lf ? (size_t)(lf - rest.p) + 1 : rest.n;
        struct slice line = slice_sub(rest, 0, n);
        add_piece(c, c->line_start ? dedented(c, line) : line);
        rest = slice_sub(rest, n, rest.n);
    }
    add_piece(c, rest);
}

/* Take up the text before a tag. True, and the whole line gone, if the tag has a line of
   its own. */
static bool
take_own_line(struct compiler *c, const struct tag *tag)
{
    bool own = tag->clear_left && tag->clear_right;
    add_text(c, own ? tag->line_start : tag->start);
    c->at = own ? tag->line_end : tag->end;
    c->line_start |= own;
    return own;
}

/* An operation of no text, where a line begins with a tag that writes nothing itself. */
static void
mark_line_start(struct compiler *c)
{
    if (c->line_start)
        add(c, OP_TEXT, NULL);
}

static struct slice
lead_of(const struct compiler *c, const struct tag *tag)
{
    return dedented(c, slice_sub(c->source, tag->line_start, tag->start));
}

/* The blanks before the first line behind a tag that isn't empty. */
static struct slice
indentation_behind(const struct compiler *c, size_t at)
{
    struct slice rest = slice_sub(c->source, at, c->source.n);
    for (size_t n; rest.n; rest = slice_sub(rest, n + 1, rest.n)) {
        n = blanks(rest);
        size_t end = n + (n < rest.n && rest.p[n] == '\r');
        if (end == rest.n || rest.p[end] != '\n')
            return slice_sub(rest, 0, n);
        n = end;
    }
    return (struct slice){ NULL, 0 };
}

static bool
push(struct compiler *c, const struct tag *tag, uint32_t op, GError **error)
{
    if (c->depth == LIMIT_TEMPLATE_DEPTH)
        return fail(c, tag->start, error, "sections are nested too deeply");
    c->open[c->depth++] = (struct open_tag){ *tag, op, c->dedent };
    return true;
}

static bool
open_section(struct compiler *c, const struct tag *tag, GError **error)
{
    enum op_kind kind = tag->kind == TAG_SECTION ? OP_SECTION : OP_INVERTED;
    bool own_line = take_own_line(c, tag);
    uint32_t i = add(c, kind, tag);
    if (own_line) {
        op_at(c, i)->begins_line = false;
        c->line_start = true;
    }
    return push(c, tag, i, error);
}

/* The blanks before the tag become an operation of their own, which goes empty if the
   parent turns out to stand alone. */
static bool
open_parent(struct compiler *c, const struct tag *tag, GError **error)
{
    add_text(c, tag->clear_left ? tag->line_start : tag->start);
    if (tag->clear_left) {
        struct slice lead = lead_of(c, tag);
        uint32_t i = add(c, OP_TEXT, NULL);
        op_at(c, i)->text = lead;
    }
    c->at = tag->end;
    return push(c, tag, add(c, OP_PARENT, tag), error);
}

static void
close_parent(struct compiler *c, const struct open_tag *open, const struct tag *tag)
{
    bool own = open->tag.clear_left && tag->clear_right;
    c->at = own ? tag->line_end : tag->end;
    c->line_start = own;
    if (!own)
        return;
    struct op *lead = op_at(c, open->op - 1), *op = op_at(c, open->op);
    op->standalone = true;
    op->text = lead->text;
    lead->text = (struct slice){ NULL, 0 };
    lead->begins_line = false;
}

static bool
open_argument(struct compiler *c, const struct tag *tag, GError **error)
{
    c->line_start = false;
    uint32_t i = add(c, OP_ARGUMENT, tag), parent = c->open[c->depth - 1].op;
    struct op *op = op_at(c, i), *owner = op_at(c, parent);
    if (!owner->arguments)
        owner->arguments = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_insert(owner->arguments, (char *)(uintptr_t)op->name,
                        GSIZE_TO_POINTER((size_t)i + 1));
    if (!push(c, tag, i, error))
        return false;

    op->starts_line = tag->clear_right;
    c->line_start = tag->clear_right;
    c->at = tag->clear_right ? tag->line_end : tag->end;
    if (tag->clear_right)
        c->dedent = indentation_behind(c, c->at);
    return true;
}

static void
close_argument(struct compiler *c, const struct open_tag *open, const struct tag *tag)
{
    add_text(c, tag->clear_left ? tag->line_start : tag->start);
    op_at(c, open->op)->ends_line = tag->clear_left;
    c->at = tag->end;
    c->line_start = false;
    c->dedent = open->dedent;
}

static bool
open_block(struct compiler *c, const struct tag *tag, GError **error)
{
    if (inside_parent(c))
        return open_argument(c, tag, error);

    bool own_line = take_own_line(c, tag);
    uint32_t i = add(c, OP_BLOCK, tag);
    struct op *op = op_at(c, i);
    if (own_line) {
        op->begins_line = false;
        op->site = SITE_OWN_LINES;
        op->text = dedented(c, indentation_behind(c, c->at));
        c->line_start = true;
    }
    return push(c, tag, i, error);
}

static void
close_block(struct compiler *c, const struct open_tag *open, const struct tag *tag)
{
    bool own_line = take_own_line(c, tag);
    if (!own_line)
        mark_line_start(c);
    struct op *op = op_at(c, open->op);
    op->closes_line = own_line;
    op->before_newline =
        !own_line && tag->clear_right && c->source.p[tag->line_end - 1] == '\n';
    if (op->site == SITE_INLINE && open->tag.clear_left && tag->clear_right) {
        op->site = SITE_LEAD;
        op->text = lead_of(c, &open->tag);
    }
}

static bool
close_tag(struct compiler *c, const struct tag *tag, GError **error)
{
    g_autofree char *text = slice_dup(tag->name);
    g_autofree char *closing = template_tag_text(TAG_CLOSE, text);
    if (c->depth == 0) {
        g_autofree char *message = g_strdup_printf("%s closes nothing", closing);
        return fail(c, tag->start, error, message);
    }
    struct open_tag *open = &c->open[c->depth - 1];
    struct op *op = op_at(c, open->op);
    if (!slice_equal(open->tag.name, tag->name)) {
        g_autofree char *opening = template_tag_text(open->tag.kind, op->name);
        g_autofree char *message =
            g_strdup_printf("%s stands where %s is to be closed", closing, opening);
        return fail(c, tag->start, error, message);
    }

    if (op->kind == OP_PARENT)
        close_parent(c, open, tag);
    else if (op->kind == OP_ARGUMENT)
        close_argument(c, open, tag);
    else if (op->kind == OP_BLOCK)
        close_block(c, open, tag);
    else if (!take_own_line(c, tag))
        mark_line_start(c);
    op_at(c, open->op)->end = c->template->ops->len;
    c->depth--;
    return true;
}

static void
add_partial(struct compiler *c, const struct tag *tag)
{
    bool own_line = take_own_line(c, tag);
    struct op *op = op_at(c, add(c, OP_PARTIAL, tag));
    if (!own_line)
        return;
    op->begins_line = false;
    op->standalone = true;
    op->text = lead_of(c, tag);
    c->line_start = true;
}

static void
add_value(struct compiler *c, const struct tag *tag)
{
    add_text(c, tag->start);
    add(c, tag->kind == TAG_RAW ? OP_RAW : OP_VARIABLE, tag);
    c->at = tag->end;
}

static bool
compile_tag(struct compiler *c, const struct tag *tag, GError **error)
{
    switch (tag->kind) {
    case TAG_VARIABLE:
    case TAG_RAW:
        add_value(c, tag);
        return true;
    case TAG_SECTION:
    case TAG_INVERTED:
        return open_section(c, tag, error);
    case TAG_CLOSE:
        return close_tag(c, tag, error);
    case TAG_PARTIAL:
        add_partial(c, tag);
        return true;
    case TAG_PARENT:
        return open_parent(c, tag, error);
    case TAG_BLOCK:
        return open_block(c, tag, error);
    case TAG_COMMENT:
    case TAG_DELIMITERS:
        take_own_line(c, tag);
        return true;
    case TAG_END:
        break;
    }
    add_text(c, c->source.n);
    return true;
}

static bool
compile(struct compiler *c, GError **error)
{
    struct tag tag = { .kind = TAG_COMMENT };
    while (tag.kind != TAG_END) {
        g_autoptr(GError) bad = NULL;
        if (!template_lex_next(&c->lexer, &tag, &bad))
            return fail(c, c->lexer.error_at, error, bad->message);
        if (!compile_tag(c, &tag, error))
            return false;
    }
    if (c->depth == 0)
        return true;

    const struct open_tag *open = &c->open[c->depth - 1];
    const char *what = open->tag.kind == TAG_PARENT  ? "parent"
                       : open->tag.kind == TAG_BLOCK ? "block"
                                                     : "section";
    g_autofree char *text = template_tag_text(open->tag.kind, op_at(c, open->op)->name);
    g_autofree char *message = g_strdup_printf("%s %s is not closed", what, text);
    return fail(c, open->tag.start, error, message);
}

Template *
template_compile(struct slice source, const char *name, GError **error)
{
    g_autoptr(Template) template =
        template_new(slice_sub(source, 0, LIMIT_TEMPLATE_BYTES), name);
    struct compiler c = { .template = template, .line_start = true };
    c.source.p = g_bytes_get_data(template->source, &c.source.n);
    template_lex_begin(&c.lexer, c.source);

    const char *bad = NULL;
    if (source.n > LIMIT_TEMPLATE_BYTES) {
        error_set(error, ERR_REJECT, "%s: larger than the %u bytes a template may have",
                  name, LIMIT_TEMPLATE_BYTES);
        return NULL;
    }
    if (c.source.n && !g_utf8_validate(c.source.p, (gssize)c.source.n, &bad)) {
        fail(&c, (size_t)(bad - c.source.p), error, "not UTF-8");
        return NULL;
    }
    return compile(&c, error) ? g_steal_pointer(&template) : NULL;
}
