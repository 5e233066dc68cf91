#include "common/text/html_filter.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/text/html_tags.h"

/* Formatting elements that may stay open when the block around them ends. The parser opens
   each again in every block that follows, so it is a factor on the size of the tree. */
enum { DANGLING_MAX = 8 };

/* Formatting elements open at once: the parser compares each new one with all of them. */
enum { FORMAT_MAX = 32 };

struct filter {
    struct slice in;
    size_t at;
    GString *out;
    GArray *open;       /* size_t: index of each open element, outermost first */
    unsigned *dropped;  /* per element: start tags left out whose end tag is to come */
    unsigned *dangling; /* per element: left open when the block around it ended */
    unsigned n_dangling, n_format, n_tags;
    size_t skipping;     /* the element whose content is being dropped … */
    unsigned skip_depth; /* … how many of it are open; 0: none */
    size_t skip_from;    /* … and where to go back to if it never ends */
    bool skip_off;       /* one didn't end: from now on only tags are dropped */
    bool no_comment_end; /* no "-->" any more */
    GString *body;       /* the attributes of the first <body>; NULL: none was met */
    unsigned cut;
};

struct tag {
    size_t index;
    bool known, end;
    struct slice name;
    size_t attributes, after; /* where they begin; where the text behind '>' begins */
};

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static char
byte_at(const struct filter *f, size_t at)
{
    return at < f->in.n ? f->in.p[at] : '\0';
}

/* Where `what` is at or behind `from`; the end when it isn't. */
static size_t
find_byte(const struct filter *f, size_t from, char what)
{
    const char *p = from < f->in.n ? memchr(f->in.p + from, what, f->in.n - from) : NULL;
    return p ? (size_t)(p - f->in.p) : f->in.n;
}

static bool
writing(const struct filter *f)
{
    return f->skip_depth == 0;
}

/* --- writing ----------------------------------------------------------------------- */

static void
write_text(struct filter *f, size_t from, size_t to)
{
    for (size_t i = from; writing(f) && i < to; i++) {
        char c = f->in.p[i];
        if (c == '<')
            g_string_append(f->out, "&lt;");
        else if (c != '\0')
            g_string_append_c(f->out, c);
    }
}

static void
write_end(struct filter *f, size_t index)
{
    g_string_append_printf(f->out, "</%s>", html_tag_at(index)->name);
}

static void
write_attribute(GString *out, struct slice name, struct slice value)
{
    if (!html_attribute_known(name) || value.n > LIMIT_HTML_ATTRIBUTE_BYTES)
        return;

    g_string_append_c(out, ' ');
    for (size_t i = 0; i < name.n; i++)
        g_string_append_c(out, g_ascii_tolower(name.p[i]));
    g_string_append(out, "=\"");
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '"')
            g_string_append(out, "&quot;");
        else if (value.p[i] != '\0')
            g_string_append_c(out, value.p[i]);
    }
    g_string_append_c(out, '"');
}

/* --- the elements that are open ---------------------------------------------------- */

static size_t
open_at(const struct filter *f, size_t i)
{
    return g_array_index(f->open, size_t, i);
}

static const struct html_tag *
open_tag(const struct filter *f, size_t i)
{
    return html_tag_at(open_at(f, i));
}

static bool
is_named(const struct html_tag *tag, const char *name)
{
    return strcmp(tag->name, name) == 0;
}

/* Close the innermost open element; a formatting one may be left to the parser. */
static void
close_last(struct filter *f, bool own_end)
{
    size_t index = open_at(f, f->open->len - 1);
    bool format = html_tag_at(index)->flags & HTML_FORMAT;
    g_array_set_size(f->open, f->open->len - 1);
    f->n_format -= format;
    if (format && !own_end && f->n_dangling < DANGLING_MAX) {
        f->n_dangling++;
        f->dangling[index]++;
        return;
    }
    write_end(f, index);
}

static void
close_down_to(struct filter *f, size_t depth)
{
    while (f->open->len > depth)
        close_last(f, f->open->len == depth + 1);
}

/* The depth at which an end tag of this element finds its start, by the rules of HTML
   about what end tags reach through. */
