#include "common/mail/rtf.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/mail/charset.h"

/* Stands in the bytes for a character of `unicode`: no ANSI code page uses it. */
#define MARK '\x01'

struct group {
    bool skip;     /* nothing in it is text */
    bool imitates; /* between \htmlrtf and \htmlrtf0 */
    int uc;        /* how many bytes follow a \u for readers without Unicode */
};

struct state {
    struct slice rest;
    struct group now;
    GArray *groups;    /* of struct group: those outside of this one */
    unsigned too_deep; /* groups opened beyond LIMIT_RTF_DEPTH */
    GString *bytes;    /* the words, in the document's code page */
    GArray *unicode;   /* of gunichar, one for each MARK */
    int to_skip;       /* bytes that still stand for the last \u */
    int codepage;
};

struct word {
    char name[32];
    bool has_number;
    int number;
};

/* --- what comes out ------------------------------------------------------------------ */

static bool
is_text(const struct state *s)
{
    return !s->now.skip && !s->now.imitates && !s->too_deep
           && s->bytes->len < LIMIT_TEXT_BYTES;
}

static void
put_byte(struct state *s, char c)
{
    if (s->to_skip > 0)
        s->to_skip--;
    else if (is_text(s) && c != MARK && c != 0)
        g_string_append_c(s->bytes, c);
}

static void
put_unicode(struct state *s, gunichar c)
{
    gunichar *last = s->unicode->len
                         ? &g_array_index(s->unicode, gunichar, s->unicode->len - 1)
                         : NULL;

    if (!is_text(s))
        return;
    bool low = c >= 0xdc00 && c < 0xe000;
    if (low && last && *last >= 0xd800 && *last < 0xdc00) {
        *last = 0x10000 + ((*last - 0xd800) << 10) + (c - 0xdc00);
        return;
    }
    g_string_append_c(s->bytes, MARK);
    g_array_append_val(s->unicode, c);
}

/* --- control words ------------------------------------------------------------------- */

/* Words whose group holds no text of the document. */
static const char *const destinations[] = {
    "fonttbl",   "colortbl",  "stylesheet", "info",
    "pict",      "object",    "header",     "footer",
    "headerl",   "headerr",   "footerl",    "footerr",
    "headerf",   "footerf",   "listtable",  "listoverridetable",
    "themedata", "datastore", "fldinst",    "private1",
};

static const struct {
    const char *name;
    gunichar c;
} characters[] = {
    { "par", '\n' },         { "line", '\n' },        { "sect", '\n' },
    { "page", '\n' },        { "row", '\n' },         { "tab", '\t' },
    { "cell", '\t' },        { "lquote", 0x2018 },    { "rquote", 0x2019 },
    { "ldblquote", 0x201c }, { "rdblquote", 0x201d }, { "bullet", 0x2022 },
    { "endash", 0x2013 },    { "emdash", 0x2014 },    { "emspace", 0x2003 },
    { "enspace", 0x2002 },
};

