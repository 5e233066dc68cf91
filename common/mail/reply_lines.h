/*
 * reply_lines: the lines of a mail and what was found out about each. For reply*.c and
 * forward.c only.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"
#include "common/mail/reply.h"
#include "common/mail/reply_words.h"

enum line_kind {
    LINE_NEW,
    LINE_QUOTE,
    LINE_FRAME, /* attribution, header block, separator: belongs to the quote behind it */
    LINE_SIGNATURE,
};

struct line {
    struct slice whole;   /* without its line end */
    struct slice content; /* without quote marks and white space around it */
    unsigned depth;       /* how many quote marks */
    enum line_kind kind;
    enum words_label label; /* of a header block's field that it is */
    bool marked;            /* inside a region that the client marked as quote */
    bool signed_;           /* inside a region that the client marked as signature */
    bool by_hand;    /* inside a quote that the sender may have made with a button */
    bool all_known;  /* all its words are known, however few stand together … */
    bool some_known; /* … or some of them */
    bool known;      /* they are quoted words: enough of them, or marked */
    size_t new_head; /* of a frame's first line: bytes of new text before the frame */
};

/* The lines of `text`, all LINE_NEW, with depth, content and label. */
GArray *lines_read(struct slice text);

/* Set marked and signed_ from regions, and frames from marked attributions. `text` is the
   slice that `lines` were read of. */
void lines_take_regions(GArray *lines, struct slice text,
                        const struct html_region *regions, size_t n_regions);

/* Set known (see reply_known.c). */
void lines_take_known(GArray *lines, const struct slice *known, size_t n_known);

/* For each line, whether all its words, and whether some of them, stand in `known`; both
   arrays have room for a line each and are only ever set to true. ret_some may be NULL. False when `known` has too few words to compare. */
bool lines_mark_known(GArray *lines, const struct slice *known, size_t n_known,
                      bool *ret_all, bool *ret_some);

static inline struct line *
line_at(const GArray *lines, size_t i)
{
    return &g_array_index(lines, struct line, i);
}

static inline void
lines_set_kind(GArray *lines, size_t from, size_t to, enum line_kind kind)
{
    for (size_t i = from; i < to; i++)
        line_at(lines, i)->kind = kind;
}

static inline bool
line_blank(const struct line *line)
{
    return line->content.n == 0;
}

/* Quoted by a mark of its own, whatever stands above it. */
static inline bool
line_quoted(const struct line *line)
{
    return line->depth > 0 || line->marked || line->known;
}

/* --- frames: what clients put above a quote (reply_frame.c) -------------------------- */

enum frame_kind {
    FRAME_NONE,
    FRAME_ATTRIBUTION, /* "On … wrote:": a quote follows, marked or to the end */
    FRAME_HEADERS,     /* a header block or separator: all below it is quoted */
    FRAME_FORWARD,     /* the same, of a forwarded mail */
};

struct frame {
    enum frame_kind kind;
    size_t from, to; /* lines [from .. to) */
    size_t new_head; /* bytes of line `from` that stand before it */
};

/* Find a frame at line i: a block that begins there, or an attribution that ends there
   (ret_frame->from is then at or above i, not above search->floor). */
struct frame_search {
    const GArray *lines;
    size_t floor;    /* no frame begins above this line */
    unsigned budget; /* close looks that remain: they are what costs time */
};
bool frame_find(struct frame_search *search, size_t i, struct frame *ret_frame);

/* One header block at line i: its end, and the lines of its fields; (size_t)-1 for a field
   that isn't there. `sure`: a separator above says that one comes, so that fewer fields will
   do. False when no header block begins there. */
struct header_block {
    size_t to, from_line, date_line, subject_line;
};
/* A line drawn across: "________________", "-----". */
bool frame_is_rule(const struct line *line);

bool frame_header_block(const GArray *lines, size_t i, bool sure,
                        struct header_block *ret_block);

/* --- quotes (reply_quote.c) ---------------------------------------------------------- */

/* Set kind by quote marks, marks of the client, known words and frames. Lines from `end`
   on stay as they are. `forwards`: what is forwarded counts as quoted. */
void lines_take_quotes(GArray *lines, size_t end, bool forwards);

/* Quotes and new words in turn; blank lines and signatures belong to what they follow. */
struct block {
    bool quote;
    bool framed; /* a frame stands above it, or the client marked it */
    size_t from, to;
};
GArray *blocks_read(const GArray *lines);

static inline struct block *
block_at(const GArray *blocks, size_t i)
{
    return &g_array_index(blocks, struct block, i);
}

/* --- the result (reply.c) ------------------------------------------------------------ */

/* Words that would be in the reply. */
bool lines_any_new(const GArray *lines);

/* The lines by their kind; `rest` is quoted text behind the last line. */
ReplySplit lines_collect(const GArray *lines, struct slice rest);

/* The text up to LIMIT_TEXT_BYTES, cut at a line. */
struct slice lines_within_limit(struct slice text);

/* --- signatures (reply_sign.c) ------------------------------------------------------- */

/* Turn the LINE_NEW lines before `limit` that are signature into LINE_SIGNATURE. */
void lines_take_signatures(GArray *lines, size_t limit);