static bool
find_open(const struct filter *f, size_t index, size_t *ret_depth)
{
    const struct html_tag *want = html_tag_at(index);
    bool inner = !(want->flags & (HTML_BLOCK | HTML_FORMAT));
    for (size_t i = f->open->len; i > 0; i--) {
        const struct html_tag *tag = open_tag(f, i - 1);
        if (tag == want) {
            *ret_depth = i - 1;
            return true;
        }
        if (want->flags & HTML_TABLE ? is_named(tag, "table") : tag->flags & HTML_SCOPE)
            return false;
        if (inner && tag->flags & HTML_BLOCK)
            return false;
    }
    return false;
}

/* True when an element of this name is what a start tag of `tag` ends by being there. */
static bool
ends(const struct html_tag *tag, const struct html_tag *open)
{
    if (tag->flags & HTML_ITEM)
        return is_named(tag, "li") ? is_named(open, "li")
                                   : is_named(open, "dt") || is_named(open, "dd");
    if (is_named(tag, "td") || is_named(tag, "th"))
        return is_named(open, "td") || is_named(open, "th") || is_named(open, "caption");
    if (is_named(tag, "tr"))
        return is_named(open, "tr") || is_named(open, "caption");
    return is_named(open, "tbody") || is_named(open, "thead") || is_named(open, "tfoot")
           || is_named(open, "caption") || is_named(open, "colgroup");
}

/* True when the search for what a start tag ends stops at this open element. */
static bool
stops(const struct html_tag *tag, const struct html_tag *open)
{
    if (tag->flags & HTML_TABLE)
        return is_named(open, "table");
    return open->flags & HTML_BLOCK && !is_named(open, "div") && !is_named(open, "p")
           && !is_named(open, "address");
}

/* Close what a start tag of `tag` ends: the last item, the last cell, the paragraph. */
static void
close_implied(struct filter *f, const struct html_tag *tag)
{
    static const struct slice p = { "p", 1 };
    size_t depth, index;

    if (tag->flags & (HTML_ITEM | HTML_TABLE)) {
        for (size_t i = f->open->len; i > 0; i--) {
            if (ends(tag, open_tag(f, i - 1))) {
                close_down_to(f, i - 1);
                break;
            }
            if (stops(tag, open_tag(f, i - 1)))
                break;
        }
    }
    /* A table may stand in a paragraph: without a doctype the parser is in quirks mode. */
    if (tag->flags & HTML_BLOCK && !(tag->flags & HTML_TABLE) && !is_named(tag, "table")
        && html_tag_find(p, &index) && find_open(f, index, &depth))
        close_down_to(f, depth);
}

static void
close_element(struct filter *f, size_t index)
{
    size_t depth;
    if (f->dropped[index]) {
        f->dropped[index]--;
        return;
    }
    if (!find_open(f, index, &depth)) {
        if (f->dangling[index]) {
            f->dangling[index]--;
            f->n_dangling--;
            write_end(f, index);
        }
        return;
    }
    if (html_tag_at(index)->flags & HTML_FORMAT && depth + 1 < f->open->len) {
        /* The parser ends it, and keeps open what was opened inside. */
        g_array_remove_index(f->open, (unsigned)depth);
        f->n_format--;
        write_end(f, index);
        return;
    }
    close_down_to(f, depth);
}

/* --- tags -------------------------------------------------------------------------- */

/* Read one attribute at *at, and move behind it. False at the end of the tag. */
static bool
next_attribute(const struct filter *f, size_t *at, struct slice *ret_name,
               struct slice *ret_value)
{
    size_t i = *at;
    while (i < f->in.n && (is_blank(f->in.p[i]) || f->in.p[i] == '/'))
        i++;
    if (i >= f->in.n || f->in.p[i] == '>') {
        *at = i;
        return false;
    }

    size_t name = i++; /* HTML: a '=' here is part of the name */
    while (i < f->in.n && !is_blank(f->in.p[i]) && !strchr("/>=", f->in.p[i]))
        i++;
    *ret_name = slice_sub(f->in, name, i);
    *ret_value = (struct slice){ "", 0 };
    size_t equals = i;
    while (equals < f->in.n && is_blank(f->in.p[equals]))
        equals++;
    if (byte_at(f, equals) != '=') {
        *at = i;
        return true;
    }

    for (i = equals + 1; i < f->in.n && is_blank(f->in.p[i]);)
        i++;
    char quote = byte_at(f, i);
    size_t from = i;
    if (quote == '"' || quote == '\'') {
        i = find_byte(f, ++from, quote);
        *at = MIN(i + 1, f->in.n);
    } else {
        while (i < f->in.n && !is_blank(f->in.p[i]) && f->in.p[i] != '>')
            i++;
        *at = i;
    }
    *ret_value = slice_sub(f->in, from, i);
    return true;
}

