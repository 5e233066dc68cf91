/* people: /admin/people and /api/v1/admin/people: who is there; who works at the desk, and
   in which teams. */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/mail/address.h"
#include "common/store/people.h"
#include "common/store/statements.h"
#include "portald/admin/admin.h"
#include "portald/api/change.h"
#include "portald/api/listing.h"
#include "portald/auth/audit.h"
#include "portald/auth/scope.h"
#include "portald/auth/typed_address.h"
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

static const char *
asked(const struct request *request, const char *name)
{
    const char *value = request_query(request, name);
    return value ? value : "";
}

static Reply *
show(const struct request *request, const char *field, const char *flaw, GError **error)
{
    const char *typed = request_field(request, "address");
    g_autoptr(json_t) items =
        admin_read(request, SQL_PEOPLE_LIST,
                   DB_BINDS(db_text(asked(request, "q")), db_text(asked(request, "role")),
                            db_null(), db_null(), db_int(LIMIT_PAGE_ROWS_MAX)),
                   error);
    json_t *teams =
        items ? admin_read(request, SQL_PEOPLE_TEAMS, DB_BINDS(), error) : NULL;

    if (!teams)
        return NULL;
    say_roles(items);
    json_t *document =
        json_pack("{s:b, s:O, s:o, s:s, s:{s:s}}", "has_people",
                  json_array_size(items) > 0, "items", items, "teams", teams, "q",
                  asked(request, "q"), "form", "address", typed ? typed : "");
    return admin_page(request, "admin_people", document, field, flaw, error);
}

static Reply *
people_get(const struct request *request, GError **error)
{
    return show(request, NULL, NULL, error);
}

/* --- changes ------------------------------------------------------------------------ */

static const char last_admin[] = "The last admin stays one: make another one first.";

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
        return show(request, "people", last_admin, error);
    return reply_see_other("/admin/people?done=saved");
}

static bool
join_team(DbTx *tx, const struct change *change, GError **error)
{
    g_autoptr(DbRows) rows = db_query(tx, SQL_PEOPLE_JOIN_TEAM, error,
                                      db_uuid(change->team), db_uuid(change->person));
    return rows
           && (db_rows_count(rows) > 0
               || error_set(error, ERR_CONFLICT, "there is no such team"));
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
           && (uuid_is_nil(change->team) || join_team(tx, change, error));
}

static Reply *
people_post(const struct request *request, GError **error)
{
    const char *typed = request_field(request, "address");
    const char *team = request_field(request, "team");
    const char *name = request_field(request, "name");
    const char *fault = typed_address_fault(typed ? typed : "");
    g_autofree char *address = address_normalise(slice_from(typed ? typed : ""));
    struct change change = {
        .request = request, .role = "agent", .address = address, .name = name ? name : ""
    };

    if (fault)
        return show(request, "address", fault, error);
    if (team && *team && !uuid_parse(slice_from(team), &change.team))
        return show(request, "team", "There is no such team.", error);
    if (!request_transact(request, add_agent, &change, error))
        return NULL;
    if (change.refused)
        return show(request, "people", last_admin, error);
    return reply_see_other("/admin/people?role=agent&done=saved");
}

/* --- the API ------------------------------------------------------------------------ */

static Reply *
api_list(const struct request *request, GError **error)
{
    g_auto(Listing) listing = { 0 };
    Reply *wrong = listing_read(request, "role", &listing);

    if (wrong)
        return wrong;
    g_autoptr(DbTx) tx = request_begin(request, true, error);
    g_autoptr(DbRows) rows =
        tx ? db_query(tx, SQL_PEOPLE_LIST, error, db_text(asked(request, "q")),
                      db_text(asked(request, "role")), db_text(listing.after_key),
                      db_uuid(listing.after_id), db_int(listing.limit))
           : NULL;
    return rows ? listing_reply(request, &listing, rows) : NULL;
}

static Reply *
api_get(const struct request *request, GError **error)
{
    struct uuid id = { { 0 } };
    uuid_parse(slice_from(request->params[0]), &id);
    g_autofree char *text =
        request_document(request, SQL_PEOPLE_READ, error, db_uuid(id));
    return text ? reply_json(200, text) : NULL;
}

