/* maild add tenant|queue|agent|admin|alias|domain …: what an installation has, made known to it. Each
   may be repeated. */
#include <stdio.h>
#include <string.h>

#include "common/base/error.h"
#include "common/mail/address.h"
#include "common/store/admin.h"
#include "maild/verbs/arguments.h"
#include "maild/verbs/verb.h"

struct request {
    const char *kind, *what; /* "queue", "support@desk.example" */
    const char *tenant, *title, *locale, *name, *agents, *team, *queue;
};

static char *
read_address(const char *text, GError **error)
{
    char *address = address_normalise(slice_from(text));
    if (!address)
        error_set(error, ERR_REJECT, "\"%s\" is no mail address", text);
    return address;
}

/* A list with commas, as the array that the store takes; NULL for none. */
static bool
read_agents(const char *text, char ***ret_agents, GError **error)
{
    g_autoptr(GStrvBuilder) agents = g_strv_builder_new();
    g_auto(GStrv) words = g_strsplit_set(text ? text : "", ", ", -1);

    for (char **word = words; *word; word++) {
        g_autofree char *address = **word ? read_address(*word, error) : NULL;
        if (**word && !address)
            return false;
        if (address)
            g_strv_builder_add(agents, address);
    }
    *ret_agents = text ? g_strv_builder_end(agents) : NULL;
    return true;
}

static bool
add_tenant(Db *db, const struct request *r, bool *ret_added, GError **error)
{
    g_autofree char *name = g_ascii_strdown(r->what, -1);
    if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != strlen(name))
        return error_set(error, ERR_REJECT,
                         "\"%s\" is no name for a tenant, expected a domain name, as "
                         "desk.example",
                         r->what);
    const struct admin_tenant tenant = { name, r->title, r->locale };
    return admin_put_tenant(db, &tenant, ret_added, error);
}

static bool
add_queue(Db *db, const struct request *r, bool *ret_added, GError **error)
{
    g_autofree char *address = read_address(r->what, error);
    g_auto(GStrv) agents = NULL;
    if (!address || !read_agents(r->agents, &agents, error))
        return false;
    const struct admin_queue queue = { r->tenant, address, r->name,
                                       (const char *const *)agents };
    return admin_put_queue(db, &queue, ret_added, error);
}

static bool
add_agent(Db *db, const struct request *r, bool *ret_added, GError **error)
{
    g_autofree char *address = read_address(r->what, error);
    if (!address)
        return false;
    const struct admin_agent agent = { r->tenant, address, r->name, r->team };
    return admin_put_agent(db, &agent, ret_added, error);
}

/* An agent who may also set up the portal. */
static bool
add_admin(Db *db, const struct request *r, bool *ret_added, GError **error)
{
    g_autofree char *address = read_address(r->what, error);
    const struct admin_agent agent = { r->tenant, address, r->name, r->team };
    return address && admin_put_agent(db, &agent, ret_added, error)
           && admin_make_admin(db, r->tenant, address, error);
}

/* A host name under which the tenant's portal is reached. */
static bool
add_domain(Db *db, const struct request *r, bool *ret_added, GError **error)
{
    g_autofree char *domain = g_hostname_to_ascii(r->what);
    g_autofree char *lower = domain ? g_ascii_strdown(domain, -1) : NULL;
    if (!lower || !*lower
        || strspn(lower, "abcdefghijklmnopqrstuvwxyz0123456789.-") != strlen(lower))
        return error_set(error, ERR_REJECT,
                         "\"%s\" is no host name, expected one as help.example", r->what);
    return admin_put_domain(db, r->tenant, lower, ret_added, error);
}

static bool
add_alias(Db *db, const struct request *r, bool *ret_added, GError **error)
{
    g_autofree char *address = read_address(r->what, error);
    g_autofree char *queue = address ? read_address(r->queue, error) : NULL;
    return queue && admin_put_alias(db, address, queue, ret_added, error);
}

typedef bool (*Add)(Db *db, const struct request *r, bool *ret_added, GError **error);

/* What each kind needs beside its name. */
static Add
find_kind(const struct request *r)
{
    if (strcmp(r->kind, "tenant") == 0)
        return add_tenant;
    if (strcmp(r->kind, "queue") == 0 && r->tenant)
        return add_queue;
    if (strcmp(r->kind, "agent") == 0 && r->tenant)
        return add_agent;
    if (strcmp(r->kind, "admin") == 0 && r->tenant)
        return add_admin;
    if (strcmp(r->kind, "domain") == 0 && r->tenant)
        return add_domain;
    if (strcmp(r->kind, "alias") == 0 && r->queue)
        return add_alias;
    return NULL;
}

int
verb_add(const struct verb_context *context, int argc, char **argv)
{
    struct request r = { 0 };
    const struct verb_option options[] = {
        { "tenant", &r.tenant, NULL }, { "title", &r.title, NULL },
        { "locale", &r.locale, NULL }, { "name", &r.name, NULL },
        { "agents", &r.agents, NULL }, { "team", &r.team, NULL },
        { "queue", &r.queue, NULL },   { NULL, NULL, NULL },
    };
    const char *words[2] = { NULL, NULL };
    g_autoptr(GError) error = NULL;
    bool added = false;

    if (!verb_arguments(argc, argv, options, words, 2))
        return verb_misused(argv[0]);
    r.kind = words[0];
    r.what = words[1];
    Add add = find_kind(&r);
    if (!add)
        return verb_misused(argv[0]);

    g_autoptr(Db) db = verb_owner(context, &error);
    if (!db || !add(db, &r, &added, &error))
        return verb_failed(error);
    printf("%s %s %s\n", r.kind, r.what, added ? "added" : "is there");
    if (added && strcmp(r.kind, "tenant") == 0)
        printf("its portal answers under that name; `maild add domain HOST --tenant %s` "
               "gives it another\n",
               r.what);
    return EX_OK;
}
