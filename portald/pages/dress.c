#include "portald/pages/dress.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "portald/pages/locale.h"
#include "portald/pages/page.h"

/* Words of a fixed set: pages have a text for each. */
static const char *const flags[] = { "status", "priority", "kind", "role", "type", NULL };

static void
add(json_t *added, const char *key, const char *suffix, char *take_text)
{
    g_autofree char *name = g_strconcat(key, suffix, NULL);
    json_object_set_new(added, name, json_string(take_text));
    g_free(take_text);
}

static void
dress_time(const struct locale *locale, json_t *added, const char *key, const char *text)
{
    g_autoptr(GDateTime) when = g_date_time_new_from_iso8601(text, NULL);
    if (!when)
        return;
    int64_t at = g_date_time_to_unix(when);
    add(added, key, "_text", locale_date_time(locale, at));
    add(added, key, "_ago", locale_relative(locale, at, clock_now_us() / CLOCK_SECOND));
}

static void
dress_flag(json_t *added, const char *key, const char *word)
{
    g_autofree char *name = g_strconcat(key, "_is", NULL);
    json_t *flag = json_object();

    json_object_set_new(flag, word, json_true());
    json_object_set_new(added, name, flag);
}

static bool
is_time(const char *key)
{
    return strcmp(key, "at") == 0 || g_str_has_suffix(key, "_at");
}

static void dress_value(const struct locale *locale, json_t *value);

static void
dress_object(const struct locale *locale, json_t *object)
{
    g_autoptr(json_t) added = json_object();
    const char *key, *name = json_string_value(json_object_get(object, "name"));
    const char *address = json_string_value(json_object_get(object, "address"));
    json_t *value;

    json_object_foreach(object, key, value)
    {
        const char *text = json_string_value(value);
        if (text && is_time(key))
            dress_time(locale, added, key, text);
        else if (text && g_strv_contains(flags, key))
            dress_flag(added, key, text);
        else if (json_is_integer(value) && strcmp(key, "size") == 0)
            add(added, key, "_text",
                locale_size(locale, (uint64_t)json_integer_value(value)));
        else
            dress_value(locale, value);
    }
    if (name && address)
        add(added, "initials", "", page_initials(name, address));
    json_object_update_missing(object, added); /* what a handler said itself stays */
}

static void
dress_value(const struct locale *locale, json_t *value)
{
    json_t *item;
    size_t i;

    if (json_is_object(value))
        dress_object(locale, value);
    json_array_foreach(value, i, item) dress_value(locale, item);
}

void
dress(const struct request *request, json_t *value)
{
    const char *language = request->caller.locale;
    g_autoptr(GTimeZone) zone = locale_zone(request->caller.time_zone);
    const struct locale locale = { .texts = site_texts(request->site),
                                   .language = language ? language : "en",
                                   .zone = zone };
    dress_value(&locale, value);
}

json_t *
dress_text(const struct request *request, const char *text, GError **error)
{
    json_error_t where;
    json_t *document = json_loads(text, 0, &where);

    if (!document)
        error_set(error, ERR_BUG, "the document of a page is no JSON: %s", where.text);
    else
        dress(request, document);
    return document;
}
