/*
 * mail: one message, RFC 5322 and MIME, from raw bytes to plain structs.
 *
 *     raw ─► structure (header blocks, parts as offsets) ─► header values decoded
 *                                                        ─► text and HTML put together
 *                                                        ─► classify, bounce, authentication
 *
 * Pure: bytes in, structs out; no I/O, no log, no state between calls, so any process or
 * thread may use it (GMime is initialised on the first call). Bad mail is the normal case:
 * whatever the bytes are, there is a Mail, and each problem stands in `errors` together
 * with what was done about it. Parts are an index over the raw bytes (offset, length,
 * encoding); mail_part_decode gives the content of one without parsing again, so only the
 * raw message has to be kept. The files in a winmail.dat and those written into a text
 * (uuencode, yEnc) are parts of their own beside the part that they stand in. `text` is the
 * whole text, uuencode in it too unless it would be too long; mail_split leaves it out.
 *
 * GMime decodes quoted-printable and uuencode, reads dates, and writes the MIME tree of
 * what we compose. The tree of parts, addresses, parameters and charsets are read by us:
 * GMime has no bound on parts and does not say where one lies (structure.h), and it takes
 * declared charsets by the letter where mail in the field does not mean them (charset.h).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"
#include "common/mail/protection.h"

/* One mailbox of a header field. */
struct mail_address {
    char *name;     /* decoded, UTF-8; "" when there is none */
    char *address;  /* normalised (address.h); "" when it isn't one we could answer */
    char *original; /* the mailbox as it stood there, decoded */
};

enum mail_auto {
    MAIL_AUTO_NONE,      /* a person wrote it, as far as can be told */
    MAIL_AUTO_REPLIED,   /* vacation notes, auto-responders (RFC 3834 auto-replied) */
    MAIL_AUTO_GENERATED, /* reports, notifications, delivery status */
    MAIL_AUTO_BULK,      /* newsletters, Precedence: bulk and junk */
    MAIL_AUTO_LIST,      /* came through a mailing list */
    MAIL_AUTO_LOOP,      /* carries our own mark: we sent it, or answered it */
};

struct mail_part {
    char *path;         /* "1", "1.2"; the message itself when it isn't multipart: "1";
                           "1.2/1" the first file within part 1.2 (inner.h) */
    char *content_type; /* lower case "text/plain" */
    char *charset;      /* as declared, "" when not */
    char *encoding;   /* lower case "base64"; "" is 7bit; "base64 tnef:1" of a file within
                           a part (inner.h): its offset and length are that part's */
    char *name;       /* decoded file name; "" when there is none */
    char *content_id; /* without <> ; "" when there is none */
    char *parameters; /* the Content-Type value as it stood there, decoded */
    bool is_inline;   /* shown within the text (cid: or Content-Disposition: inline) */
    bool is_body;     /* its content went into text or html; else it is an attachment */
    size_t offset;    /* of the encoded content within raw */
    size_t length;
    uint64_t size; /* of the decoded content */
    char *sha256;  /* of the decoded content, hex */
};

/* One recipient of a delivery report (RFC 3464), or what a report in words amounts to. */
struct mail_bounce {
    char *action;              /* failed, delayed, delivered, relayed, expanded */
    char *status;              /* RFC 3463 "5.1.1"; "" when nothing tells */
    char *recipient;           /* normalised address; "" when nothing tells */
    char *original_message_id; /* without <> ; "" when nothing tells */
    char *diagnostic;          /* what the server said; "" when nothing tells */
};

/* What a trusted relay stated (RFC 8601): "pass", "fail", "none", …; "" = not stated. */
struct mail_authentication {
    char *authserv_id; /* NULL: no trusted statement */
    char *dmarc;
    char *dmarc_domain; /* header.from */
    char *dkim;         /* "pass" when any signature passes */
    char *dkim_domain;  /* header.d of that signature */
    char *spf;
    char *spf_domain; /* smtp.mailfrom, or its domain */
};

typedef struct Mail {
    char *message_id; /* without <>; never "" */
    bool message_id_derived;
    char **in_reply_to; /* NULL-terminated, without <> */
    char **references;  /* the first and the last ones when there are very many */
    char **more_ids;    /* of second and further fields of these two names: against the
                           rules, so only of use to find the thread */

    int64_t date_us; /* 0: missing or unreadable */
    int date_zone;   /* of the sender, in minutes east of UTC */
    char *subject;   /* decoded, one line */
    GPtrArray *from; /* of struct mail_address * */
    GPtrArray *to;
    GPtrArray *cc;
    GPtrArray *reply_to;
    struct mail_address *sender; /* NULL: none */
    char *return_path;           /* NULL: none; "" the null path */

    char *
        text; /* best plain text: valid UTF-8, LF, no control characters but TAB and LF */
    char *html;           /* as it came, in UTF-8, NOT safe to show; NULL: none */
    bool text_is_of_html; /* text is html_text_make(html): there is no text part */
    GPtrArray *parts;     /* of struct mail_part *, leaves only, in order of appearance */

    char *body_sha256; /* of what follows the header block, trailing white space cut */

    enum mail_auto automatic;
    char *auto_evidence;   /* the header field that decided, "Name: value"; "" for none */
    bool is_out_of_office; /* a vacation note: must never reopen anything */
    char *auto_submitted;  /* value of Auto-Submitted, trimmed; "" when there is none */
    GPtrArray *bounces;    /* of struct mail_bounce *; empty: no delivery report */
    bool is_feedback;      /* an abuse report (RFC 5965) */

    struct mail_authentication authentication;
    struct mail_protection
        protection;     /* as the mail claims it: nothing is checked here */
    char *thread_index; /* Outlook's, to be copied into answers; NULL: none */
    char *thread_topic;
    char *language; /* Content-Language; NULL: none (meaning.h guesses) */

    GPtrArray *errors; /* of char *: a problem, and what was done about it */
} Mail;

struct mail_options {
    const char *const *trusted_authserv_ids; /* NULL-terminated; NULL: none is trusted */
    const char *const *own_addresses;        /* normalised, for X-Loop; NULL: none */
};

/* Read a message. `options` may be NULL. Always gives a Mail, except with ERR_BUG when we
   ourselves are at fault. `raw` is only used during the call. */
Mail *mail_parse(struct slice raw, const struct mail_options *options, GError **error);

void mail_free(Mail *mail);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mail, mail_free)

/* All ids that the mail names, NULL-terminated (of const char *, the mail's own): those it
   answers first. An id may be there twice. To be freed with g_ptr_array_unref. */
GPtrArray *mail_named_ids(const Mail *mail);

/* The decoded content of a part of this raw message. Only offset, length and encoding of
   `part` are used, so it may come from the database. ERR_CONFLICT when they lie outside
   raw, or no such file is within. Undecodable bytes are skipped, as every mail reader
   does. */
GBytes *mail_part_decode(struct slice raw, const struct mail_part *part, GError **error);

/* What has been decoded, as text: valid UTF-8, LF newlines, no control characters but TAB
   and LF. `charset` is the declared one, NULL or "" when none was. */
char *mail_part_text(struct slice decoded, const char *charset);

/* "none", "auto-replied", "auto-generated", "bulk", "list", "loop". */
const char *mail_auto_name(enum mail_auto automatic);
