#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/desk/change.h"
#include "common/store/statements.h"

bool
apply_assign(const struct desk_context *desk, const Ticket *ticket, const Person *agent,
             GError **error)
{
    struct uuid owner = agent ? agent->id : (struct uuid){ { 0 } };
    struct notify_about about = change_about(ticket, NOTIFY_ASSIGNED);

    if (uuid_equal(ticket->owner, owner))
        return true;
    if (agent && !agent->is_agent)
        return error_set(error, ERR_REJECT, "%s is no agent", agent->address);
    return change_owner(desk, ticket, owner, &about.event_row, error)
           && notify(desk, &about, error);
}

bool
apply_priority(const struct desk_context *desk, const Ticket *ticket,
               const char *priority, GError **error)
{
    static const char *const priorities[] = { "low", "normal", "high", "urgent", NULL };
    struct uuid event;

    if (!g_strv_contains(priorities, priority))
        return error_set(error, ERR_REJECT,
                         "there is no priority \"%s\": low, normal, high or urgent",
                         priority);
    if (strcmp(ticket->priority, priority) == 0)
        return true;
    g_autoptr(json_t) before = json_pack("{s:s}", "priority", ticket->priority);
    g_autoptr(json_t) after = json_pack("{s:s}", "priority", priority);
    const struct change change = { .kind = "priority", .before = before, .after = after };
    return db_execute(desk->tx, SQL_TICKET_SET_PRIORITY, NULL, error, db_uuid(ticket->id),
                      db_text(priority))
           && change_record(desk, ticket->id, &change, &event, error);
}

/* --- tags ------------------------------------------------------------------------- */

/* Whether it is in the list, and where; case doesn't count. */
static bool
find_tag(const GPtrArray *tags, const char *tag, guint *ret_at)
{
    g_autofree char *folded = g_utf8_casefold(tag, -1);
    for (guint i = 0; i < tags->len; i++) {
        g_autofree char *other = g_utf8_casefold(tags->pdata[i], -1);
        if (strcmp(folded, other) == 0) {
            *ret_at = i;
            return true;
        }
    }
    return false;
}

static bool
add_tag(GPtrArray *tags, const char *tag, GError **error)
{
    guint at;
    size_t n = strlen(tag);
    if (n == 0 || n > LIMIT_TAG_BYTES || !g_utf8_validate(tag, -1, NULL))
        return error_set(error, ERR_REJECT, "a tag has 1 to %d bytes of UTF-8",
                         LIMIT_TAG_BYTES);
    if (find_tag(tags, tag, &at))
        return true;
    if (tags->len >= LIMIT_TAGS)
        return error_set(error, ERR_CONFLICT, "a ticket has at most %d tags", LIMIT_TAGS);
    g_ptr_array_add(tags, g_strdup(tag));
    return true;
}

static json_t *
pack_tags(const GPtrArray *tags)
{
    json_t *list = json_array();
    for (guint i = 0; i < tags->len; i++)
        json_array_append_new(list, json_string(tags->pdata[i]));
    return json_pack("{s:o}", "tags", list);
}

static GPtrArray *
tags_of(const Ticket *ticket)
{
    GPtrArray *tags = g_ptr_array_new_with_free_func(g_free);
    for (char **tag = ticket->tags; tag && *tag; tag++)
        g_ptr_array_add(tags, g_strdup(*tag));
    return tags;
}

static bool
store_tags(const struct desk_context *desk, const Ticket *ticket, const GPtrArray *was,
           GPtrArray *tags, GError **error)
{
    struct uuid event;
    g_autoptr(json_t) before = pack_tags(was);
    g_autoptr(json_t) after = pack_tags(tags);
    const struct change change = { .kind = "tags", .before = before, .after = after };

    if (json_equal(before, after))
        return true;
    g_ptr_array_add(tags, NULL);
    return db_execute(desk->tx, SQL_TICKET_SET_TAGS, NULL, error, db_uuid(ticket->id),
                      db_text_array((const char *const *)tags->pdata))
           && change_record(desk, ticket->id, &change, &event, error);
}

bool
apply_tags(const struct desk_context *desk, const Ticket *ticket, const char *const *add,
           const char *const *remove, GError **error)
{
    g_autoptr(GPtrArray) was = tags_of(ticket);
    g_autoptr(GPtrArray) tags = tags_of(ticket);
    guint at;

    for (const char *const *tag = remove; tag && *tag; tag++)
        if (find_tag(tags, *tag, &at))
            g_ptr_array_remove_index(tags, at);
    for (const char *const *tag = add; tag && *tag; tag++)
        if (!add_tag(tags, *tag, error))
            return false;
    return store_tags(desk, ticket, was, tags, error);
}
