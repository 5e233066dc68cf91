/*
 * keys: OpenPGP keys and S/MIME certificates of a tenant. What is secret comes and goes
 * sealed (common/base/crypto.h); nobody here can read it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/db/db.h"

#define KEY_SEAL_LABEL "crypto key" /* what a secret is sealed as */

struct key_new {
    const char *tenant; /* name; NULL: the queue's */
    const char *queue;  /* address; NULL: every queue of the tenant */
    const char *kind;   /* "secret", "person", "authority" */
    const char *protocol;
    const char *fingerprint;
    const char *name;
    const char *const *addresses;
    int64_t expires_at; /* 0: never */
    struct slice certificate;
    struct slice sealed_secret; /* p is NULL: none */
};

/* Add or replace it, and have mails read again that waited for such a key: *ret_again is
   how many. As the owner. ERR_MISSING without such a tenant or queue. */
bool key_put(Db *db, const struct key_new *key, bool *ret_added, size_t *ret_again,
             GError **error);

/* {"keys": [{"tenant", "kind", "protocol", "fingerprint", "name", "addresses", "queue",
   "expires_at", "expired"}]}; tenant may be NULL. As the owner; owned by the caller. */
char *key_list(Db *db, const char *tenant, GError **error);

/* Forget it. What it opened stays open. ERR_MISSING; ERR_CONFLICT when several tenants
   have it and none is named. As the owner. */
bool key_remove(Db *db, const char *fingerprint, const char *tenant, GError **error);
