#include "common/store/admin.h"

#include <string.h>

#include "common/base/error.h"
#include "common/store/statements.h"

/* --- tenants ---------------------------------------------------------------------- */

struct put_tenant {
    const struct admin_tenant *tenant;
    bool added;
};

static bool
put_tenant(DbTx *tx, void *data, GError **error)
{
    struct put_tenant *put = data;
    g_autoptr(DbRows) rows = db_query(
        tx, SQL_ADMIN_PUT_TENANT, error, db_uuid(uuid_make()), db_text(put->tenant->name),
        db_text(put->tenant->title), db_text(put->tenant->locale));
    if (!rows)
        return false;
    put->added = db_get_bool(rows, 0, 1);
    return true;
}

static const struct db_tx_options whole = { .durability = DB_DURABLE };

bool
admin_put_tenant(Db *db, const struct admin_tenant *tenant, bool *ret_added,
                 GError **error)
{
    struct put_tenant put = { .tenant = tenant };
    if (!db_transact(db, &whole, put_tenant, &put, error))
        return false;
    *ret_added = put.added;
    return true;
}

static bool
find_tenant(DbTx *tx, const char *name, struct uuid *ret_id, GError **error)
{
    g_autoptr(DbRows) rows = db_query(tx, SQL_ADMIN_FIND_TENANT, error, db_text(name));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0)
        return error_set(error, ERR_MISSING,
                         "there is no tenant %s: `maild add tenant %s` makes it", name,
                         name);
    *ret_id = db_get_uuid(rows, 0, 0);
    return true;
}

/* --- agents and teams ------------------------------------------------------------- */

static bool
put_team(DbTx *tx, struct uuid tenant, const char *name, struct uuid *ret_id,
         GError **error)
{
    g_autoptr(DbRows) rows = db_query(tx, SQL_ADMIN_PUT_TEAM, error, db_uuid(tenant),
                                      db_uuid(uuid_make()), db_text(name));
    if (!rows)
        return false;
    *ret_id = db_get_uuid(rows, 0, 0);
    return true;
}

static bool
put_person(DbTx *tx, struct uuid tenant, const char *address, const char *name,
           struct uuid *ret_person, bool *ret_added, GError **error)
{
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_ADMIN_FIND_PERSON, error, db_uuid(tenant), db_text(address));
    if (!rows)
        return false;
    bool found = db_rows_count(rows) > 0;
    struct uuid person = found ? db_get_uuid(rows, 0, 0) : uuid_make();
    bool good = found ? db_execute(tx, SQL_ADMIN_MAKE_AGENT, NULL, error, db_uuid(tenant),
                                   db_uuid(person), db_text(name))
                      : db_execute(tx, SQL_ADMIN_ADD_PERSON, NULL, error, db_uuid(tenant),
                                   db_uuid(person), db_text(name), db_uuid(uuid_make()),
                                   db_text(address));
    if (!good)
        return false;
    *ret_person = person;
    *ret_added = !found || strcmp(db_get_text(rows, 0, 1), "customer") == 0;
    return true;
}

struct put_agent {
    const struct admin_agent *agent;
    bool added;
};

static bool
put_agent(DbTx *tx, void *data, GError **error)
{
    struct put_agent *put = data;
    const struct admin_agent *agent = put->agent;
    struct uuid tenant, person, team;

    if (!find_tenant(tx, agent->tenant, &tenant, error)
        || !put_person(tx, tenant, agent->address, agent->name, &person, &put->added,
                       error))
        return false;
    if (!agent->team)
        return db_execute(tx, SQL_ADMIN_JOIN_QUEUES, NULL, error, db_uuid(tenant),
                          db_uuid(person));
    return put_team(tx, tenant, agent->team, &team, error)
           && db_execute(tx, SQL_ADMIN_JOIN_TEAM, NULL, error, db_uuid(tenant),
                         db_uuid(team), db_uuid(person));
}

bool
admin_put_agent(Db *db, const struct admin_agent *agent, bool *ret_added, GError **error)
{
    struct put_agent put = { .agent = agent };
    if (!db_transact(db, &whole, put_agent, &put, error))
        return false;
    *ret_added = put.added;
    return true;
}

