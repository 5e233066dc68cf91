#include "common/desk/notices.h"

#include "common/base/autoptr.h"
#include "common/store/statements.h"

/* Columns of the rows to come, as the statement takes them. */
struct Notices {
    GPtrArray *ids, *people, *events;
};

Notices *
notices_new(void)
{
    Notices *notices = g_new0(Notices, 1);

    notices->ids = g_ptr_array_new_with_free_func(g_free);
    notices->people = g_ptr_array_new_with_free_func(g_free);
    notices->events = g_ptr_array_new_with_free_func(g_free);
    return notices;
}

void
notices_free(Notices *notices)
{
    if (!notices)
        return;
    g_ptr_array_unref(notices->ids);
    g_ptr_array_unref(notices->people);
    g_ptr_array_unref(notices->events);
    g_free(notices);
}

static void
add_uuid(GPtrArray *column, struct uuid id)
{
    char text[UUID_TEXT_SIZE];
    g_ptr_array_add(column, g_strdup(uuid_format(id, text)));
}

void
notices_collect(Notices *notices, struct uuid person, const char *event)
{
    add_uuid(notices->ids, uuid_make());
    add_uuid(notices->people, person);
    g_ptr_array_add(notices->events, g_strdup(event));
}

static struct db_bind
bind_column(GPtrArray *column)
{
    g_ptr_array_add(column, NULL);
    return db_text_array((const char *const *)column->pdata);
}

bool
notices_store(Notices *notices, const struct desk_context *desk,
              const struct notify_about *about, GError **error)
{
    if (notices->ids->len == 0)
        return true;
    return db_execute(desk->tx, SQL_NOTICES_ADD, NULL, error, bind_column(notices->ids),
                      bind_column(notices->people), bind_column(notices->events),
                      db_uuid(about->conversation), db_uuid(about->message),
                      db_uuid(about->event_row));
}
