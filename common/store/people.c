#include "common/store/people.h"

#include "common/base/error.h"
#include "common/store/statements.h"

void
person_free(Person *person)
{
    if (!person)
        return;
    g_free(person->address);
    g_free(person->name);
    g_free(person->locale);
    g_free(person);
}

Person *
person_copy(const Person *person)
{
    Person *copy = g_memdup2(person, sizeof *person);
    copy->address = g_strdup(person->address);
    copy->name = g_strdup(person->name);
    copy->locale = g_strdup(person->locale);
    return copy;
}

static Person *
person_of_row(const DbRows *rows, const char *address)
{
    Person *person = g_new0(Person, 1);
    person->id = db_get_uuid(rows, 0, 0);
    person->address_id = db_get_uuid(rows, 0, 1);
    person->name = g_strdup(db_get_text(rows, 0, 2));
    person->is_agent = db_get_bool(rows, 0, 3);
    person->locale = g_strdup(db_get_text(rows, 0, 4));
    person->is_suppressed = db_get_bool(rows, 0, 5);
    person->address = g_strdup(address);
    return person;
}

bool
person_find(DbTx *tx, const char *address, Person **ret_person, GError **error)
{
    g_autoptr(DbRows) rows = db_query(tx, SQL_PERSON_OF_ADDRESS, error, db_text(address));
    if (!rows)
        return false;
    *ret_person = db_rows_count(rows) ? person_of_row(rows, address) : NULL;
    return true;
}

/* Under a lock on the address, because two mails of one newcomer may be read at the same
   moment; whoever waited finds the other's row. */
static bool
person_add(DbTx *tx, const char *address, const char *name, Person **ret_person,
           GError **error)
{
    g_autoptr(Person) person = NULL;
    g_autoptr(DbRows) lock =
        db_query(tx, SQL_PERSON_LOCK_ADDRESS, error, db_text(address));
    if (!lock || !person_find(tx, address, &person, error))
        return false;
    if (!person
        && (!db_execute(tx, SQL_PERSON_ADD, NULL, error, db_uuid(uuid_make()),
                        db_text(name), db_uuid(uuid_make()), db_text(address))
            || !person_find(tx, address, &person, error)))
        return false;
    *ret_person = g_steal_pointer(&person);
    return true;
}

Person *
person_ensure(DbTx *tx, const char *address, const char *name, GError **error)
{
    g_autoptr(Person) person = NULL;
    if (!person_find(tx, address, &person, error))
        return NULL;
    if (!person)
        return person_add(tx, address, name, &person, error) ? g_steal_pointer(&person)
                                                             : NULL;
    if (!*person->name && *name
        && !db_execute(tx, SQL_PERSON_NAME, NULL, error, db_uuid(person->id),
                       db_text(name)))
        return NULL;
    return g_steal_pointer(&person);
}

Person *
person_get(DbTx *tx, struct uuid id, GError **error)
{
    g_autoptr(DbRows) rows = db_query(tx, SQL_PERSON_READ, error, db_uuid(id));
    if (!rows)
        return NULL;
    if (db_rows_count(rows) == 0) {
        error_set(error, ERR_MISSING, "no such person, or one without an address");
        return NULL;
    }
    return person_of_row(rows, db_get_text(rows, 0, 6));
}

Person *
person_find_agent(DbTx *tx, const char *called, GError **error)
{
    g_autoptr(DbRows) rows = db_query(tx, SQL_PERSON_FIND_AGENTS, error, db_text(called));
    if (!rows)
        return NULL;
    if (db_rows_count(rows) == 1)
        return person_get(tx, db_get_uuid(rows, 0, 0), error);
    if (db_rows_count(rows) == 0)
        error_set(error, ERR_MISSING, "there is no agent called %s", called);
    else
        error_set(error, ERR_CONFLICT, "several agents are called %s: use an address",
                  called);
    return NULL;
}

bool
address_note_bounce(DbTx *tx, const char *address, const char *reason, int suppress_days,
                    GError **error)
{
    return db_execute(tx, SQL_ADDRESS_BOUNCED, NULL, error, db_text(address),
                      db_text(reason), db_int(suppress_days));
}