/* --- queues ----------------------------------------------------------------------- */

/* A queue as one of its addresses finds it. */
struct found_queue {
    bool found;
    struct uuid tenant, id, team;
};

/* ERR_CONFLICT when the address is that of a queue other than `main_address` (NULL: any
   queue will do). */
static bool
find_queue(DbTx *tx, const char *address, const char *main_address,
           struct found_queue *ret_queue, GError **error)
{
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_ADMIN_FIND_ADDRESS, error, db_text(address));
    if (!rows)
        return false;
    *ret_queue = (struct found_queue){ .found = db_rows_count(rows) > 0 };
    if (!ret_queue->found)
        return true;
    const char *found = db_get_text(rows, 0, 2);
    if (main_address && strcmp(found, main_address) != 0)
        return error_set(error, ERR_CONFLICT, "%s is an address of the queue %s (%s)",
                         address, found, db_get_text(rows, 0, 4));
    ret_queue->tenant = db_get_uuid(rows, 0, 0);
    ret_queue->id = db_get_uuid(rows, 0, 1);
    ret_queue->team = db_get_uuid(rows, 0, 3);
    return true;
}

struct put_queue {
    const struct admin_queue *queue;
    bool added;
};

static bool
join_agents(DbTx *tx, const struct found_queue *found, const char *const *agents,
            GError **error)
{
    struct uuid person;
    bool added = false;

    for (; agents && *agents; agents++)
        if (!put_person(tx, found->tenant, *agents, NULL, &person, &added, error)
            || !db_execute(tx, SQL_ADMIN_JOIN_TEAM, NULL, error, db_uuid(found->tenant),
                           db_uuid(found->team), db_uuid(person)))
            return false;
    return true;
}

static bool
add_queue(DbTx *tx, const struct admin_queue *queue, struct found_queue *made,
          GError **error)
{
    g_autofree char *local = g_strndup(queue->address, strcspn(queue->address, "@"));
    const char *name = queue->name ? queue->name : local;

    made->id = uuid_make();
    if (!put_team(tx, made->tenant, name, &made->team, error)
        || !db_execute(tx, SQL_ADMIN_ADD_QUEUE, NULL, error, db_uuid(made->tenant),
                       db_uuid(made->id), db_text(queue->address), db_text(name),
                       db_uuid(made->team))
        || !db_execute(tx, SQL_ADMIN_ADD_QUEUE_ADDRESS, NULL, error,
                       db_uuid(made->tenant), db_uuid(made->id), db_text(queue->address)))
        return false;
    return queue->agents
           || db_execute(tx, SQL_ADMIN_FILL_TEAM, NULL, error, db_uuid(made->tenant),
                         db_uuid(made->team));
}

static bool
put_queue(DbTx *tx, void *data, GError **error)
{
    struct put_queue *put = data;
    const struct admin_queue *queue = put->queue;
    struct found_queue found;
    struct uuid tenant;

    if (!find_tenant(tx, queue->tenant, &tenant, error)
        || !find_queue(tx, queue->address, queue->address, &found, error))
        return false;
    if (found.found && !uuid_equal(found.tenant, tenant))
        return error_set(error, ERR_CONFLICT, "%s is a queue of another tenant",
                         queue->address);
    put->added = !found.found;
    found.tenant = tenant;
    bool good = found.found
                    ? db_execute(tx, SQL_ADMIN_NAME_QUEUE, NULL, error, db_uuid(tenant),
                                 db_uuid(found.id), db_text(queue->name))
                    : add_queue(tx, queue, &found, error);
    return good && join_agents(tx, &found, queue->agents, error);
}

bool
admin_put_queue(Db *db, const struct admin_queue *queue, bool *ret_added, GError **error)
{
    struct put_queue put = { .queue = queue };
    if (!db_transact(db, &whole, put_queue, &put, error))
        return false;
    *ret_added = put.added;
    return true;
}

struct put_alias {
    const char *address, *queue;
    bool added;
};

