/*
 * post: what somebody writes on the web or hands in through the API.
 *
 *     words, files ─► RFC 5322 message ─► inbound, done ─► apply_open, apply_say
 *
 * It becomes a mail like any other, in the transaction of its desk_context: the raw bytes
 * are the only copy, its files are parts of them, and threading, export and notices treat
 * it as they treat what came by mail.
 */
#pragma once

#include "common/desk/apply.h"

struct post_file {
    const char *name;         /* UTF-8, as the browser gave it */
    const char *content_type; /* likewise: "" or no type: application/octet-stream */
    struct slice content;
};

struct post_words {
    const Person *author;
    const char *text; /* Markdown, as typed: it is the message's plain text, and the HTML
                         beside it is made of it */
    const struct post_file *files;
    size_t n_files;
    const char *evidence; /* JSON: how we know the author */
};

struct post_opening {
    struct uuid queue; /* nil: the tenant's first */
    const char *subject;
    const char *category, *priority; /* NULL: the queue's */
    const char *custom_fields;       /* JSON object; NULL: {} */
    const char *channel, *source;    /* "portal" or "api" */
};

/* Open a ticket for the author. ERR_REJECT for words or files over their limits
   (LIMIT_POST_*), or none. */
bool post_open(const struct desk_context *desk, const struct post_opening *opening,
               const struct post_words *words, struct uuid *ret_conversation,
               GError **error);

/* Write into one. ERR_MISSING when it is not there, or not shown to this viewer. */
bool post_say(const struct desk_context *desk, struct uuid conversation,
              enum apply_voice voice, const struct post_words *words,
              struct uuid *ret_message, GError **error);
