#include "portald/pages/frame.h"

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/store/statements.h"
#include "portald/auth/scope.h"
#include "portald/pages/colour.h"

const char *const frame_features[] = { "messages", "rating",      "escalation",
                                       "sign_up",  "attachments", NULL };

static json_t *
stored(const struct request *request)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;

    if (!uuid_is_nil(request->caller.tenant))
        text = request_document(request, SQL_PAGE_FRAME, &error, db_int(LIMIT_BADGE + 1));
    if (error)
        log_warning("page without its frame", log_error_field(error));
    json_t *frame = text ? json_loads(text, 0, NULL) : NULL;
    return frame ? frame : json_object();
}

/* Every feature by name, on unless it was switched off. */
static json_t *
all_features(const json_t *set)
{
    json_t *features = json_object();

    for (const char *const *name = frame_features; *name; name++)
        json_object_set_new(features, *name,
                            json_boolean(!json_is_false(json_object_get(set, *name))));
    return features;
}

json_t *
frame_read(const struct request *request)
{
    json_t *frame = stored(request);
    const char *title = request->caller.tenant_title;

    if (!json_is_string(json_object_get(frame, "title")))
        json_object_set_new(frame, "title", json_string(title ? title : "Postern"));
    if (!json_is_array(json_object_get(frame, "announcements")))
        json_object_set_new(frame, "announcements", json_array());
    json_object_set_new(frame, "features",
                        all_features(json_object_get(frame, "features")));
    return frame;
}

bool
frame_check_feature(const struct request *request, const char *feature, GError **error)
{
    g_autoptr(json_t) frame = frame_read(request);

    return json_is_true(json_object_get(json_object_get(frame, "features"), feature))
           || error_set(error, ERR_MISSING, "this is not offered here");
}

char *
frame_unread(const json_t *frame)
{
    json_int_t n = json_integer_value(json_object_get(frame, "unread"));

    if (n == 0)
        return g_strdup("");
    return n > LIMIT_BADGE ? g_strdup_printf("%d+", LIMIT_BADGE)
                           : g_strdup_printf("%" JSON_INTEGER_FORMAT, n);
}

json_t *
frame_brand(const json_t *frame)
{
    const json_t *logo = json_object_get(frame, "logo");
    const char *welcome = json_string_value(json_object_get(frame, "welcome"));
    bool has_logo = json_is_integer(logo);
    const char *accent = json_string_value(json_object_get(frame, "accent"));
    g_autofree char *logo_url =
        g_strdup_printf("/brand/logo?v=%" JSON_INTEGER_FORMAT, json_integer_value(logo));
    g_autofree char *css_url =
        g_strdup_printf("/brand.css?v=%s", accent ? accent + 1 : "");

    return json_pack("{s:O, s:b, s:s, s:s, s:s, s:O}", "title",
                     json_object_get(frame, "title"), "has_logo", has_logo, "logo_url",
                     has_logo ? logo_url : "", "css_url", accent ? css_url : "",
                     "welcome", welcome ? welcome : "", "features",
                     json_object_get(frame, "features"));
}

char *
frame_css(const json_t *frame)
{
    static const struct colour light = { 0xff, 0xff, 0xff }, dark = { 0x1e, 0x29, 0x3b };
    const char *accent = json_string_value(json_object_get(frame, "accent"));
    char fill[COLOUR_TEXT_SIZE], on[COLOUR_TEXT_SIZE], day[COLOUR_TEXT_SIZE],
        night[COLOUR_TEXT_SIZE];
    struct colour colour;

    if (!accent || !colour_parse(accent, &colour))
        return g_strdup("");
    return g_strdup_printf(
        ":root { --brand-fill: %s; --brand-on-fill: %s; --brand-link: %s; }\n"
        "@supports (color: light-dark(white, black)) {\n"
        "    :root { --brand-link: light-dark(%s, %s); }\n}\n",
        colour_format(colour, fill), colour_format(colour_on(colour), on),
        colour_format(colour_readable(colour, light), day), day,
        colour_format(colour_readable(colour, dark), night));
}