static bool
put_alias(DbTx *tx, void *data, GError **error)
{
    struct put_alias *put = data;
    struct found_queue queue, taken;

    if (!find_queue(tx, put->queue, put->queue, &queue, error))
        return false;
    if (!queue.found)
        return error_set(error, ERR_MISSING,
                         "there is no queue %s: `maild add queue` makes it", put->queue);
    if (!find_queue(tx, put->address, put->queue, &taken, error))
        return false;
    put->added = !taken.found;
    return taken.found
           || db_execute(tx, SQL_ADMIN_ADD_QUEUE_ADDRESS, NULL, error,
                         db_uuid(queue.tenant), db_uuid(queue.id), db_text(put->address));
}

bool
admin_put_alias(Db *db, const char *address, const char *queue, bool *ret_added,
                GError **error)
{
    struct put_alias put = { .address = address, .queue = queue };
    if (!db_transact(db, &whole, put_alias, &put, error))
        return false;
    *ret_added = put.added;
    return true;
}

/* --- the portal ------------------------------------------------------------------- */

bool
admin_make_admin(Db *db, const char *tenant, const char *address, GError **error)
{
    g_autoptr(DbRows) rows =
        db_call(db, SQL_ADMIN_MAKE_ADMIN, error, db_text(tenant), db_text(address));
    return rows
           && (db_rows_count(rows) > 0
               || error_set(error, ERR_MISSING, "nobody at %s has the address %s", tenant,
                            address));
}

bool
admin_put_domain(Db *db, const char *tenant, const char *domain, bool *ret_added,
                 GError **error)
{
    g_autoptr(DbRows) rows =
        db_call(db, SQL_ADMIN_PUT_DOMAIN, error, db_text(tenant), db_text(domain));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0)
        return error_set(error, ERR_MISSING, "there is no tenant %s", tenant);
    if (!db_get_bool(rows, 0, 1))
        return error_set(error, ERR_CONFLICT, "%s is another tenant's", domain);
    *ret_added = db_get_bool(rows, 0, 0);
    return true;
}

/* --- reads ------------------------------------------------------------------------ */

static char *
read_document(Db *db, size_t statement, GError **error)
{
    g_autoptr(DbRows) rows = db_call(db, statement, error);
    return rows ? g_strdup(db_get_text(rows, 0, 0)) : NULL;
}

char *
admin_read_status(Db *db, GError **error)
{
    return read_document(db, SQL_ADMIN_READ_STATUS, error);
}

char *
admin_list_quarantine(Db *db, GError **error)
{
    return read_document(db, SQL_ADMIN_LIST_QUARANTINE, error);
}

static bool
not_quarantined(struct uuid id, GError **error)
{
    char text[UUID_TEXT_SIZE];
    return error_set(error, ERR_MISSING,
                     "%s isn't in quarantine: see `maild quarantine list`",
                     uuid_format(id, text));
}

char *
admin_read_quarantined(Db *db, struct uuid id, GBytes **ret_raw, GError **error)
{
    g_autoptr(DbRows) rows = db_call(db, SQL_ADMIN_READ_QUARANTINED, error, db_uuid(id));
    if (!rows)
        return NULL;
    if (db_rows_count(rows) == 0) {
        not_quarantined(id, error);
        return NULL;
    }
    struct slice raw = db_get_bytes(rows, 0, 1);
    *ret_raw = g_bytes_new(raw.p, raw.n);
    return g_strdup(db_get_text(rows, 0, 0));
}

char *
admin_list_ignored(Db *db, const char *tenant, int64_t most, GError **error)
{
    g_autoptr(DbRows) rows =
        db_call(db, SQL_ADMIN_LIST_IGNORED, error, db_text(tenant), db_int(most));
    return rows ? g_strdup(db_get_text(rows, 0, 0)) : NULL;
}

