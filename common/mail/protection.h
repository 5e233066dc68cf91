/*
 * protection: whether a mail is signed or encrypted (OpenPGP: RFC 3156, RFC 9580 armour;
 * S/MIME: RFC 8551), and the mail that comes out once somebody with keys has opened it.
 *
 *     raw ─► mail_parse ─► struct mail_protection ─► (maild/crypto: gpg) ─► mail_opened
 *
 * Only what covers the whole mail counts: a multipart/signed or multipart/encrypted of
 * exactly its two parts at the top, one PKCS #7 body, one text that is armour from its
 * first line to its last. Whatever else stands beside a protected part (a list's footer,
 * an attacker's HTML around somebody's ciphertext) makes it `whole` = false: such a part
 * is never opened into the mail's own text. So decrypted and plain words never meet.
 *
 * Pure: nothing is checked or decrypted here.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"
#include "common/mail/structure.h"

enum mail_protection_kind { MAIL_PLAIN, MAIL_SIGNED, MAIL_ENCRYPTED };
enum mail_protocol { MAIL_OPENPGP, MAIL_SMIME };

struct mail_protection {
    enum mail_protection_kind kind;
    enum mail_protocol protocol;
    bool is_inline; /* armour in a text */
    bool whole;     /* it covers all of the mail; the fields below are set */
    bool detached;  /* the signature stands beside what it signs */
    size_t content_offset, content_length; /* detached: what is signed, within raw */
    size_t data_offset, data_length; /* the signature, ciphertext or signed data … */
    char *encoding;                  /* … and the transfer encoding of it; owned */
};

/* "openpgp", "smime". */
const char *mail_protocol_name(enum mail_protocol protocol);

/* What the structure of `raw` says; fills *ret_protection, whose encoding is the caller's
   to free. For mail_parse. */
void protection_read(struct slice raw, const Structure *structure,
                     struct mail_protection *ret_protection);

/* The same of a mail that nobody has parsed. */
void mail_protection_find(struct slice raw, struct mail_protection *ret_protection);

void mail_protection_clear(struct mail_protection *protection);
typedef struct mail_protection MailProtection;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MailProtection, mail_protection_clear)

/* Of a whole one: what is to be verified or decrypted, decoded; and, where the signature
   is detached, the signed bytes with the line ends that RFC 1847 §2.1 asks for (else
   NULL). Owned by the caller. */
GBytes *mail_protected_data(struct slice raw, const struct mail_protection *protection);
GBytes *mail_signed_content(struct slice raw, const struct mail_protection *protection);

/* A mail with the header of `raw` and the content that came out of it: `entity` is a MIME
   entity with its own Content- fields (no other field of it is taken over: From and
   Subject stay those that the mail came with), or, of armour in a text, the text itself.
   Owned by the caller. */
GBytes *mail_opened(struct slice raw, const struct mail_protection *protection,
                    struct slice entity);
