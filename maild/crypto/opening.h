/*
 * opening: one signed or encrypted mail, verified and decrypted layer by layer.
 *
 *     raw ─► mail_protection_find ─► gpg | gpgsm ─► mail_opened ─┐ ─► … ─► struct opened
 *                  ▲                                             │
 *                  └───────────── a layer within ◄───────────────┘
 *
 * Only layers that cover the whole mail are undone (common/mail/protection.h). What gpg
 * gives out before it finds that the ciphertext was changed is thrown away. Output is
 * bounded, whatever the compression. Uses a home of its own (home.h).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"

struct opening_key {
    bool is_trusted; /* certificates that chain to it, or it itself, are believed */
    char *fingerprint;
    GBytes *certificate;
    GBytes *secret; /* of home_save_secrets; NULL: none */
};

struct opening {
    struct slice raw;
    const char *sender;    /* address in From; "" */
    const GPtrArray *keys; /* of struct opening_key *; of this mail's protocol */
    const char *base;      /* folder for the home */
};

typedef struct Opened {
    char *result;      /* JSON, as messages.crypto keeps it */
    const char *lacks; /* "secret", "person": such a key would change it; NULL */
    GBytes *bytes;     /* the mail as it reads opened; NULL: as it came */
} Opened;

void opened_clear(Opened *opened);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Opened, opened_clear)

/* True with *ret_opened set in every case that lies in the mail: a bad signature, a key
   that isn't here. False with ERR_RETRY when GnuPG could not be run. */
bool opening_run(const struct opening *opening, Opened *ret_opened, GError **error);

/* The result of a mail that could not be looked at: why, in words for people. */
void opening_give_up(struct slice raw, const char *problem, Opened *ret_opened);
