/* choices: /admin/form: what the form of a new ticket offers: the categories, and the
   tenant's own fields. Both are lists in tenants.settings; what is retired stays in them, so
   that old tickets are read as they were written. */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/admin/admin.h"
#include "portald/api/change.h"
#include "portald/auth/audit.h"
#include "portald/auth/scope.h"
#include "portald/pages/page.h"
#include "portald/pages/texts.h"

static const char *const types[] = {
    "text", "number", "select", "checkbox", "date", NULL
};

/* One of the two lists: its name in the path, in the settings, in the record. */
static const struct kind {
    const char *path, *list, *record;
    bool is_field;
} kinds[] = {
    { "categories", "categories", "category", false },
    { "fields", "custom_fields", "field", true },
};

struct choice_form {
    const struct request *request;
    const struct kind *kind;
    const char *key; /* of the one that is changed; NULL: a new one */
    json_t *item;    /* as it was typed, owned */
    const char *flaw, *field;
};
typedef struct choice_form ChoiceForm;

static void
choice_form_clear(ChoiceForm *form)
{
    json_decref(form->item);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ChoiceForm, choice_form_clear)

static const struct kind *
kind_of(const struct request *request, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(request->params[0], kinds[i].path) == 0)
            return &kinds[i];
    error_set(error, ERR_MISSING, "there is nothing here");
    return NULL;
}

static const char *
typed(const struct request *request, const char *name)
{
    const char *value = request_field(request, name);
    return value ? value : "";
}

static bool
wrong(ChoiceForm *form, const char *field, const char *flaw)
{
    form->field = field;
    form->flaw = flaw;
    return false;
}

static const char *
key_of(const json_t *item)
{
    const char *key = json_string_value(json_object_get(item, "key"));
    return key ? key : "";
}

/* Where it stands in the list; its size when it isn't there. */
static size_t
place_of(const json_t *list, const char *key)
{
    size_t i;
    json_t *item;

    json_array_foreach(list, i, item) if (strcmp(key_of(item), key) == 0) return i;
    return json_array_size(list);
}

/* --- what was handed in ------------------------------------------------------------- */

/* A name that programs use: it stands in paths, in JSON and as a form's field. */
static bool
is_key(const char *key)
{
    size_t n = strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return g_ascii_islower(*key) && n <= LIMIT_CHOICE_KEY_CHARS && key[n] == '\0';
}

static bool
read_labels(ChoiceForm *form)
{
    const char *const *language = texts_languages(site_texts(form->request->site));
    json_t *labels = json_object();
    bool fits = true;

    json_object_set_new(form->item, "labels", labels);
    for (; *language; language++) {
        g_autofree char *name = g_strconcat("label.", *language, NULL);
        g_autofree char *label = g_strstrip(g_strdup(typed(form->request, name)));
        fits &= g_utf8_strlen(label, -1) <= LIMIT_CHOICE_LABEL_CHARS;
        if (*label)
            json_object_set_new(labels, *language, json_string(label));
    }
    return (fits && json_object_size(labels) > 0)
           || wrong(
               form, "label.en",
               "A label is needed in one language at least, of at most 100 characters.");
}

/* One a line; blank ones and what is there twice are left out. */
static json_t *
read_options(const char *text, bool *ret_fits)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    json_t *options = json_array();
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    *ret_fits = true;
    for (char **line = lines; *line; line++) {
        g_strstrip(*line);
        *ret_fits &= g_utf8_strlen(*line, -1) <= LIMIT_CHOICE_LABEL_CHARS;
        if (**line && g_hash_table_add(seen, *line))
            json_array_append_new(options, json_string(*line));
    }
    *ret_fits &= json_array_size(options) <= LIMIT_CHOICES;
    return options;
}

static bool
read_field(ChoiceForm *form)
{
    const struct request *r = form->request;
    const char *type = typed(r, "type");
    bool fits = false;
    json_t *options = read_options(typed(r, "options"), &fits);

    json_object_set_new(form->item, "options", options);
    json_object_set_new(form->item, "type", json_string(type));
    json_object_set_new(form->item, "required",
                        json_boolean(request_field(r, "required") != NULL));
    json_object_set_new(form->item, "visible_to_customer",
                        json_boolean(request_field(r, "visible") != NULL));
    if (!g_strv_contains(types, type))
        return wrong(form, "type", "This can’t be chosen.");
    if (!fits)
        return wrong(form, "options",
                     "At most 100 options, of at most 100 characters each.");
    return strcmp(type, "select") != 0 || json_array_size(options) > 0
           || wrong(form, "options", "Write what can be chosen, one on each line.");
}

static bool
read_form(ChoiceForm *form)
{
    const struct request *r = form->request;

    form->item = json_object();
    json_object_set_new(form->item, "key",
                        json_string(form->key ? form->key : typed(r, "key")));
    json_object_set_new(form->item, "retired",
                        json_boolean(form->key && !request_field(r, "offered")));
    /* All is read before it is judged: the form shows what was typed. */
    bool is_field = !form->kind->is_field || read_field(form);
    bool has_labels = read_labels(form);
    if (!form->key && !is_key(key_of(form->item)))
        return wrong(form, "key",
                     "The name must be small letters, digits and _, at most 40, a letter "
                     "first.");
    return has_labels && is_field;
}

