/*
 * inner: files that stand within the content of one part: what winmail.dat holds (tnef.h),
 * and uuencode and yEnc blocks in a text (embedded.h).
 *
 *     part 1.2 ─► transfer_decode ─► inner_read ─► 1.2/1, 1.2/2, …
 *
 * They have no place of their own in the raw bytes. So the index names them by the part
 * they stand in (the same offset and length), and by an encoding of two words: that of the
 * part, and what is undone behind it. "base64 tnef:2" is the second file of a winmail.dat
 * in base64, "7bit text:1" the first block of a text. A mail can't declare such an
 * encoding itself, as the field is read up to its first space. The order of the files
 * depends on the bytes alone, so the number finds the same file again.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"

struct inner_file {
    char *name;         /* UTF-8 on one line, without a path; "" when there is none */
    char *content_type; /* lower case, never "" */
    char *content_id;   /* without <>, "" */
    bool is_inline;     /* shown within the text */
    GBytes *content;
};

struct inner_file *inner_file_new(void);
void inner_file_free(void *file);

/* A name as it may be shown and stored: one line, without the folders before it. Takes
   `name`, gives one that the caller owns. */
char *inner_name(char *take_name);

enum inner_kind { INNER_NONE, INNER_TNEF, INNER_TEXT };

/* What may stand in a part of this type and name. Text only when it is shown as one. */
enum inner_kind inner_kind(const char *content_type, const char *name, bool is_body);

/* The files (of struct inner_file *) in decoded content, and in *ret_problem, if wanted,
   what is wrong with them, as a static text, or NULL. `charset` is that of a text. */
GPtrArray *inner_read(enum inner_kind kind, struct slice content, const char *charset,
                      const char **ret_problem);

/* "base64 tnef:2"; owned by the caller. */
char *inner_encoding(const char *encoding, enum inner_kind kind, guint number);

/* Split such an encoding: the outer one is *ret_outer, owned by the caller. False when it
   isn't of two words: then nothing is set. An unknown second word has number 0. */
bool inner_split_encoding(const char *encoding, char **ret_outer,
                          enum inner_kind *ret_kind, guint *ret_number);
