/*
 * capability: what we give to one person to come back with, and how we know it again.
 *
 * A reply address, a link to a ticket, a link to an attachment: each is a row that says
 * who may do what until when, and a token of 24 characters, 120 bits of an HMAC over that
 * row. The row does not hold the token, so whoever reads the table has none; and a
 * token can be taken back, because it is worth nothing without its row.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/config.h"
#include "common/db/db.h"

#define CAPABILITY_TOKEN_CHARS 24

enum capability_kind {
    CAPABILITY_REPLY, /* write into the conversation, as this person */
    CAPABILITY_VIEW,  /* see this one ticket */
    CAPABILITY_PART,  /* read one attachment, or the whole message as it came */
};

/* The ordinal of CAPABILITY_PART that means the whole message; parts count from 1. */
#define CAPABILITY_WHOLE 0

struct capability {
    struct uuid tenant, id;
    enum capability_kind kind;
    struct uuid conversation; /* as given out: part of what is signed */
    struct uuid person;
    struct uuid message; /* CAPABILITY_PART */
    int64_t ordinal;     /* CAPABILITY_PART: its number among the message's parts */
    int64_t expires_at;
};

struct capability_found {
    struct capability capability;
    struct uuid goes_to; /* the conversation, or the one it was merged into */
    bool expired;        /* past its time, or taken back */
};

/* The keys of an installation: the present one signs, the previous one is still believed. */
struct capability_keys {
    struct slice present;
    struct slice previous; /* empty: none */
};
struct capability_keys capability_keys_of(const Config *config);

/* The token of a capability, owned by the caller. */
char *capability_token(struct slice key, const struct capability *capability);

/* The Message-ID (without <>) of the mail that carries it: another HMAC over the same row,
   because a Message-ID is shown to everybody and must not open anything. */
char *capability_message_id(struct slice key, const struct capability *capability,
                            const char *domain);

/* The digest a token is found by. */
struct sha256 capability_digest(struct slice token);

/* "queue+token@domain" for a queue's address; owned by the caller. */
char *capability_address(const char *queue_address, const char *token);

/* The token in "queue+token@domain". False when there is none of the right shape. */
bool capability_token_in(const char *address, struct slice *ret_token);

/* Make the row. */
bool capability_add(DbTx *tx, struct slice key, const struct capability *capability,
                    GError **error);

/* Find a token's row among this transaction's tenant's and check its signature. False
   without error: there is none, or the signature is wrong. An expired one is found. */
bool capability_find(DbTx *tx, const struct capability_keys *keys, struct slice token,
                     struct capability_found *ret_found, GError **error);

/* Which tenant a token may belong to; nil: none. For a door that knows no tenant yet. */
bool capability_find_tenant(Db *db, struct slice token, struct uuid *ret_tenant,
                            GError **error);

/* Note that it came back: the address it was sent to is verified. */
bool capability_use(DbTx *tx, struct uuid id, GError **error);
