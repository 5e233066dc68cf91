/*
 * header: the fields of one header block, as slices of the raw bytes (RFC 5322 §2.2).
 *
 * Tolerant as mail readers are: LF, CR LF and bare CR end a line; a mbox "From " line and
 * lines that are no field are passed over; a block that ends in the middle is complete as
 * far as it goes. Linear in the size of the block.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"

struct header_field {
    struct slice name; /* without white space before the colon */
    struct slice
        value; /* behind the colon, folded as it came, without the last newline */
};

struct header_block {
    struct header_field *fields; /* owned; the slices are the input's */
    size_t count;
    size_t body;    /* offset of what follows the empty line, from the input's start */
    bool clipped;   /* more bytes or fields than the limits: the rest was not read */
    bool has_empty; /* an empty line ended the block */
    const char
        *charset; /* of raw 8-bit in values where it isn't UTF-8; NULL: not known */
    size_t junk;  /* lines that are no header field */
};

/* Cut the next line off *rest: ended by LF, CR LF, or a CR alone. *ret_line is without its
   end. False when nothing is left. */
bool header_next_line(struct slice *rest, struct slice *ret_line);

/* Take one line apart as a field; false when it is none. */
bool header_split_field(struct slice line, struct header_field *ret_field);

/* Read the block at the start of `in`. A mail without any field has its body at 0. */
void header_read(struct slice in, struct header_block *ret_block);

/* The same for a part of a multipart, whose block may be empty: just the empty line. */
void header_read_part(struct slice in, struct header_block *ret_block);

void header_clear(struct header_block *block);
typedef struct header_block HeaderBlock;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HeaderBlock, header_clear)

/* The n-th (from 0) field of this name, NULL when there aren't so many. */
const struct header_field *header_find_nth(const struct header_block *block,
                                           const char *name, size_t n);
const struct header_field *header_find(const struct header_block *block,
                                       const char *name);

/* The value on one line, bytes as they are, white space at the ends cut; owned by the
   caller. NUL becomes a space. "" for NULL. */
char *header_unfold(const struct header_field *field);

/* The same with raw 8-bit bytes decoded to UTF-8, encoded words left as they are. */
char *header_unfold_utf8(const struct header_block *block,
                         const struct header_field *field);

/* The value on one line, RFC 2047 and raw 8-bit decoded to UTF-8, without control
   characters; owned by the caller. "" for NULL. */
char *header_text(const struct header_block *block, const struct header_field *field);

/* Short forms: the first field of that name. */
char *header_get_unfolded(const struct header_block *block, const char *name);
char *header_get_text(const struct header_block *block, const char *name);
