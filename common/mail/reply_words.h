/*
 * reply_words: what mail clients write around what they quote, in the languages they speak.
 *
 * Tables only, and the questions asked of them. All work on folded text (words_fold), so
 * that a table has one spelling. New languages are rows here and nothing elsewhere.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/base/slice.h"

/* NFKC, case folded, marks of direction and of bold ("*From:*") removed; to be freed with
   g_free. Wrong UTF-8 becomes U+FFFD. Only the first 1,000 bytes of a line are looked at. */
char *words_fold(struct slice line);

/* "wrote", "schrieb", "a écrit" … as a word of its own somewhere in it. */
bool words_have_verb(const char *folded);

/* Such a word is its last. */
bool words_end_in_verb(const char *folded);

/* It begins as an attribution line does: "On ", "Am ", "Le " … */
bool words_have_opener(const char *folded);

enum words_label {
    WORDS_NO_LABEL,
    WORDS_FROM,
    WORDS_DATE,
    WORDS_TO,
    WORDS_CC,
    WORDS_SUBJECT,
    WORDS_OTHER, /* importance, attachments, reply-to */
};

/* The field of a header block that a line "Label: value" is, in any language. Where the
   value begins is not said: folding moves bytes; the first colon of the line parts them. */
enum words_label words_label(const char *folded);

enum words_separator {
    WORDS_NO_SEPARATOR,
    WORDS_ORIGINAL, /* "Original message": what follows is quoted */
    WORDS_FORWARD,  /* "Forwarded message" */
};

/* What a line of text (without its dashes) says that follows. Only a whole line counts. */
enum words_separator words_separator(const char *folded);

/* "Sent from my iPhone" and the like. */
bool words_sent_from(const char *folded);

/* A subject's prefix of forwarding ("fwd", "wg"), without its colon. */
bool words_forward_prefix(const char *folded);
