/*
 * template_lex: Mustache source cut into tags and the text between them. Knows delimiters
 * and lines, nothing of nesting. Used by the compiler only.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/base/slice.h"

enum tag_kind {
    TAG_END, /* no tag any more */
    TAG_VARIABLE,
    TAG_RAW, /* {{{name}}} and {{&name}} */
    TAG_SECTION,
    TAG_INVERTED,
    TAG_CLOSE,
    TAG_PARTIAL,
    TAG_PARENT,
    TAG_BLOCK,
    TAG_COMMENT,
    TAG_DELIMITERS,
};

/* A tag, by offsets into the source. */
struct tag {
    enum tag_kind kind;
    struct slice name; /* trimmed */
    size_t start, end; /* of the tag with its delimiters */

    bool clear_left;   /* nothing but blanks before it on its line … */
    size_t line_start; /* … which begins here, if clear_left */
    bool clear_right;  /* nothing but blanks after it on its line … */
    size_t line_end;   /* … and the next line begins here, if clear_right */
};

struct template_lexer {
    struct slice source;
    size_t at;
    struct slice open, close; /* the delimiters, parts of the source or constants */
    size_t error_at;          /* where an error is, once there is one */
};

void template_lex_begin(struct template_lexer *lexer, struct slice source);

/* The next tag; its text runs from where the one before ended. False, error (ERR_REJECT,
   without position: that is lexer->error_at) for a tag that isn't one. */
bool template_lex_next(struct template_lexer *lexer, struct tag *ret_tag, GError **error);

/* The source as a person writes the tag ("{{#x}}"), for messages; owned by the caller. */
char *template_tag_text(enum tag_kind kind, const char *name);
