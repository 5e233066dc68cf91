/*
 * admin: what the verbs of maild do to an installation and read from it, over all tenants.
 * The connection is the owner's, whom no policy stops.
 *
 * The admin_put functions are idempotent: done twice they end the same as done once, and
 * what isn't named stays as it is. Addresses come normalised (common/mail/address.h).
 * *ret_added tells whether it was new.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/db/db.h"

struct admin_tenant {
    const char *name;   /* "desk.example" */
    const char *title;  /* NULL: its name, or what it has */
    const char *locale; /* NULL: en, or what it has */
};
bool admin_put_tenant(Db *db, const struct admin_tenant *tenant, bool *ret_added,
                      GError **error);

struct admin_queue {
    const char *tenant;
    const char *address;
    const char *name; /* NULL: the local part, or what it has */
    const char *const
        *agents; /* addresses, joining its team; NULL: when the queue is new,
                                  all agents that the tenant has */
};

/* ERR_MISSING without such a tenant; ERR_CONFLICT when the address is another queue's. */
bool admin_put_queue(Db *db, const struct admin_queue *queue, bool *ret_added,
                     GError **error);

struct admin_agent {
    const char *tenant;
    const char *address;
    const char *name; /* NULL: what it has */
    const char *team; /* NULL: the teams of all queues of the tenant */
};

/* A customer of this address becomes an agent. ERR_MISSING without such a tenant. */
bool admin_put_agent(Db *db, const struct admin_agent *agent, bool *ret_added,
                     GError **error);

/* An agent of this address becomes an admin. ERR_MISSING without such a person. */
bool admin_make_admin(Db *db, const char *tenant, const char *address, GError **error);

/* A host name of the tenant's portal, normalised (A-labels, lower case). ERR_MISSING without
   such a tenant; ERR_CONFLICT when it is another's. */
bool admin_put_domain(Db *db, const char *tenant, const char *domain, bool *ret_added,
                      GError **error);

/* Another address of a queue. ERR_MISSING without such a queue; ERR_CONFLICT when it is
   another's. */
bool admin_put_alias(Db *db, const char *address, const char *queue, bool *ret_added,
                     GError **error);

/* {"tenants": [{"name", "inbound": {"waiting", "oldest"}, "quarantined", "outbox":
   {"waiting", "retrying", "oldest"}, "failed", "queues": [{"address", "name", "open"}],
   "mailboxes": [{"name", "queue", "last_uid", "last_contact", "failing_since", "error",
   "read_by"}]}]}; owned by the caller. */
char *admin_read_status(Db *db, GError **error);

/* {"quarantined": [{"id", "tenant", "received_at", "size", "from", "recipients", "tries",
   "reason"}]}, the oldest first. */
char *admin_list_quarantine(Db *db, GError **error);

/* One of them, with "door", "peer" and "truncated" too, and its raw bytes. ERR_MISSING. */
char *admin_read_quarantined(Db *db, struct uuid id, GBytes **ret_raw, GError **error);

/* {"ignored": [{"id", "tenant", "received_at", "size", "from", "recipients", "door",
   "reason"}]}: what is kept but was not made into anything, the newest first, at most so
   many. `tenant` may be NULL. */
char *admin_list_ignored(Db *db, const char *tenant, int64_t most, GError **error);

/* One of them, and its raw bytes. ERR_MISSING. */
char *admin_read_ignored(Db *db, struct uuid id, GBytes **ret_raw, GError **error);

/* Have it read again, from the first try; or keep it and make nothing of it. Either is an
   event. ERR_MISSING when it isn't in quarantine. */
bool admin_retry_quarantined(Db *db, struct uuid id, GError **error);
bool admin_drop_quarantined(Db *db, struct uuid id, GError **error);

/* One mail of a ticket, as it came or as it left. All borrowed for the call. */
struct admin_mail {
    const char *envelope_from;
    int64_t time_us;
    const char *protection; /* crypto_text; NULL: neither signed nor encrypted */
    struct slice raw;
};
typedef bool (*AdminMail)(const struct admin_mail *mail, void *data, GError **error);

/* Hand over every mail of the ticket with this number, in order of time. tenant may be
   NULL where only one has such a number: ERR_CONFLICT when several have, ERR_MISSING when
   none has. */
bool admin_each_mail(Db *db, int64_t number, const char *tenant, AdminMail each,
                     void *data, GError **error);
