/* people: GET /admin/people: who is there; who works at the desk, and in which teams. */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/mail/address.h"
#include "common/store/people.h"
#include "common/store/statements.h"
#include "portald/admin/admin.h"
#include "portald/auth/audit.h"
#include "portald/auth/scope.h"
#include "portald/pages/page.h"

static const char *const roles[] = { "customer", "agent", "admin", NULL };

/* Of a list of {"role": "agent"}: role_is, so that a page can choose words. */
static void
say_roles(json_t *people)
{
    size_t i;
    json_t *person;

    json_array_foreach(people, i, person)
    {
        const char *role = json_string_value(json_object_get(person, "role"));
        json_t *is = json_object();
        for (const char *const *name = roles; *name; name++)
            json_object_set_new(is, *name, json_boolean(strcmp(*name, role) == 0));
        json_object_set_new(person, "role_is", is);
    }
}

static Reply *
show(const struct request *request, const char *field, const char *flaw, GError **error)
{
    const char *q = request_query(request, "q");
    const char *role = request_query(request, "role");
    const char *typed = request_field(request, "address");
    json_t *document =
        admin_read(request, SQL_PEOPLE_LIST,
                   DB_BINDS(db_text(q ? q : ""), db_text(role ? role : "")), error);
    json_t *teams =
        document ? admin_read(request, SQL_PEOPLE_TEAMS, DB_BINDS(), error) : NULL;

    if (!document || !teams) {
        json_decref(document);
        return NULL;
    }
    json_t *people = json_object_get(document, "people");
    say_roles(people);
    json_object_set_new(document, "has_people",
                        json_boolean(json_array_size(people) > 0));
    json_object_set_new(document, "teams", teams);
    json_object_set_new(document, "q", json_string(q ? q : ""));
    json_object_set_new(document, "form",
                        json_pack("{s:s}", "address", typed ? typed : ""));
    return admin_page(request, "admin_people", document, field, flaw, error);
}

static Reply *
people_get(const struct request *request, GError **error)
{
    return show(request, NULL, NULL, error);
}

/* --- changes ------------------------------------------------------------------------ */

struct change {
    const struct request *request;
    struct uuid person, team; /* team nil: none */
    const char *role, *address, *name;
    bool refused; /* the last admin */
};

/* Who no longer works at the desk is in no team of it. */
static bool
set_role(DbTx *tx, struct change *change, GError **error)
{
    g_autoptr(json_t) detail = json_pack("{s:s}", "role", change->role);
    g_autofree char *json = json_dumps(detail, JSON_COMPACT);
    g_autoptr(DbRows) rows = db_query(tx, SQL_PEOPLE_SET_ROLE, error,
                                      db_uuid(change->person), db_text(change->role));
    if (!rows)
        return false;
    change->refused = db_rows_count(rows) == 0;
    if (change->refused)
        return true;
    if (strcmp(change->role, "customer") == 0
        && !db_execute(tx, SQL_PEOPLE_LEAVE_TEAMS, NULL, error, db_uuid(change->person)))
        return false;
    return audit_add(tx, change->request, change->person, "role", json, error);
}

static bool
change_role(DbTx *tx, void *data, GError **error)
{
    return set_role(tx, data, error);
}

static Reply *
role_post(const struct request *request, GError **error)
{
    struct change change = { .request = request, .role = request_field(request, "role") };

    if (!change.role || !g_strv_contains(roles, change.role))
        return reply_problem(422, "choose a role");
    if (!uuid_parse(slice_from(request->params[0]), &change.person)
        || !request_transact(request, change_role, &change, error))
        return NULL;
    if (change.refused)
        return show(request, "people",
                    "The last admin stays one: make another one first.", error);
    return reply_see_other("/admin/people?done=saved");
}

static bool
add_agent(DbTx *tx, void *data, GError **error)
{
    struct change *change = data;
    g_autoptr(Person) person = person_ensure(tx, change->address, change->name, error);

    if (!person)
        return false;
    change->person = person->id;
    return set_role(tx, change, error)
           && (uuid_is_nil(change->team)
               || db_execute(tx, SQL_PEOPLE_JOIN_TEAM, NULL, error, db_uuid(change->team),
                             db_uuid(person->id)));
}

static Reply *
people_post(const struct request *request, GError **error)
{
    const char *typed = request_field(request, "address");
    const char *team = request_field(request, "team");
    const char *name = request_field(request, "name");
    g_autofree char *address = address_normalise(slice_from(typed ? typed : ""));
    struct change change = {
        .request = request, .role = "agent", .address = address, .name = name ? name : ""
    };

    if (!address)
        return show(request, "address", "This is no mail address.", error);
    if (team && *team && !uuid_parse(slice_from(team), &change.team))
        return show(request, "team", "There is no such team.", error);
    if (!request_transact(request, add_agent, &change, error))
        return NULL;
    return reply_see_other("/admin/people?role=agent&done=saved");
}

static const struct route routes[] = {
    { HTTP_GET, "/admin/people", WHO_ADMIN, people_get, 0, NULL },
    { HTTP_POST, "/admin/people", WHO_ADMIN, people_post, LIMIT_SMALL_FORM_BYTES, NULL },
    { HTTP_POST, "/admin/people/{id:uuid}/role", WHO_ADMIN, role_post,
      LIMIT_SMALL_FORM_BYTES, NULL },
};
const struct route_table admin_people_routes = { routes, G_N_ELEMENTS(routes) };
