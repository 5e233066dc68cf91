#include "common/text/template_lex.h"

#include <string.h>

#include "common/base/error.h"
#include "common/base/limits.h"

static const char sigils[] = {
    [TAG_RAW] = '&',     [TAG_SECTION] = '#', [TAG_INVERTED] = '^', [TAG_CLOSE] = '/',
    [TAG_PARTIAL] = '>', [TAG_PARENT] = '<',  [TAG_BLOCK] = '$',    [TAG_COMMENT] = '!',
};

void
template_lex_begin(struct template_lexer *lexer, struct slice source)
{
    *lexer = (struct template_lexer){
        .source = source,
        .open = slice_from("{{"),
        .close = slice_from("}}"),
    };
}

char *
template_tag_text(enum tag_kind kind, const char *name)
{
    const char sigil[] = { kind < sizeof sigils ? sigils[kind] : '\0', '\0' };
    return g_strdup_printf("{{%s%s}}", sigil, name);
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Whether only blanks stand between the beginning of the line and the tag, and after it.
   Each run of blanks is walked at most twice in a whole source: this stays linear. */
static void
look_around(struct slice source, struct tag *tag)
{
    size_t left = tag->start, right = tag->end;
    while (left > 0 && is_blank(source.p[left - 1]))
        left--;
    tag->clear_left = left == 0 || source.p[left - 1] == '\n';
    tag->line_start = left;

    while (right < source.n && is_blank(source.p[right]))
        right++;
    if (right + 1 < source.n && source.p[right] == '\r' && source.p[right + 1] == '\n')
        right++;
    tag->clear_right = right == source.n || source.p[right] == '\n';
    tag->line_end = right == source.n ? right : right + 1;
}

static bool
fail(struct template_lexer *lexer, size_t at, const char *message, GError **error)
{
    lexer->error_at = at;
    return error_set(error, ERR_REJECT, "%s", message);
}

static bool
find(struct slice source, size_t from, struct slice needle, size_t *ret_at)
{
    if (from >= source.n)
        return false;
    const char *hit = memmem(source.p + from, source.n - from, needle.p, needle.n);
    if (hit)
        *ret_at = (size_t)(hit - source.p);
    return hit != NULL;
}

static enum tag_kind
kind_of(char sigil)
{
    if (sigil == '{')
        return TAG_RAW;
    if (sigil == '=')
        return TAG_DELIMITERS;
    for (size_t i = TAG_RAW; i < sizeof sigils; i++)
        if (sigils[i] == sigil)
            return (enum tag_kind)i;
    return TAG_VARIABLE;
}

static size_t
word_length(struct slice s)
{
    size_t n = 0;
    while (n < s.n && !g_ascii_isspace(s.p[n]))
        n++;
    return n;
}

/* A name is one word; its bytes are free otherwise. */
static bool
check_name(struct template_lexer *lexer, const struct tag *tag, GError **error)
{
    if (tag->name.n == 0)
        return fail(lexer, tag->start, "a tag without a name", error);
    if (tag->name.n > LIMIT_TEMPLATE_NAME)
        return fail(lexer, tag->start, "a name longer than any", error);
    if (word_length(tag->name) != tag->name.n || memchr(tag->name.p, '\0', tag->name.n))
        return fail(lexer, tag->start, "a name with white space in it", error);
    return true;
}

/* {{=<% %>=}}: two words without an equals sign. */
static bool
set_delimiters(struct template_lexer *lexer, const struct tag *tag, GError **error)
{
    struct slice open = slice_sub(tag->name, 0, word_length(tag->name));
    struct slice close = slice_trim(slice_sub(tag->name, open.n, tag->name.n));
    if (open.n == 0 || close.n == 0 || word_length(close) != close.n
        || memchr(tag->name.p, '=', tag->name.n) || open.n > LIMIT_TEMPLATE_NAME
        || close.n > LIMIT_TEMPLATE_NAME)
        return fail(lexer, tag->start,
                    "new delimiters are two words without '=', as in {{=<% %>=}}", error);

    lexer->open = open;
    lexer->close = close;
    return true;
}

/* Where the inside of a tag ends: {{{ and {{= want their mark again before the closing
   delimiter. */
static bool
find_close(const struct template_lexer *lexer, size_t from, char mark, size_t *ret_at,
           size_t *ret_end)
{
    for (size_t at = from; find(lexer->source, at, lexer->close, &at); at++) {
        if (mark && lexer->source.p[at] == mark
            && slice_equal(slice_sub(lexer->source, at + 1, at + 1 + lexer->close.n),
                           lexer->close)) {
            *ret_at = at; /* the mark looks like a part of the delimiter: "}}}" */
            *ret_end = at + 1 + lexer->close.n;
            return true;
        }
        if (!mark || (at > from && lexer->source.p[at - 1] == mark)) {
            *ret_at = mark ? at - 1 : at;
            *ret_end = at + lexer->close.n;
            return true;
        }
    }
    return false;
}

bool
template_lex_next(struct template_lexer *lexer, struct tag *ret_tag, GError **error)
{
    struct slice source = lexer->source;
    struct tag tag = { .kind = TAG_END, .start = source.n, .end = source.n };
    if (!find(source, lexer->at, lexer->open, &tag.start)) {
        lexer->at = source.n;
        *ret_tag = tag;
        return true;
    }

    size_t inside = tag.start + lexer->open.n, inside_end = 0;
    while (inside < source.n && g_ascii_isspace(source.p[inside]))
        inside++;
    tag.kind = inside < source.n ? kind_of(source.p[inside]) : TAG_VARIABLE;
    char mark = '\0';
    if (tag.kind == TAG_DELIMITERS)
        mark = '=';
    else if (tag.kind == TAG_RAW && source.p[inside] == '{')
        mark = '}';
    inside += tag.kind != TAG_VARIABLE;
    if (!find_close(lexer, inside, mark, &inside_end, &tag.end))
        return fail(lexer, tag.start, "a tag that is not closed", error);

    tag.name = slice_trim(slice_sub(source, inside, inside_end));
    look_around(source, &tag);
    lexer->at = tag.end;
    if (tag.kind == TAG_DELIMITERS
            ? !set_delimiters(lexer, &tag, error)
            : tag.kind != TAG_COMMENT && !check_name(lexer, &tag, error))
        return false;

    *ret_tag = tag;
    return true;
}