char *
admin_read_ignored(Db *db, struct uuid id, GBytes **ret_raw, GError **error)
{
    char text[UUID_TEXT_SIZE];
    g_autoptr(DbRows) rows = db_call(db, SQL_ADMIN_READ_IGNORED, error, db_uuid(id));
    if (!rows)
        return NULL;
    if (db_rows_count(rows) == 0) {
        error_set(error, ERR_MISSING, "%s was not ignored: see `maild ignored`",
                  uuid_format(id, text));
        return NULL;
    }
    struct slice raw = db_get_bytes(rows, 0, 1);
    *ret_raw = g_bytes_new(raw.p, raw.n);
    return g_strdup(db_get_text(rows, 0, 0));
}

struct decision {
    size_t statement;
    struct uuid id;
    size_t affected;
};

static bool
decide(DbTx *tx, void *data, GError **error)
{
    struct decision *decision = data;
    return db_execute(tx, decision->statement, &decision->affected, error,
                      db_uuid(decision->id), db_uuid(uuid_make()));
}

static bool
decide_quarantined(Db *db, size_t statement, struct uuid id, GError **error)
{
    struct decision decision = { .statement = statement, .id = id };
    if (!db_transact(db, &whole, decide, &decision, error))
        return false;
    return decision.affected > 0 || not_quarantined(id, error);
}

bool
admin_retry_quarantined(Db *db, struct uuid id, GError **error)
{
    return decide_quarantined(db, SQL_ADMIN_RETRY_QUARANTINED, id, error);
}

bool
admin_drop_quarantined(Db *db, struct uuid id, GError **error)
{
    return decide_quarantined(db, SQL_ADMIN_DROP_QUARANTINED, id, error);
}

/* --- the mail of a ticket --------------------------------------------------------- */

static bool
find_ticket(Db *db, int64_t number, const char *tenant, struct uuid *ret_tenant,
            struct uuid *ret_id, GError **error)
{
    g_autoptr(DbRows) rows =
        db_call(db, SQL_ADMIN_FIND_TICKET, error, db_int(number), db_text(tenant));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0)
        return error_set(error, ERR_MISSING,
                         "there is no ticket %" G_GINT64_FORMAT "%s%s", number,
                         tenant ? " of " : "", tenant ? tenant : "");
    if (db_rows_count(rows) > 1)
        return error_set(error, ERR_CONFLICT,
                         "%zu tenants have a ticket %" G_GINT64_FORMAT
                         ", %s among them: say --tenant",
                         db_rows_count(rows), number, db_get_text(rows, 0, 2));
    *ret_tenant = db_get_uuid(rows, 0, 0);
    *ret_id = db_get_uuid(rows, 0, 1);
    return true;
}

static bool
hand_over(Db *db, struct uuid tenant, const DbRows *list, size_t row, AdminMail each,
          void *data, GError **error)
{
    bool inbound = strcmp(db_get_text(list, row, 0), "inbound") == 0;
    g_autoptr(DbRows) bytes =
        db_call(db, inbound ? SQL_ADMIN_READ_INBOUND_BYTES : SQL_ADMIN_READ_OUTBOX_BYTES,
                error, db_uuid(tenant), db_uuid(db_get_uuid(list, row, 1)));
    if (!bytes)
        return false;
    if (db_rows_count(bytes) == 0)
        return true; /* it was taken away since the list was made */
    const struct admin_mail mail = { .envelope_from = db_get_text(list, row, 2),
                                     .time_us = db_get_time(list, row, 3),
                                     .protection = db_is_null(list, row, 4)
                                                       ? NULL
                                                       : db_get_text(list, row, 4),
                                     .raw = db_get_bytes(bytes, 0, 0) };
    return each(&mail, data, error);
}

bool
admin_each_mail(Db *db, int64_t number, const char *tenant, AdminMail each, void *data,
                GError **error)
{
    struct uuid tenant_id, id;

    if (!find_ticket(db, number, tenant, &tenant_id, &id, error))
        return false;
    g_autoptr(DbRows) list =
        db_call(db, SQL_ADMIN_LIST_TICKET_MAIL, error, db_uuid(tenant_id), db_uuid(id));
    if (!list)
        return false;
    for (size_t row = 0; row < db_rows_count(list); row++)
        if (!hand_over(db, tenant_id, list, row, each, data, error))
            return false;
    return true;
}
