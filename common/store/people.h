/*
 * people: everybody who writes to a desk or works at it, known by their addresses.
 */
#pragma once

#include <stdbool.h>

#include "common/db/db.h"

typedef struct Person {
    struct uuid id;
    struct uuid address_id;
    char *address; /* the one asked for, or the main one */
    char *name;    /* "": not known */
    char *locale;  /* their own, else the tenant's */
    bool is_agent;
    bool is_suppressed; /* no automatic mail to this address now */
} Person;

void person_free(Person *person);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Person, person_free)

Person *person_copy(const Person *person);

/* Who has this normalised address? *ret_person is NULL when nobody has. */
bool person_find(DbTx *tx, const char *address, Person **ret_person, GError **error);

/* The same, made as a customer when nobody has it. A name is taken over where there was
   none. */
Person *person_ensure(DbTx *tx, const char *address, const char *name, GError **error);

/* By id, with the main address. ERR_MISSING. */
Person *person_get(DbTx *tx, struct uuid id, GError **error);

/* The agent whom somebody calls this: by address, its local part, name or first name.
   ERR_MISSING when there is none, ERR_CONFLICT when there are several. */
Person *person_find_agent(DbTx *tx, const char *called, GError **error);

/* A permanent failure at this address; suppress_days 0: only count it. */
bool address_note_bounce(DbTx *tx, const char *address, const char *reason,
                         int suppress_days, GError **error);
