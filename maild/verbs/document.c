#include "maild/verbs/document.h"

#include "common/base/clock.h"

json_t *
document_parse(const char *text)
{
    json_t *document = json_loads(text, 0, NULL);
    if (!document)
        g_error("the database returned no JSON");
    return document;
}

const char *
document_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

long long
document_number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static char *
span(int64_t us)
{
    static const struct {
        int64_t unit;
        const char *name;
    } units[] = { { CLOCK_DAY, "d" }, { CLOCK_HOUR, "h" }, { CLOCK_MINUTE, "min" } };

    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        if (us >= 2 * units[i].unit)
            return g_strdup_printf("%d %s", (int)(us / units[i].unit), units[i].name);
    return g_strdup_printf("%d s", (int)(MAX(us, 0) / CLOCK_SECOND));
}

char *
document_time(const json_t *object, const char *key)
{
    const char *text = document_text(object, key);
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, utc);
    if (!time)
        return g_strdup("-");

    g_autoptr(GDateTime) shown = g_date_time_to_utc(time);
    g_autofree char *when = g_date_time_format(shown, "%Y-%m-%d %H:%M:%SZ");
    g_autofree char *ago =
        span(clock_now_us() - g_date_time_to_unix(time) * CLOCK_SECOND);
    return g_strdup_printf("%s, %s ago", when, ago);
}

char *
document_safe(const char *text)
{
    char *safe = g_utf8_make_valid(text, -1);
    for (char *c = safe; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?';
    return safe;
}
