#include "common/mail/structure.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/mail/message_id.h"
#include "common/mail/param.h"

/* How far into a mail without Content-Type a boundary is looked for. */
#define LOST_BOUNDARY_BYTES 4096u

struct boundary {
    const char *text;
    size_t n;
};

/* Where a run of content lines ended: at a boundary line, or at the end of the bytes. */
struct stop {
    int level; /* index of the boundary in the stack; -1: the end */
    bool closing;
    size_t line; /* offset of the boundary line */
    size_t next; /* offset behind it */
};

struct scan {
    struct slice raw;
    char line_end; /* LF; or CR when there is no LF at all */
    GPtrArray *nodes;
    GArray *boundaries; /* of struct boundary: those open now, outermost first */
    GPtrArray *errors;
    bool full; /* LIMIT_PARTS was reached */
    bool too_deep;
    bool unclosed;
};

static void
node_free(void *data)
{
    struct mime_node *n = data;
    header_clear(&n->header);
    g_free(n->path);
    g_free(n->type);
    g_free(n->charset);
    g_free(n->encoding);
    g_free(n->disposition);
    g_free(n->name);
    g_free(n->content_id);
    g_free(n->parameters);
    g_free(n->report_type);
    g_free(n);
}

/* --- lines and boundaries ------------------------------------------------------------ */

/* Does this line (from "--" on, without its end) match an open boundary? RFC 2046 §5.1.1:
   white space may follow; an outer boundary ends inner parts too. */
static bool
match_line(const struct scan *s, struct slice line, struct stop *ret_stop)
{
    struct slice text = slice_sub(line, 2, line.n);
    for (guint i = s->boundaries->len; i-- > 0;) {
        const struct boundary *b = &g_array_index(s->boundaries, struct boundary, i);
        if (text.n < b->n || memcmp(text.p, b->text, b->n) != 0)
            continue;
        struct slice rest = slice_sub(text, b->n, text.n);
        bool closing = rest.n >= 2 && rest.p[0] == '-' && rest.p[1] == '-';
        /* RFC 2046 §5.1.1: what follows behind white space doesn't matter. */
        if (!closing && rest.n && !strchr(" \t\r", rest.p[0]))
            continue;
        ret_stop->level = (int)i;
        ret_stop->closing = closing;
        return true;
    }
    return false;
}

/* Go on from `pos`, the start of a line, to the next boundary line. */
static struct stop
next_stop(const struct scan *s, size_t pos)
{
    struct stop stop = { .level = -1, .line = s->raw.n, .next = s->raw.n };
    if (s->boundaries->len == 0 || s->full)
        return stop;

    while (pos < s->raw.n) {
        const char *p = s->raw.p + pos;
        const char *end = memchr(p, s->line_end, s->raw.n - pos);
        size_t n = end ? (size_t)(end - p) : s->raw.n - pos;
        size_t next = end ? pos + n + 1 : s->raw.n;
        if (n >= 2 && p[0] == '-' && p[1] == '-'
            && match_line(s, (struct slice){ p, n }, &stop)) {
            stop.line = pos;
            stop.next = next;
            return stop;
        }
        pos = next;
    }
    return stop;
}

/* The newline before a boundary belongs to the boundary (RFC 2046 §5.1.1). */
static size_t
content_end(const struct scan *s, size_t start, struct stop stop)
{
    size_t end = stop.line;
    if (stop.level < 0)
        return end;
    if (end > start && s->raw.p[end - 1] == '\n')
        end--;
    if (end > start && s->raw.p[end - 1] == '\r')
        end--;
    return end;
}

/* A multipart without a boundary parameter: the first line of its content that looks like
   one is taken for it. */
