/* brand: GET, POST /admin/brand: how the portal looks; and what serves it: /brand.css,
   /brand/logo, /manifest.webmanifest. */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/admin/admin.h"
#include "portald/api/change.h"
#include "portald/auth/audit.h"
#include "portald/auth/scope.h"
#include "portald/http/assets.h"
#include "portald/pages/colour.h"
#include "portald/pages/frame.h"
#include "portald/pages/page.h"

/* --- the form --------------------------------------------------------------------- */

struct brand {
    const struct request *request;
    const char *title, *accent, *welcome;
    json_t *features;
    const struct form_file *logo;
    const char *logo_type;
    bool remove_logo;
};

/* What a picture is, by its first bytes; NULL: none that every browser shows. */
static const char *
picture_type(struct slice content)
{
    static const struct {
        const char *type, *magic;
        size_t n, at;
    } kinds[] = {
        { "image/png", "\x89PNG\r\n\x1a\n", 8, 0 },
        { "image/jpeg", "\xff\xd8\xff", 3, 0 },
        { "image/webp", "WEBP", 4, 8 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (content.n >= kinds[i].at + kinds[i].n
            && memcmp(content.p + kinds[i].at, kinds[i].magic, kinds[i].n) == 0)
            return kinds[i].type;
    return NULL;
}

static const struct form_file *
file_of(const struct request *request, const char *field)
{
    for (guint i = 0; request->form && i < request->form->files->len; i++) {
        const struct form_file *file =
            &g_array_index(request->form->files, struct form_file, i);
        if (strcmp(file->field, field) == 0)
            return file;
    }
    return NULL;
}

static json_t *
features_of(const struct request *request)
{
    json_t *features = json_object();

    for (const char *const *name = frame_features; *name; name++) {
        g_autofree char *field = g_strconcat("feature_", *name, NULL);
        json_object_set_new(features, *name,
                            json_boolean(request_field(request, field) != NULL));
    }
    return features;
}

/* What is wrong, a msgid, and with which field; NULL: nothing. */
static const char *
judge(const struct brand *brand, const char **ret_field)
{
    struct colour colour;

    *ret_field = "title";
    if (!*brand->title || g_utf8_strlen(brand->title, -1) > LIMIT_NAME_CHARS)
        return "A title is needed, of at most 200 characters.";
    *ret_field = "accent";
    if (*brand->accent && !colour_parse(brand->accent, &colour))
        return "The colour must be written like #3b82f6.";
    *ret_field = "welcome";
    if (g_utf8_strlen(brand->welcome, -1) > LIMIT_WELCOME_CHARS)
        return "The welcome text is too long.";
    *ret_field = "logo";
    if (brand->logo && brand->logo->content.n > LIMIT_LOGO_BYTES)
        return "The logo must be smaller than 200 kB.";
    if (brand->logo && !brand->logo_type)
        return "The logo must be a PNG, JPEG or WebP picture.";
    return NULL;
}

static json_t *
set_features(const json_t *set, bool by_default)
{
    json_t *features = json_object();

    for (const char *const *name = frame_features; *name; name++) {
        const json_t *value = json_object_get(set, *name);
        json_object_set_new(features, *name,
                            json_boolean(value ? json_is_true(value) : by_default));
    }
    return features;
}

/* The form with what is stored, or was typed, and the state that it is about. */
static json_t *
form_document(const struct request *request, const struct brand *typed, GError **error)
{
    g_autofree char *text = request_document(request, SQL_BRAND_READ, error);
    g_autoptr(json_t) stored = text ? json_loads(text, 0, NULL) : NULL;

    if (!stored)
        return NULL;
    g_autofree char *version = reply_etag(text);
    const char *accent = json_string_value(json_object_get(stored, "accent"));
    return json_pack(
        "{s:{s:s, s:s, s:s, s:o}, s:s, s:b, s:s}", "form", "title",
        typed ? typed->title : json_string_value(json_object_get(stored, "title")),
        "accent",
        typed    ? typed->accent
        : accent ? accent
                 : "",
        "welcome",
        typed ? typed->welcome : json_string_value(json_object_get(stored, "welcome")),
        "features",
        typed ? set_features(typed->features, false)
              : set_features(json_object_get(stored, "features"), true),
        "version", version, "is_outdated", 0, "stored_url", "/admin/brand");
}

/* As the form saw it; who asks first keeps the others waiting. */
static bool
check_state(DbTx *tx, const struct brand *brand, GError **error)
{
    if (!change_is_conditional(brand->request))
        return true;
    if (!db_execute(tx, SQL_BRAND_LOCK, NULL, error))
        return false;
    g_autoptr(DbRows) rows = db_query(tx, SQL_BRAND_READ, error);
    return rows && change_check(brand->request, db_get_text(rows, 0, 0), error);
}

static bool
store(DbTx *tx, void *data, GError **error)
{
    const struct brand *brand = data;
    g_autofree char *features = json_dumps(brand->features, JSON_COMPACT);
    struct uuid nobody = { { 0 } };

    if (!check_state(tx, brand, error)
        || !db_execute(tx, SQL_BRAND_SET, NULL, error, db_text(brand->title),
                       db_text(*brand->accent ? brand->accent : NULL),
                       db_text(brand->welcome), db_text(features)))
        return false;
    if (brand->remove_logo && !db_execute(tx, SQL_BRAND_REMOVE_LOGO, NULL, error))
        return false;
    if (brand->logo
        && !db_execute(tx, SQL_BRAND_SET_LOGO, NULL, error, db_text(brand->logo_type),
                       db_bytes(brand->logo->content)))
        return false;
    return audit_add(tx, brand->request, nobody, "brand", NULL, error);
}

static const char *
field_or_empty(const struct request *request, const char *name)
{
    const char *value = request_field(request, name);
    return value ? value : "";
}

static Reply *
brand_get(const struct request *request, GError **error)
{
    return admin_page(request, "admin_brand", form_document(request, NULL, error), NULL,
                      NULL, error);
}

/* A picture that came along has to be chosen again: browsers fill no file in. */
static Reply *
show_outdated(const struct request *request, const struct brand *typed, GError **error)
{
    json_t *document = form_document(request, typed, error);

    if (document)
        json_object_set_new(document, "is_outdated", json_true());
    Reply *reply = admin_page(request, "admin_brand", document, NULL, NULL, error);
    if (reply)
        reply->status = 412;
    return reply;
}

static Reply *
brand_post(const struct request *request, GError **error)
{
    g_autoptr(json_t) features = features_of(request);
    struct brand brand = { .request = request,
                           .title = field_or_empty(request, "title"),
                           .accent = field_or_empty(request, "accent"),
                           .welcome = field_or_empty(request, "welcome"),
                           .features = features,
                           .logo = file_of(request, "logo"),
                           .remove_logo = request_field(request, "remove_logo") != NULL };
    const char *field = NULL;
    g_autoptr(GError) problem = NULL;

    brand.logo_type = brand.logo ? picture_type(brand.logo->content) : NULL;
    const char *flaw = judge(&brand, &field);
    if (flaw)
        return admin_page(request, "admin_brand", form_document(request, &brand, error),
                          field, flaw, error);
    if (request_transact(request, store, &brand, &problem))
        return reply_see_other("/admin/brand?done=saved");
    if (error_is(problem, ERR_OUTDATED))
        return show_outdated(request, &brand, error);
    g_propagate_error(error, g_steal_pointer(&problem));
    return NULL;
}

/* --- what serves it --------------------------------------------------------------- */

static void
keep_for_a_while(Reply *reply)
{
    reply_set(reply, "Cache-Control", "public, max-age=3600");
    reply_set(reply, "Vary", "Host");
}

static Reply *
css_get(const struct request *request, GError **error)
{
    g_autoptr(json_t) frame = frame_read(request);
    g_autofree char *css = frame_css(frame);
    Reply *reply = reply_text(200, "text/css; charset=utf-8", css);

    (void)error;
    keep_for_a_while(reply);
    return reply;
}

static Reply *
logo_get(const struct request *request, GError **error)
{
    g_autoptr(DbTx) tx = request_begin(request, true, error);
    g_autoptr(DbRows) rows = tx ? db_query(tx, SQL_BRAND_LOGO, error) : NULL;

    if (!rows)
        return NULL;
    if (db_rows_count(rows) == 0) {
        error_set(error, ERR_MISSING, "there is no logo");
        return NULL;
    }
    struct slice content = db_get_bytes(rows, 0, 1);
    g_autoptr(GBytes) body = g_bytes_new(content.p, content.n);
    Reply *reply = reply_new(200, db_get_text(rows, 0, 0), body);
    keep_for_a_while(reply);
    return reply;
}

static json_t *
icon(const char *directory, const char *name, const char *sizes, const char *purpose)
{
    g_autofree char *src = g_strconcat(directory, "/", name, NULL);
    const char *type = g_str_has_suffix(name, ".svg") ? "image/svg+xml" : "image/png";
    return json_pack("{s:s, s:s, s:s, s:s}", "src", src, "type", type, "sizes", sizes,
                     "purpose", purpose);
}

/* The tenant's logo in the place of our picture; our masks would show us beside it. */
static json_t *
icons_of(const struct request *request, const json_t *brand)
{
    const char *directory = assets_path(site_assets(request->site));
    const char *logo = json_string_value(json_object_get(brand, "logo_url"));

    if (json_is_true(json_object_get(brand, "has_logo")))
        return json_pack("[{s:s, s:s, s:s}]", "src", logo, "sizes", "any", "purpose",
                         "any");
    return json_pack("[o, o, o, o, o]", icon(directory, "favicon.svg", "any", "any"),
                     icon(directory, "icon-192.png", "192x192", "any"),
                     icon(directory, "icon-512.png", "512x512", "any"),
                     icon(directory, "icon-maskable-192.png", "192x192", "maskable"),
                     icon(directory, "icon-maskable-512.png", "512x512", "maskable"));
}

/* What a browser asks that puts the portal beside its own programs (W3C, Web Application
   Manifest). */
static Reply *
manifest_get(const struct request *request, GError **error)
{
    g_autoptr(json_t) frame = frame_read(request);
    g_autoptr(json_t) brand = frame_brand(frame);
    const char *accent = json_string_value(json_object_get(frame, "accent"));
    json_t *title = json_object_get(frame, "title");
    g_autoptr(json_t) manifest =
        json_pack("{s:s, s:O, s:O, s:s, s:s, s:s, s:s, s:s, s:o}", "id", "/", "name",
                  title, "short_name", title, "start_url", "/", "scope", "/", "display",
                  "standalone", "background_color", "#f8fafc", "theme_color",
                  accent ? accent : "#2563eb", "icons", icons_of(request, brand));
    g_autofree char *text = json_dumps(manifest, JSON_INDENT(1));
    Reply *reply = reply_text(200, "application/manifest+json", text);

    (void)error;
    keep_for_a_while(reply);
    return reply;
}

static const struct route routes[] = {
    { HTTP_GET, "/admin/brand", WHO_ADMIN, brand_get, 0, NULL },
    { HTTP_POST, "/admin/brand", WHO_ADMIN, brand_post,
      LIMIT_LOGO_BYTES + LIMIT_SMALL_FORM_BYTES, NULL },
    { HTTP_GET, "/brand.css", WHO_ANYBODY, css_get, 0, NULL },
    { HTTP_GET, "/brand/logo", WHO_ANYBODY, logo_get, 0, NULL },
    { HTTP_GET, "/manifest.webmanifest", WHO_ANYBODY, manifest_get, 0, NULL },
};
const struct route_table admin_brand_routes = { routes, G_N_ELEMENTS(routes) };
