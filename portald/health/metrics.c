#include "portald/health/metrics.h"

#include "common/base/autoptr.h"
#include "common/base/log.h"
#include "common/store/statements.h"

/* A number becomes a gauge, an object of numbers a gauge with a label. */
static void
append_figure(GString *text, const char *name, const json_t *value)
{
    const char *state;
    json_t *number;

    g_string_append_printf(text, "# TYPE postern_%s gauge\n", name);
    if (json_is_number(value))
        g_string_append_printf(text, "postern_%s %.17g\n", name,
                               json_number_value(value));
    json_object_foreach((json_t *)(uintptr_t)value, state, number) g_string_append_printf(
        text, "postern_%s{state=\"%s\"} %.17g\n", name, state, json_number_value(number));
}

static bool
append_desk(GString *text, Site *site, GError **error)
{
    Db *db = site_db(site, error);
    g_autoptr(DbRows) rows = db ? db_call(db, SQL_DESK_FIGURES, error) : NULL;
    if (!rows)
        return false;

    g_autoptr(json_t) figures = json_loads(db_get_text(rows, 0, 0), 0, NULL);
    const char *name;
    json_t *value;
    json_object_foreach(figures, name, value) append_figure(text, name, value);
    return true;
}

/* Without the database there is still something to say: that it is away. */
Reply *
metrics_get(const struct request *request, GError **error)
{
    g_autofree char *own = site_format_figures(request->site);
    g_autoptr(GString) text = g_string_new(own);
    g_autoptr(GError) away = NULL;

    (void)error;
    bool there = append_desk(text, request->site, &away);
    if (!there)
        log_warning("database away", log_error_field(away));
    g_string_append_printf(text,
                           "# TYPE postern_database_up gauge\n"
                           "postern_database_up %d\n",
                           there);
    return reply_text(200, "text/plain; version=0.0.4; charset=utf-8", text->str);
}