static struct slice
guess_boundary(struct slice content)
{
    struct slice line;
    for (int i = 0; i < 50 && header_next_line(&content, &line); i++) {
        struct slice text = slice_trim(line);
        if (text.n > 4 && text.n <= 202 && text.p[0] == '-' && text.p[1] == '-'
            && text.p[2] != ' ' && !memchr(text.p, ' ', text.n))
            return slice_sub(text, 2, text.n);
    }
    return (struct slice){ NULL, 0 };
}

/* The line "--BOUNDARY--" stands somewhere in `content`. */
static bool
is_closed(struct slice content, struct slice boundary)
{
    g_autofree char *closing = g_strdup_printf("\n--%.*s--", (int)boundary.n, boundary.p);
    return memmem(content.p, content.n, closing, strlen(closing)) != NULL;
}

/* A mail that lost its Content-Type on the way, as list managers of old did it: the first
   line that can be a boundary is followed by the field of a part, and closed further on.
   Nothing when it isn't so: then it is the text that RFC 2045 §5.2 takes it for. */
static struct slice
lost_boundary(struct slice content)
{
    struct slice rest = slice_sub(content, 0, LOST_BOUNDARY_BYTES), line, next;
    struct header_field field;
    for (int i = 0; i < 20 && header_next_line(&rest, &line); i++) {
        struct slice text = slice_trim(line), look = rest;
        if (text.n <= 4 || text.n > 72 || memcmp(text.p, "--", 2) != 0)
            continue;
        struct slice boundary = slice_sub(text, 2, text.n);
        bool part = !memchr(boundary.p, ' ', boundary.n) && header_next_line(&look, &next)
                    && header_split_field(next, &field)
                    && slice_starts_nocase(field.name, "Content-");
        if (part && is_closed(content, boundary))
            return boundary;
    }
    return (struct slice){ NULL, 0 };
}

/* --- one part ------------------------------------------------------------------------ */

static char *
first_word(const struct header_block *header, const char *name)
{
    g_autofree char *value = header_get_unfolded(header, name);
    value[strcspn(value, "; \t(")] = 0;
    for (char *c = value; *c; c++)
        *c = g_ascii_isgraph(*c) ? g_ascii_tolower(*c) : '?';
    return g_strndup(value, LIMIT_ENCODING_BYTES);
}

/* RFC 2045 §5.1 and RFC 6838 §4.2: type and subtype of at most 127 letters each. What is
   no such thing would break the header that repeats it, and the row that keeps it. */
static char *
read_type(const char *value)
{
    size_t n = 0, slashes = 0;
    for (; value[n]; n++) {
        slashes += value[n] == '/';
        if (!g_ascii_isgraph(value[n]) || strchr("()<>@,;:\\\"[]?=", value[n]))
            return g_strdup("application/octet-stream");
    }
    return g_strdup(n <= 255 && slashes <= 1 ? value : "application/octet-stream");
}

/* Internet Explorer and old Outlook name a file by its path ("C:\\Users\\ann\\bill.pdf"),
   which is nobody's business. A name that merely has a slash keeps it. */
static char *
without_path(char *take_name)
{
    bool drive = g_ascii_isalpha(take_name[0]) && take_name[1] == ':'
                 && (take_name[2] == '\\' || take_name[2] == '/');
    bool share = take_name[0] == '\\' && take_name[1] == '\\';
    if (!drive && !share)
        return take_name;
    const char *base = take_name;
    for (const char *c = take_name; *c; c++)
        if ((*c == '\\' || *c == '/') && c[1])
            base = c + 1;
    memmove(take_name, base, strlen(base) + 1);
    return take_name;
}

static char *
read_name(const Params *disposition, const Params *type)
{
    g_autofree char *name = params_get(disposition, "filename");
    if (*name)
        return without_path(g_steal_pointer(&name));
    return without_path(params_get(type, "name"));
}

