/*
 * protocol: LMTP as a pure push parser (RFC 2033, 5321, 3030, 6531): bytes in, the next
 * event out, no I/O and no memory but its own.
 *
 *     bytes ─► lines ─► command ─► LMTP_MAIL, LMTP_RCPT, …
 *         └──► DATA, dot-unstuffed ─► LMTP_BYTES … LMTP_DATA_END
 *         └──► BDAT chunk, as it is ─► LMTP_BYTES … LMTP_CHUNK_END
 *
 * Lines end with CR LF and nothing else does anything: a bare CR or LF in a command refuses
 * that whole line, in DATA it makes the message unclean, and only <CR LF . CR LF> ends it.
 * So two servers in a row can't disagree about where a message ends ("SMTP smuggling").
 * However the same bytes are cut, the same events come out (LMTP_BYTES put together).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/limits.h"
#include "common/base/slice.h"
#include "maild/lmtp/replies.h"

enum lmtp_event_type {
    LMTP_MORE, /* nothing until more bytes come */
    LMTP_LHLO,
    LMTP_MAIL,
    LMTP_RCPT,
    LMTP_DATA, /* the caller says lmtp_parser_begin_data, or the next bytes are commands */
    LMTP_BDAT, /* LMTP_BYTES and LMTP_CHUNK_END follow by themselves */
    LMTP_RSET,
    LMTP_NOOP,
    LMTP_VRFY,
    LMTP_HELP,
    LMTP_QUIT,      /* nothing follows */
    LMTP_BAD,       /* a line to be refused with `reply` */
    LMTP_HANG_UP,   /* the same, and where the next command begins can't be known */
    LMTP_BYTES,     /* `text` is a piece of the message */
    LMTP_DATA_END,  /* the message is whole; `clean` */
    LMTP_CHUNK_END, /* the chunk of the last LMTP_BDAT is whole */
};

struct lmtp_event {
    enum lmtp_event_type type;
    struct slice text; /* LHLO: the name. MAIL, RCPT: the address without < > and source
                              route, empty for <>. BYTES: into the caller's input. */
    int64_t size;      /* MAIL: of SIZE=, -1 without. BDAT: of the chunk. */
    bool smtputf8;     /* MAIL */
    bool last;         /* BDAT */
    bool clean;        /* DATA_END: every line ended with CR LF, no CR or LF was bare */
    enum lmtp_reply reply; /* BAD, HANG_UP */
};

enum lmtp_parser_state {
    LMTP_IN_LINE,
    LMTP_IN_BAD_LINE, /* already refused; its end is awaited */
    LMTP_IN_DATA,
    LMTP_IN_CHUNK,
    LMTP_ENDED
};

/* Where DATA stands: what came just before. */
enum lmtp_data_state {
    LMTP_AT_START,   /* CR LF, or nothing */
    LMTP_IN_TEXT,    /* something else */
    LMTP_AFTER_CR,   /* CR */
    LMTP_AFTER_DOT,  /* CR LF . */
    LMTP_AFTER_DOTCR /* CR LF . CR */
};

/* To be zeroed; its members are for protocol.c. */
struct lmtp_parser {
    enum lmtp_parser_state state;
    enum lmtp_data_state data;
    bool unclean;
    bool after_cr; /* in a line */
    uint64_t chunk_left;
    size_t line_n;
    char line[LIMIT_LMTP_LINE];
};

/* Take bytes off *input up to the next event. *ret_event's text is good until the next call
   (or, of LMTP_BYTES, as long as the input). LMTP_MORE when all is taken and no event is
   complete. */
void lmtp_parser_next(struct lmtp_parser *parser, struct slice *input,
                      struct lmtp_event *ret_event);

/* After LMTP_DATA was answered with 354: a message follows. */
void lmtp_parser_begin_data(struct lmtp_parser *parser);