/* Read the tag whose '<' is at `at`. False when it doesn't end. */
static bool
read_tag(const struct filter *f, size_t at, struct tag *ret_tag)
{
    struct slice name, value;
    *ret_tag = (struct tag){ .end = byte_at(f, at + 1) == '/' };
    size_t from = at + 1 + ret_tag->end, i = from;
    while (i < f->in.n && !is_blank(f->in.p[i]) && f->in.p[i] != '/' && f->in.p[i] != '>')
        i++;
    ret_tag->name = slice_sub(f->in, from, i);
    ret_tag->known = html_tag_find(ret_tag->name, &ret_tag->index);
    ret_tag->attributes = i;
    while (next_attribute(f, &i, &name, &value))
        ;
    ret_tag->after = i + 1;
    return i < f->in.n;
}

static void
write_attributes(const struct filter *f, const struct tag *tag, GString *out)
{
    struct slice name, value;
    size_t at = tag->attributes;
    unsigned n = 0;
    while (n++ < LIMIT_HTML_ATTRIBUTES && next_attribute(f, &at, &name, &value))
        write_attribute(out, name, value);
}

static void
write_start(struct filter *f, const struct tag *tag)
{
    g_string_append_printf(f->out, "<%s", html_tag_at(tag->index)->name);
    write_attributes(f, tag, f->out);
    g_string_append_c(f->out, '>');
}

/* The first <body>, wherever it stands, is that of the whole: colours, fonts. */
static void
take_body(struct filter *f, const struct tag *tag)
{
    if (f->body || tag->end || !slice_equal_nocase(tag->name, "body"))
        return;
    f->body = g_string_new(NULL);
    write_attributes(f, tag, f->body);
}

static void
prepend_body(struct filter *f)
{
    if (!f->body || f->body->len == 0)
        return;
    g_string_prepend(f->body, "<body");
    g_string_append_c(f->body, '>');
    g_string_prepend_len(f->out, f->body->str, (gssize)f->body->len);
}

static void
open_element(struct filter *f, const struct tag *tag)
{
    const struct html_tag *def = html_tag_at(tag->index);
    static const struct slice a = { "a", 1 };
    size_t index, depth;

    if (is_named(def, "a") && html_tag_find(a, &index) && find_open(f, index, &depth))
        close_element(f, index); /* links don't nest */
    close_implied(f, def);
    if (def->flags & HTML_VOID) {
        write_start(f, tag);
        return;
    }
    bool deep = f->open->len >= LIMIT_HTML_DEPTH;
    if (deep || (def->flags & HTML_FORMAT && f->n_format >= FORMAT_MAX)) {
        f->cut |= HTML_CUT_DEPTH;
        f->dropped[tag->index]++;
        return;
    }
    g_array_append_val(f->open, tag->index);
    f->n_format += (def->flags & HTML_FORMAT) != 0;
    write_start(f, tag);
}

/* Behind the end tag of a raw element. Without one, all the rest is its content. */
static size_t
after_raw(const struct filter *f, struct slice name, size_t from)
{
    for (size_t i = find_byte(f, from, '<'); i < f->in.n; i = find_byte(f, i + 1, '<')) {
        struct slice there = slice_sub(f->in, i + 2, i + 2 + name.n);
        if (byte_at(f, i + 1) != '/' || there.n != name.n
            || g_ascii_strncasecmp(there.p, name.p, name.n) != 0)
            continue;
        char c = byte_at(f, i + 2 + name.n);
        if (is_blank(c) || c == '/' || c == '>')
            return MIN(find_byte(f, i, '>') + 1, f->in.n);
    }
    return f->in.n;
}

static void
skip_tag(struct filter *f, const struct tag *tag)
{
    bool head = is_named(html_tag_at(f->skipping), "head");
    if (head && slice_equal_nocase(tag->name, "body"))
        f->skip_depth = 0;
    else if (!tag->known || tag->index != f->skipping)
        return;
    else if (tag->end)
        f->skip_depth--;
    else if (!head)
        f->skip_depth++;
}