/* Fill a node from its header. Returns its boundary parameter, owned; "" when none. */
static char *
read_node_header(struct mime_node *node, const char *default_type, GPtrArray *errors)
{
    g_autofree char *type_value = header_get_unfolded(&node->header, "Content-Type");
    g_autofree char *disp_value =
        header_get_unfolded(&node->header, "Content-Disposition");
    g_autoptr(Params) type = params_read_type(*type_value ? type_value : default_type);
    g_autoptr(Params) disposition = params_read_disposition(disp_value);
    g_autofree char *format = params_get(type, "format");
    g_autofree char *delsp = params_get(type, "delsp");
    g_autofree char *report = params_get(type, "report-type");
    g_autofree char *id = header_get_text(&node->header, "Content-ID");

    size_t longest = MAX(strlen(type_value), strlen(disp_value));
    if (longest > LIMIT_PARAMETER_BYTES)
        g_ptr_array_add(errors, g_strdup("very long parameters of a part: read as far as "
                                         "the limit goes"));
    node->type = read_type(params_value(type));
    node->charset = params_get(type, "charset");
    node->encoding = first_word(&node->header, "Content-Transfer-Encoding");
    node->disposition = g_strdup(params_value(disposition));
    node->name = read_name(disposition, type);
    node->content_id = message_id_read(id);
    if (!node->content_id)
        node->content_id = g_strdup("");
    node->parameters = header_get_text(&node->header, "Content-Type");
    node->flowed = g_ascii_strcasecmp(format, "flowed") == 0;
    node->delsp = g_ascii_strcasecmp(delsp, "yes") == 0;
    node->report_type = g_ascii_strdown(report, -1);
    return params_get(type, "boundary");
}

static char *
child_path(const struct mime_node *parent, int number)
{
    return *parent->path ? g_strdup_printf("%s.%d", parent->path, number)
                         : g_strdup_printf("%d", number);
}

static struct stop read_node(struct scan *s, size_t pos, int parent, int number);

/* The children of a multipart, from behind its header on. False, *ret_stop set, when
   there is none: then it is a leaf. */
static bool
read_children(struct scan *s, struct mime_node *node, int index, struct slice boundary,
              struct stop *ret_stop)
{
    struct boundary open = { boundary.p, boundary.n };
    g_array_append_val(s->boundaries, open);
    int level = (int)s->boundaries->len - 1, children = 0;
    bool closed = false;

    struct stop stop = next_stop(s, node->offset);
    while (stop.level == level) {
        if (stop.closing) {
            closed = true;
            stop = next_stop(s, stop.next); /* the epilogue */
        } else {
            stop = read_node(s, stop.next, index, ++children);
        }
    }
    g_array_set_size(s->boundaries, (guint)level);
    s->unclosed = s->unclosed || (children > 0 && !closed);
    *ret_stop = stop;
    return children > 0;
}

/* "" unless this is a multipart that doesn't say so; then it does from here on. */
static struct slice
find_lost(struct scan *s, struct mime_node *node)
{
    struct slice boundary = { NULL, 0 };
    if (node->parent >= 0 || header_find(&node->header, "Content-Type"))
        return boundary;
    boundary = lost_boundary(slice_sub(s->raw, node->offset, s->raw.n));
    if (boundary.n == 0)
        return boundary;
    g_free(node->type);
    node->type = g_strdup("multipart/mixed");
    g_ptr_array_add(s->errors, g_strdup("no Content-Type, but the body is a multipart: "
                                        "read as one"));
    return boundary;
}

static bool
may_split(struct scan *s, const struct mime_node *node)
{
    if (!g_str_has_prefix(node->type, "multipart/"))
        return false;
    if (node->depth < LIMIT_PART_DEPTH)
        return true;
    s->too_deep = true;
    return false;
}