/* --- pages -------------------------------------------------------------------------- */

/* [{name, id, value}]: a label's fields, the portal's own languages. */
static json_t *
label_fields(const struct request *request, const json_t *item)
{
    const char *const *language = texts_languages(site_texts(request->site));
    json_t *fields = json_array();

    for (; *language; language++) {
        const char *value = json_string_value(
            json_object_get(json_object_get(item, "labels"), *language));
        g_autofree char *id = g_strconcat("label.", *language, NULL);
        if (!value && strcmp(*language, "en") == 0)
            value = json_string_value(json_object_get(item, "label"));
        json_array_append_new(fields, json_pack("{s:s, s:s, s:s, s:s}", "language",
                                                *language, "id", id, "dir",
                                                texts_is_rtl(*language) ? "rtl" : "ltr",
                                                "value", value ? value : ""));
    }
    return fields;
}

/* What the reader calls it. */
static const char *
label_of(const struct request *request, const json_t *item)
{
    json_t *labels = json_object_get(item, "labels");
    const char *label = json_string_value(
        json_object_get(labels, request->caller.locale ? request->caller.locale : "en"));
    if (!label)
        label = json_string_value(json_object_get(item, "label"));
    if (!label || !*label)
        label = json_string_value(json_object_get(labels, "en"));
    return label && *label ? label : key_of(item);
}

static json_t *
type_flags(const json_t *item)
{
    const char *type = json_string_value(json_object_get(item, "type"));
    json_t *is = json_object();

    for (const char *const *name = types; *name; name++)
        json_object_set_new(is, *name, json_boolean(type && strcmp(type, *name) == 0));
    return is;
}

static void
dress_list(const struct request *request, json_t *document, const struct kind *kind)
{
    json_t *item, *list = json_object_get(document, kind->list);
    size_t i;

    json_array_foreach(list, i, item)
    {
        g_autofree char *key = g_uri_escape_string(key_of(item), NULL, false);
        g_autofree char *path = g_strdup_printf("/admin/form/%s/%s", kind->path, key);
        json_object_set_new(item, "path", json_string(path));
        json_object_set_new(item, "text", json_string(label_of(request, item)));
        json_object_set_new(item, "is_first", json_boolean(i == 0));
        json_object_set_new(item, "type_is", type_flags(item));
    }
}

static Reply *
show_list(const struct request *request, GError **error)
{
    json_t *document = admin_read(request, SQL_ADMIN_CHOICES, DB_BINDS(), error);

    if (document) {
        for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
            dress_list(request, document, &kinds[i]);
        json_object_set_new(
            document, "has_fields",
            json_boolean(json_array_size(json_object_get(document, "custom_fields"))
                         > 0));
    }
    return admin_page(request, "admin_form", document, NULL, NULL, error);
}

static char *
lines_of(const json_t *options)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    json_t *option;
    size_t i;

    json_array_foreach(options, i, option) g_string_append_printf(
        lines, "%s\n", json_is_string(option) ? json_string_value(option) : "");
    return g_string_free(g_steal_pointer(&lines), FALSE);
}

static json_t *
form_document(const ChoiceForm *form, const json_t *item, const char *version)
{
    g_autofree char *options = lines_of(json_object_get(item, "options"));

    return json_pack(
        "{s:b, s:b, s:s, s:s, s:s, s:o, s:o, s:s, s:b, s:b, s:b, s:s, s:b, s:s}",
        "is_field", form->kind->is_field, "is_new", form->key == NULL, "key",
        key_of(item), "heading", form->key ? label_of(form->request, item) : "", "action",
        form->request->path, "labels", label_fields(form->request, item), "type_is",
        type_flags(item), "options", options, "required",
        json_is_true(json_object_get(item, "required")), "visible",
        !form->key || json_is_true(json_object_get(item, "visible_to_customer")),
        "offered", !json_is_true(json_object_get(item, "retired")), "version", version,
        "is_outdated", 0, "stored_url", form->request->path);
}

/* The form as it is stored, or was typed. */
static Reply *
show_form(const ChoiceForm *form, bool is_outdated, GError **error)
{
    g_autofree char *text = request_document(form->request, SQL_ADMIN_CHOICES, error);
    g_autoptr(json_t) stored = text ? json_loads(text, 0, NULL) : NULL;
    const json_t *list = json_object_get(stored, form->kind->list);
    json_t *item = form->item;

    if (!stored)
        return NULL;
    if (!item && form->key)
        item = json_array_get(list, place_of(list, form->key));
    if (!item && form->key) {
        error_set(error, ERR_MISSING, "there is nothing of this name");
        return NULL;
    }
    g_autofree char *version = reply_etag(text);
    json_t *document = form_document(form, item, version);
    json_object_set_new(document, "is_outdated", json_boolean(is_outdated));
    Reply *reply = admin_page(form->request, "admin_choice", document, form->field,
                              form->flaw, error);
    if (reply && is_outdated)
        reply->status = 412;
    return reply;
}