static char *
read_one(DbTx *tx, struct uuid id, GError **error)
{
    g_autoptr(DbRows) rows = db_query(tx, SQL_PEOPLE_READ, error, db_uuid(id));

    if (rows && db_rows_count(rows) == 0)
        error_set(error, ERR_MISSING, "there is no such person");
    return rows && db_rows_count(rows) > 0 ? g_strdup(db_get_text(rows, 0, 0)) : NULL;
}

/* The person as they are now; or why not. */
static Reply *
answer(DbTx *tx, const struct change *change, unsigned status, GError **error)
{
    if (change->refused)
        return reply_problem(409, last_admin);
    g_autofree char *document = read_one(tx, change->person, error);
    return document ? reply_json(status, document) : NULL;
}

static Reply *
role_work(const struct request *request, DbTx *tx, void *data, GError **error)
{
    struct change *change = data;

    uuid_parse(slice_from(request->params[0]), &change->person);
    if (!db_execute(tx, SQL_PEOPLE_LOCK, NULL, error, db_uuid(change->person)))
        return NULL;
    g_autofree char *document = read_one(tx, change->person, error);
    if (!document || !change_check(request, document, error)
        || !set_role(tx, change, error))
        return NULL;
    return answer(tx, change, 200, error);
}

static Reply *
api_role(const struct request *request, GError **error)
{
    struct change change = {
        .request = request,
        .role = json_string_value(json_object_get(request->json, "role")),
    };
    return change_run(request, role_work, &change, error);
}

static Reply *
add_work(const struct request *request, DbTx *tx, void *data, GError **error)
{
    struct change *change = data;
    char id[UUID_TEXT_SIZE];

    if (!add_agent(tx, change, error))
        return NULL;
    Reply *reply = answer(tx, change, 201, error);
    if (reply && reply->status == 201) {
        g_autofree char *path =
            g_strconcat(request->path, "/", uuid_format(change->person, id), NULL);
        reply_set(reply, "Location", path);
    }
    return reply;
}

static Reply *
api_post(const struct request *request, GError **error)
{
    static const struct reply_flaw flaw = { "/address", "This is no mail address." };
    const char *typed = json_string_value(json_object_get(request->json, "address"));
    const char *name = json_string_value(json_object_get(request->json, "name"));
    const char *team = json_string_value(json_object_get(request->json, "team"));
    g_autofree char *address = address_normalise(slice_from(typed));
    struct change change = {
        .request = request, .role = "agent", .address = address, .name = name ? name : ""
    };

    if (team)
        uuid_parse(slice_from(team), &change.team);
    return address ? change_run(request, add_work, &change, error)
                   : reply_flaws(&flaw, 1);
}

static const struct operation list_operation = {
    .id = "listPeople",
    .summary = "Everybody whom the desk knows, who works at it first",
    .tag = "Administration",
    .query = "PersonQuery",
    .answer = "Person",
    .is_list = true,
};
static const struct operation get_operation = {
    .id = "getPerson",
    .summary = "One of them",
    .tag = "Administration",
    .answer = "Person",
};
static const struct operation post_operation = {
    .id = "addAgent",
    .summary = "Let somebody work at the desk, and in a team of it",
    .tag = "Administration",
    .body = "NewAgent",
    .answer = "Person",
    .status = 201,
};
static const struct operation role_operation = {
    .id = "setRole",
    .summary = "Say what somebody is here; the last admin stays one",
    .tag = "Administration",
    .body = "RoleChange",
    .answer = "Person",
    .if_match = true,
};

#define API "/api/v1/admin/people"

static const struct route routes[] = {
    { HTTP_GET, "/admin/people", WHO_ADMIN, people_get, 0, NULL },
    { HTTP_POST, "/admin/people", WHO_ADMIN, people_post, LIMIT_SMALL_FORM_BYTES, NULL },
    { HTTP_POST, "/admin/people/{id:uuid}/role", WHO_ADMIN, role_post,
      LIMIT_SMALL_FORM_BYTES, NULL },
    { HTTP_GET, API, WHO_ADMIN, api_list, 0, &list_operation },
    { HTTP_POST, API, WHO_ADMIN, api_post, LIMIT_SMALL_FORM_BYTES, &post_operation },
    { HTTP_GET, API "/{id:uuid}", WHO_ADMIN, api_get, 0, &get_operation },
    { HTTP_PUT, API "/{id:uuid}/role", WHO_ADMIN, api_role, LIMIT_SMALL_FORM_BYTES,
      &role_operation },
};
const struct route_table admin_people_routes = { routes, G_N_ELEMENTS(routes) };
