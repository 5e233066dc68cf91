/*
 * password: which ones are good enough, and how they are kept.
 *
 * A password is put into one Unicode form (NFKC) before anything else, so that the same
 * keys on another machine are the same password. The policy asks for length, and refuses
 * what a program would try first; it asks for no mixture of characters (NIST SP 800-63B
 * §5.1.1.2).
 *
 * Hashing is meant to be dear, so strangers must not be able to start many at once: no more
 * than LIMIT_PASSWORD_HASHES run in this process, others wait for a short while.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum password_fault {
    PASSWORD_GOOD,
    PASSWORD_SHORT,    /* under LIMIT_PASSWORD_CHARS characters */
    PASSWORD_LONG,     /* over LIMIT_PASSWORD_BYTES */
    PASSWORD_COMMON,   /* well-known, or one with a few signs around it */
    PASSWORD_SIMPLE,   /* one thing repeated, a row of keys, an alphabet */
    PASSWORD_PERSONAL, /* the address or the name, with little beside it */
};

/* What is wrong with a password for the person of this address and name (either may be
   NULL). */
enum password_fault password_judge(const char *password, const char *address,
                                   const char *name);

/* What to tell the person, an English sentence that is also the key of its translation;
   NULL for PASSWORD_GOOD. */
const char *password_fault_text(enum password_fault fault);

/* The text to store, owned by the caller. ERR_RETRY while too many others are hashed. */
char *password_hash(const char *password, GError **error);

/* Whether it is the password that `hash` was made of. With NULL (nobody has this address,
   or no password) the same time is taken and the answer is no. *ret_hash is a new text to
   store where the old one's parameters are no longer ours, else NULL. ERR_RETRY. */
bool password_check(const char *hash, const char *password, bool *ret_right,
                    char **ret_hash, GError **error);