/* --- changes ------------------------------------------------------------------------ */

/* At least one category stays to be chosen. */
static bool
is_offered(const json_t *list)
{
    json_t *item;
    size_t i;

    json_array_foreach(
        list, i, item) if (!json_is_true(json_object_get(item, "retired"))) return true;
    return false;
}

static bool
put(ChoiceForm *form, json_t *list)
{
    size_t place = place_of(list, key_of(form->item));
    bool found = place < json_array_size(list);

    if (!form->key && found)
        return wrong(form, "key", "There is one of this name already.");
    if (form->key && !found)
        return wrong(form, "key", "It is no longer there.");
    if (!found && place >= LIMIT_CHOICES)
        return wrong(form, "key", "There are 100 already.");
    if (found)
        json_array_set(list, place, form->item);
    else
        json_array_append(list, form->item);
    return form->kind->is_field || is_offered(list)
           || wrong(form, "offered", "One category at least must be offered.");
}

/* One place up. */
static bool
move(ChoiceForm *form, json_t *list)
{
    size_t place = place_of(list, form->key);

    if (place > 0 && place < json_array_size(list)) {
        json_t *item = json_incref(json_array_get(list, place));
        json_array_remove(list, place);
        json_array_insert_new(list, place - 1, item);
    }
    return true;
}

static bool
note(DbTx *tx, const ChoiceForm *form, GError **error)
{
    struct uuid nobody = { { 0 } };
    g_autoptr(json_t) detail =
        json_pack("{s:s}", "name", form->key ? form->key : key_of(form->item));
    g_autofree char *json = json_dumps(detail, JSON_COMPACT);
    return audit_add(tx, form->request, nobody, form->kind->record, json, error);
}

static bool
store(DbTx *tx, void *data, GError **error)
{
    ChoiceForm *form = data;

    if (!db_execute(tx, SQL_BRAND_LOCK, NULL, error))
        return false;
    g_autoptr(DbRows) rows = db_query(tx, SQL_ADMIN_CHOICES, error);
    if (!rows
        || (form->item && !change_check(form->request, db_get_text(rows, 0, 0), error)))
        return false;
    g_autoptr(json_t) stored = json_loads(db_get_text(rows, 0, 0), 0, NULL);
    json_t *list = json_object_get(stored, form->kind->list);
    if (!(form->item ? put(form, list) : move(form, list)))
        return error_set(error, ERR_CONFLICT, "the form is not as it must be");
    g_autofree char *json = json_dumps(list, JSON_COMPACT);
    return db_execute(tx, SQL_ADMIN_CHOICES_SET, NULL, error, db_text(form->kind->list),
                      db_text(json))
           && note(tx, form, error);
}

/* --- routes ------------------------------------------------------------------------- */

static Reply *
form_get(const struct request *request, GError **error)
{
    g_auto(ChoiceForm) form = { .request = request,
                                .kind = kind_of(request, error),
                                .key = request->params[1] };
    return form.kind ? show_form(&form, false, error) : NULL;
}

static Reply *
form_post(const struct request *request, GError **error)
{
    g_auto(ChoiceForm) form = { .request = request,
                                .kind = kind_of(request, error),
                                .key = request->params[1] };
    g_autoptr(GError) problem = NULL;

    if (!form.kind)
        return NULL;
    if (!read_form(&form))
        return show_form(&form, false, error);
    if (request_transact(request, store, &form, &problem))
        return reply_see_other("/admin/form?done=saved");
    if (form.flaw || error_is(problem, ERR_OUTDATED))
        return show_form(&form, !form.flaw, error);
    g_propagate_error(error, g_steal_pointer(&problem));
    return NULL;
}

static Reply *
move_post(const struct request *request, GError **error)
{
    g_auto(ChoiceForm) form = { .request = request,
                                .kind = kind_of(request, error),
                                .key = request->params[1] };

    return form.kind && request_transact(request, store, &form, error)
               ? reply_see_other("/admin/form?done=saved")
               : NULL;
}

static const struct route routes[] = {
    { HTTP_GET, "/admin/form", WHO_ADMIN, show_list, 0, NULL },
    { HTTP_GET, "/admin/form/{kind}", WHO_ADMIN, form_get, 0, NULL },
    { HTTP_POST, "/admin/form/{kind}", WHO_ADMIN, form_post, LIMIT_SMALL_FORM_BYTES,
      NULL },
    { HTTP_GET, "/admin/form/{kind}/{key}", WHO_ADMIN, form_get, 0, NULL },
    { HTTP_POST, "/admin/form/{kind}/{key}", WHO_ADMIN, form_post, LIMIT_SMALL_FORM_BYTES,
      NULL },
    { HTTP_POST, "/admin/form/{kind}/{key}/up", WHO_ADMIN, move_post,
      LIMIT_SMALL_FORM_BYTES, NULL },
};
const struct route_table admin_choice_routes = { routes, G_N_ELEMENTS(routes) };
