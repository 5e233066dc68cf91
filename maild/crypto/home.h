/*
 * home: a GnuPG home of its own for one piece of work: keys go in, gpg or gpgsm works with
 * these alone, and all of it is gone afterwards.
 *
 * No network: no dirmngr, no key server, no key or certificate fetched, no revocation list
 * asked for (CRLs and OCSP both need one; a revoked certificate has to be removed by
 * hand). No user's keyring, no smart card, no pinentry but our own. OpenPGP keys in it are
 * believed because the administrator added them; of certificates those are that chain to a
 * home_trust. The files lie below $RUNTIME_DIRECTORY (systemd's is in memory) or the
 * temporary directory, readable by this user alone.
 *
 * GPGME is seen by the files of this folder only.
 */
#pragma once

#include <glib.h>
#include <gpgme.h>
#include <stdbool.h>

#include "common/base/slice.h"
#include "common/mail/protection.h"

typedef struct Home Home;

/* A folder for homes of this process; those of dead processes are removed first. Owned by
   the caller, removed with home_remove_base. */
char *home_make_base(GError **error);
void home_remove_base(const char *base);

/* An empty one in `base`. `passphrase` answers when a key is to be unlocked: NULL, then
   nothing does. */
Home *home_new(const char *base, const char *passphrase, GError **error);
void home_free(Home *home);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Home, home_free)

/* A context that works in it; gpgme_release. ERR_RETRY where GnuPG is not installed. */
gpgme_ctx_t home_context(const Home *home, enum mail_protocol protocol, GError **error);

/* Import keys or certificates, in whatever form GnuPG takes. ERR_REJECT. */
bool home_import(const Home *home, enum mail_protocol protocol, struct slice bytes,
                 GError **error);

/* Certificates that chain to the one with this fingerprint are believed. */
bool home_trust(const Home *home, const char *fingerprint, GError **error);

/* The private keys in it as one block of bytes, NULL when there are none, and back.
   ERR_REJECT when one is locked by a passphrase, or the bytes are no such block. */
bool home_save_secrets(const Home *home, GBytes **ret_block, GError **error);
bool home_load_secrets(const Home *home, struct slice block, GError **error);

/* What a GPGME error is to us: `what` and its own words. Always false. */
bool home_failed(GError **error, gpgme_error_t code, const char *what);

typedef struct gpgme_context CryptoContext;
typedef struct gpgme_data CryptoData;
typedef struct _gpgme_key CryptoKey;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CryptoContext, gpgme_release)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CryptoData, gpgme_data_release)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CryptoKey, gpgme_key_unref)
