/*
 * key_file: an OpenPGP key or S/MIME certificate, as people have it in a file, looked at
 * with GnuPG: whose it is, and what is to be kept of it. For `maild key add`.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"
#include "common/mail/protection.h"

typedef struct KeyFile {
    enum mail_protocol protocol;
    char *fingerprint;   /* upper-case hex */
    char *name;          /* "Ada <ada@x.example>", as the key says; UTF-8 on one line */
    char **addresses;    /* normalised */
    int64_t expires_at;  /* µs since 1970; 0: never */
    GBytes *certificate; /* the public part; of PKCS #12 with what came along */
    GBytes *secret;      /* its private keys, not locked: to be sealed; NULL: none */
} KeyFile;

/* Read OpenPGP (armoured or binary) or S/MIME (PKCS #12, PEM, DER). `passphrase` (may be
   NULL) unlocks what is locked. ERR_REJECT when it is no key, or several that don't belong
   together. */
KeyFile *key_file_read(struct slice bytes, const char *passphrase, GError **error);
void key_file_free(KeyFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(KeyFile, key_file_free)