static void
begin_skip(struct filter *f, const struct tag *tag)
{
    if (f->skip_off || tag->end)
        return;
    f->skipping = tag->index;
    f->skip_depth = 1;
    f->skip_from = tag->after;
}

/* Act on a whole tag. */
static void
take_tag(struct filter *f, const struct tag *tag)
{
    f->at = tag->after;
    take_body(f, tag);
    if (tag->known && !tag->end && html_tag_at(tag->index)->flags & HTML_RAW) {
        f->at = after_raw(f, tag->name, f->at);
        return;
    }
    if (!writing(f)) {
        skip_tag(f, tag);
        return;
    }
    if (!tag->known || html_tag_at(tag->index)->flags & HTML_RAW)
        return;
    if (html_tag_at(tag->index)->flags & HTML_DROP) {
        begin_skip(f, tag);
        return;
    }
    if (tag->end) {
        if (slice_equal_nocase(tag->name, "br"))
            g_string_append(f->out, "<br>");
        else
            close_element(f, tag->index);
        return;
    }
    if (f->n_tags++ >= LIMIT_HTML_TAGS) {
        f->cut |= HTML_CUT_TAGS;
        if (!(html_tag_at(tag->index)->flags & HTML_VOID))
            f->dropped[tag->index]++;
        g_string_append_c(f->out, ' ');
        return;
    }
    open_element(f, tag);
}

/* --- the bytes --------------------------------------------------------------------- */

/* Behind the comment, declaration or instruction whose '<' is at f->at. */
static size_t
after_comment(struct filter *f)
{
    size_t from = f->at + 2;
    if (slice_starts_nocase(slice_sub(f->in, f->at, f->in.n), "<!--")) {
        /* "<!-->" is a whole comment, so the search begins at its own dashes. */
        const char *p =
            f->no_comment_end ? NULL : memmem(f->in.p + from, f->in.n - from, "-->", 3);
        if (p)
            return (size_t)(p - f->in.p) + 3;
        /* One that never ends would hide the rest of the mail: it ends at its '>'. */
        f->no_comment_end = true;
    }
    return MIN(find_byte(f, from, '>') + 1, f->in.n);
}

static void
take_markup(struct filter *f)
{
    char next = byte_at(f, f->at + 1);
    struct tag tag;
    if (next == '!' || next == '?'
        || (next == '/' && !g_ascii_isalpha(byte_at(f, f->at + 2)))) {
        f->at = after_comment(f);
        return;
    }
    if (next != '/' && !g_ascii_isalpha(next)) {
        write_text(f, f->at, f->at + 1);
        f->at++;
        return;
    }
    if (read_tag(f, f->at, &tag))
        take_tag(f, &tag);
    else
        f->at = f->in.n;
}

/* An element whose content was being dropped never ended: read that content after all. */
static void
undo_skip(struct filter *f)
{
    f->at = f->skip_from;
    f->skip_depth = 0;
    f->skip_off = true;
}

static void
run(struct filter *f)
{
    for (;;) {
        if (f->at >= f->in.n && !writing(f))
            undo_skip(f);
        if (f->at >= f->in.n)
            return;
        if (f->out->len > LIMIT_HTML_BYTES) {
            f->cut |= HTML_CUT_BYTES;
            return;
        }
        size_t markup = find_byte(f, f->at, '<');
        size_t room = LIMIT_HTML_BYTES - MIN(f->out->len, LIMIT_HTML_BYTES) + 1;
        if (writing(f) && markup - f->at > room)
            markup = f->at + room; /* cut within a long text */
        write_text(f, f->at, markup);
        f->at = markup;
        if (byte_at(f, f->at) == '<')
            take_markup(f);
    }
}

GString *
html_filter(struct slice html, unsigned *ret_cut)
{
    struct filter f = {
        .in = html,
        .out = g_string_sized_new(MIN(html.n, LIMIT_HTML_BYTES) + 16),
        .open = g_array_new(FALSE, FALSE, sizeof(size_t)),
        .dropped = g_new0(unsigned, html_tag_count()),
        .dangling = g_new0(unsigned, html_tag_count()),
    };
    run(&f);
    close_down_to(&f, 0);
    prepend_body(&f);
    if (f.body)
        g_string_free(f.body, TRUE);
    g_array_unref(f.open);
    g_free(f.dropped);
    g_free(f.dangling);
    if (ret_cut)
        *ret_cut = f.cut;
    return f.out;
}
