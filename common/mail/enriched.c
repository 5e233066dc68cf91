#include "common/mail/enriched.h"

#include <glib.h>
#include <string.h>

/* RFC 1896: at most 60 letters. */
#define COMMAND_BYTES 60

struct state {
    struct slice rest;
    bool is_richtext;
    unsigned hidden; /* open <param> and <comment> */
    unsigned nofill;
    GString *out;
};

/* "<bold>" or "</bold>" at the start of the rest: its name; of length 0 when it is none. */
static struct slice
command_at(struct slice s, bool *ret_closes)
{
    size_t at = 1;
    *ret_closes = s.n > 1 && s.p[1] == '/';
    at += *ret_closes;
    size_t n = 0;
    while (at + n < s.n && n < COMMAND_BYTES
           && (g_ascii_isalnum(s.p[at + n]) || s.p[at + n] == '-'))
        n++;
    bool ends = at + n < s.n && s.p[at + n] == '>';
    return slice_sub(s, at, ends ? at + n : at);
}

static void
count_open(unsigned *open, bool closes)
{
    if (!closes)
        ++*open;
    else if (*open)
        --*open;
}

static void
do_command(struct state *s, struct slice name, bool closes)
{
    if (slice_equal_nocase(name, "param") || slice_equal_nocase(name, "comment"))
        count_open(&s->hidden, closes);
    else if (slice_equal_nocase(name, "nofill"))
        count_open(&s->nofill, closes);
    else if (!s->is_richtext || s->hidden)
        return;
    else if (slice_equal_nocase(name, "nl") && !closes)
        g_string_append_c(s->out, '\n');
    else if (slice_equal_nocase(name, "lt") && !closes)
        g_string_append_c(s->out, '<');
    else if (slice_equal_nocase(name, "paragraph") && closes)
        g_string_append(s->out, "\n\n");
}

static void
put_newlines(struct state *s)
{
    size_t n = 0;
    while (n < s->rest.n && s->rest.p[n] == '\n')
        n++;
    s->rest = slice_sub(s->rest, n, s->rest.n);
    if (s->hidden)
        return;
    size_t kept = s->nofill ? n : s->is_richtext ? 0 : n - 1;
    if (kept == 0)
        g_string_append_c(s->out, ' ');
    for (; kept; kept--)
        g_string_append_c(s->out, '\n');
}

/* At a "<". */
static void
read_command(struct state *s)
{
    bool closes = false;
    if (!s->is_richtext && s->rest.n > 1 && s->rest.p[1] == '<') { /* "<<" is a "<" */
        if (!s->hidden)
            g_string_append_c(s->out, '<');
        s->rest = slice_sub(s->rest, 2, s->rest.n);
        return;
    }
    struct slice name = command_at(s->rest, &closes);
    if (name.n == 0) {
        if (!s->hidden)
            g_string_append_c(s->out, '<');
        s->rest = slice_sub(s->rest, 1, s->rest.n);
        return;
    }
    do_command(s, name, closes);
    s->rest = slice_sub(s->rest, (size_t)(name.p + name.n + 1 - s->rest.p), s->rest.n);
}

char *
enriched_text(struct slice text, bool is_richtext)
{
    g_autoptr(GString) out = g_string_sized_new(text.n + 1);
    struct state s = { .rest = text, .is_richtext = is_richtext, .out = out };
    while (s.rest.n) {
        if (*s.rest.p == '<') {
            read_command(&s);
        } else if (*s.rest.p == '\n') {
            put_newlines(&s);
        } else {
            if (!s.hidden)
                g_string_append_c(out, *s.rest.p);
            s.rest = slice_sub(s.rest, 1, s.rest.n);
        }
    }
    return g_string_free(g_steal_pointer(&out), false);
}
