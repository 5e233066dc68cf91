/*
 * compose: one message of ours, from plain structs to the bytes that are sent.
 *
 * The output is strictly 7-bit with CR LF, no line above 998 bytes, text and names encoded
 * where they need it, so that no relay ever has to change it. Nothing that came from
 * someone else can add a header line: a control character in any header value is refused.
 * Pure: the same draft gives the same bytes.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct mail_box {
    const char *name;    /* UTF-8; NULL or "" for none */
    const char *address; /* "ann@example.org"; NULL: this box is not there */
};

struct mail_header {
    const char *name, *value; /* UTF-8 value; name NULL ends a list */
};

struct mail_attachment {
    const char *name;         /* UTF-8 file name; NULL or "" for none */
    const char *content_type; /* "image/png"; NULL: application/octet-stream */
    GBytes *content;
    const char *content_id; /* without <>; NULL: none */
    bool is_inline;         /* shown within the HTML by its content_id */
};

struct mail_draft {
    struct mail_box from;                      /* must be there */
    struct mail_box sender;                    /* address NULL: no Sender */
    const struct mail_box *to, *cc, *reply_to; /* end with address NULL; NULL: none */
    const char *subject;
    const char *message_id;        /* without <>; must be there */
    const char *in_reply_to;       /* without <>; NULL: none */
    const char *const *references; /* without <>, NULL-terminated; NULL: none. The first
                                      and the last ones are kept, LIMIT_REFERENCES_OUT
                                      characters in all */
    int64_t date_us;               /* must be there */
    const char *auto_submitted;    /* NULL; "auto-generated" or "auto-replied": then also
                                   X-Auto-Response-Suppress: All */
    const char *loop_address;      /* X-Loop: the queue's address; NULL: none */
    const char *thread_topic;      /* copied from the customer's client; NULL: none */
    const char *thread_index;
    const struct mail_header *headers; /* further ones, ends with name NULL; NULL: none.
                                          Not those that stand above, nor Content-* */
    const char *text;                  /* UTF-8, any newlines; NULL: no text part */
    const char *html; /* UTF-8; NULL: none. With text: multipart/alternative */
    const struct mail_attachment *attachments;
    size_t n_attachments;
};

/* The message. ERR_REJECT, with what is wrong, for a value that can't stand in a header or
   an address that isn't one; nothing is ever changed silently to make it fit. */
GBytes *mail_compose(const struct mail_draft *draft, GError **error);