/* Read the part whose header starts at `pos`; returns what ended it. */
static struct stop
read_node(struct scan *s, size_t pos, int parent, int number)
{
    if (s->nodes->len >= LIMIT_PARTS) {
        s->full = true;
        return next_stop(s, s->raw.n);
    }
    struct mime_node *node = g_new0(struct mime_node, 1);
    const struct mime_node *above = parent < 0 ? NULL : s->nodes->pdata[parent];
    int index = (int)s->nodes->len;
    g_ptr_array_add(s->nodes, node);

    bool in_digest = above && strcmp(above->type, "multipart/digest") == 0;
    struct slice rest = slice_sub(s->raw, pos, s->raw.n);
    if (above)
        header_read_part(rest, &node->header);
    else
        header_read(rest, &node->header);
    node->start = pos;
    node->parent = parent;
    node->depth = above ? above->depth + 1 : 0;
    node->path = above ? child_path(above, number) : g_strdup("");
    node->offset = pos + node->header.body;
    if (above && node->header.clipped)
        g_ptr_array_add(s->errors,
                        g_strdup_printf("part %s: very long header: read as far "
                                        "as the limits go",
                                        node->path));
    g_autofree char *param =
        read_node_header(node, in_digest ? "message/rfc822" : "text/plain", s->errors);

    struct slice lost = find_lost(s, node);
    if (may_split(s, node)) {
        struct stop stop;
        struct slice boundary = lost.n ? lost : slice_from(param);
        if (boundary.n == 0) {
            boundary =
                guess_boundary(slice_sub(s->raw, node->offset, node->offset + 16384));
            g_ptr_array_add(s->errors,
                            g_strdup(boundary.n
                                         ? "multipart without a boundary: guessed it"
                                         : "multipart without a boundary: read as text"));
        }
        if (boundary.n && read_children(s, node, index, boundary, &stop)) {
            node->is_multipart = true;
            node->length = content_end(s, node->offset, stop) - node->offset;
            return stop;
        }
        if (boundary.n && *param)
            g_ptr_array_add(s->errors,
                            g_strdup("multipart without any part: read as text"));
    }
    if (g_str_has_prefix(node->type, "multipart/")) { /* or too deep: a leaf, as text */
        g_free(node->type);
        node->type = g_strdup("text/plain");
    }
    if (!above)
        node->path = (g_free(node->path), g_strdup("1"));
    struct stop stop = next_stop(s, node->offset);
    node->length = content_end(s, node->offset, stop) - node->offset;
    return stop;
}

/* Raw 8-bit in the header is most likely in the charset of the first text. */
static void
set_charset_hint(Structure *structure)
{
    struct mime_node *top = structure->nodes->pdata[0];
    for (guint i = 0; i < structure->nodes->len; i++) {
        const struct mime_node *node = structure_node(structure, i);
        if (*node->charset && !node->is_multipart) {
            top->header.charset = node->charset;
            return;
        }
    }
}

Structure *
structure_read(struct slice raw, GPtrArray *errors)
{
    Structure *structure = g_new0(Structure, 1);
    structure->nodes = g_ptr_array_new_with_free_func(node_free);
    struct scan s = { .raw = raw, .nodes = structure->nodes, .errors = errors };
    s.line_end = raw.n && !memchr(raw.p, '\n', raw.n) ? '\r' : '\n';
    s.boundaries = g_array_new(false, false, sizeof(struct boundary));

    read_node(&s, 0, -1, 1);
    set_charset_hint(structure);
    if (s.full)
        g_ptr_array_add(
            errors,
            g_strdup_printf("more than %d parts: the rest is not read", LIMIT_PARTS));
    if (s.too_deep)
        g_ptr_array_add(errors,
                        g_strdup_printf("parts more than %d deep: left unsplit, as text",
                                        LIMIT_PART_DEPTH));
    if (s.unclosed && !s.full)
        g_ptr_array_add(errors,
                        g_strdup("a multipart was never closed: read to its end"));
    g_array_unref(s.boundaries);
    return structure;
}

void
structure_free(Structure *structure)
{
    if (!structure)
        return;
    g_ptr_array_unref(structure->nodes);
    g_free(structure);
}

const struct mime_node *
structure_node(const Structure *structure, guint i)
{
    return structure->nodes->pdata[i];
}