static void
do_word(struct state *s, const struct word *w)
{
    for (size_t i = 0; i < G_N_ELEMENTS(destinations); i++) {
        if (strcmp(w->name, destinations[i]) == 0) {
            s->now.skip = true;
            return;
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(characters); i++) {
        if (strcmp(w->name, characters[i].name) != 0)
            continue;
        if (characters[i].c < 128)
            put_byte(s, (char)characters[i].c);
        else
            put_unicode(s, characters[i].c);
        return;
    }
    if (strcmp(w->name, "htmlrtf") == 0)
        s->now.imitates = !w->has_number || w->number != 0;
    else if (strcmp(w->name, "uc") == 0 && w->has_number)
        s->now.uc = CLAMP(w->number, 0, 16);
    else if (strcmp(w->name, "ansicpg") == 0 && w->has_number && w->number > 0)
        s->codepage = w->number;
    else if (strcmp(w->name, "u") == 0 && w->has_number) {
        put_unicode(s, (gunichar)(w->number & 0xffff));
        s->to_skip = s->now.uc;
    }
}

/* A letter or more, then perhaps a number, then perhaps one space that belongs to it. */
static void
read_word(struct state *s)
{
    struct word w = { .number = 0 };
    const char *p = s->rest.p;
    size_t n = s->rest.n, i = 0, letters = 0;
    bool negative = false;

    for (; i < n && g_ascii_isalpha(p[i]); i++)
        if (letters < sizeof w.name - 1)
            w.name[letters++] = p[i];
    if (i + 1 < n && p[i] == '-' && g_ascii_isdigit(p[i + 1])) {
        negative = true;
        i++;
    }
    for (; i < n && g_ascii_isdigit(p[i]); i++) {
        w.has_number = true;
        w.number = w.number < 1000000 ? w.number * 10 + (p[i] - '0') : w.number;
    }
    if (negative)
        w.number = -w.number;
    if (i < n && p[i] == ' ')
        i++;

    int binary = strcmp(w.name, "bin") == 0 && w.number > 0 ? w.number : 0;
    s->rest = slice_sub(s->rest, MIN(i + (size_t)binary, n), n);
    do_word(s, &w);
}

static void
read_hex(struct state *s)
{
    int high = s->rest.n >= 3 ? g_ascii_xdigit_value(s->rest.p[1]) : -1;
    int low = s->rest.n >= 3 ? g_ascii_xdigit_value(s->rest.p[2]) : -1;

    if (high < 0 || low < 0) {
        s->rest = slice_sub(s->rest, 1, s->rest.n);
        return;
    }
    put_byte(s, (char)(high << 4 | low));
    s->rest = slice_sub(s->rest, 3, s->rest.n);
}

/* Behind a backslash. */
static void
read_control(struct state *s)
{
    if (s->rest.n == 0)
        return;
    char c = s->rest.p[0];
    if (g_ascii_isalpha(c)) {
        read_word(s);
        return;
    }
    if (c == '\'') {
        read_hex(s);
        return;
    }
    if (c == '*')
        s->now.skip = true;
    else if (c == '~')
        put_unicode(s, 0xa0);
    else if (c == '\n' || c == '\r')
        put_byte(s, '\n');
    else if (strchr("\\{}", c))
        put_byte(s, c);
    s->rest = slice_sub(s->rest, 1, s->rest.n);
}

/* --- groups -------------------------------------------------------------------------- */

static void
open_group(struct state *s)
{
    s->to_skip = 0;
    if (s->groups->len >= LIMIT_RTF_DEPTH)
        s->too_deep++;
    else
        g_array_append_val(s->groups, s->now);
}

static void
close_group(struct state *s)
{
    s->to_skip = 0;
    if (s->too_deep) {
        s->too_deep--;
    } else if (s->groups->len) {
        s->now = g_array_index(s->groups, struct group, s->groups->len - 1);
        g_array_set_size(s->groups, s->groups->len - 1);
    }
}

static void
read_all(struct state *s)
{
    while (s->rest.n) {
        char c = s->rest.p[0];
        s->rest = slice_sub(s->rest, 1, s->rest.n);
        if (c == '\\')
            read_control(s);
        else if (c == '{')
            open_group(s);
        else if (c == '}')
            close_group(s);
        else if (c != '\r' && c != '\n')
            put_byte(s, c);
    }
}

/* --- the text ------------------------------------------------------------------------ */

static char *
fill_marks(const char *text, const GArray *unicode)
{
    g_autoptr(GString) out = g_string_new(NULL);
    guint next = 0;

    for (const char *p = text; *p; p++) {
        if (*p != MARK) {
            g_string_append_c(out, *p);
        } else if (next < unicode->len) {
            gunichar c = g_array_index(unicode, gunichar, next++);
            g_string_append_unichar(out, g_unichar_validate(c) ? c : 0xfffd);
        }
    }
    return g_strchomp(charset_clean_text(g_string_free(g_steal_pointer(&out), false)));
}

char *
rtf_text(struct slice rtf)
{
    g_autoptr(GArray) groups = g_array_new(false, false, sizeof(struct group));
    g_autoptr(GArray) unicode = g_array_new(false, false, sizeof(gunichar));
    g_autoptr(GString) bytes = g_string_new(NULL);
    struct state s = { .rest = slice_sub(rtf, 0, LIMIT_RTF_BYTES),
                       .now = { .uc = 1 },
                       .groups = groups,
                       .bytes = bytes,
                       .unicode = unicode,
                       .codepage = 1252 };

    read_all(&s);
    g_autofree char *charset = g_strdup_printf("cp%d", s.codepage);
    g_autofree char *text =
        charset_to_utf8((struct slice){ bytes->str, bytes->len }, charset, NULL);
    return fill_marks(text, unicode);
}
