#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/text/template_view.h"

#define SUFFIX ".mustache"
#define TREE_DEPTH 6 /* tenants/<tenant>/mail/<locale>/partials/<file> */

struct loading {
    TemplateSet *set;
    const char *directory;
    GPtrArray *paths; /* of files, relative to the directory, sorted when all are there */
    GPtrArray *wrong; /* lines */
};

/* What a path says. Borrows from `parts`, but for the locale, which is lower case. */
typedef struct place {
    char **parts;
    const char *tenant;
    char *locale;     /* NULL: common to all */
    const char *file; /* without suffix */
    bool partial;
} place;

static void
place_clear(place *p)
{
    g_strfreev(p->parts);
    g_free(p->locale);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(place, place_clear)

static void wrong(struct loading *loading, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* What is wrong as seen by one tenant is mostly so for all: each line stands once. */
static void
wrong(struct loading *loading, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *line = g_strdup_vprintf(format, args);
    va_end(args);
    if (!g_ptr_array_find_with_equal_func(loading->wrong, line, g_str_equal, NULL))
        g_ptr_array_add(loading->wrong, g_steal_pointer(&line));
}

/* [tenants/TENANT/]mail/[LOCALE/][partials/]FILE; false for any other path. */
static bool
read_place(const char *path, place *ret)
{
    ret->parts = g_strsplit(path, "/", -1);
    char **at = ret->parts;
    size_t left = g_strv_length(at);
    if (left > 2 && strcmp(at[0], "tenants") == 0) {
        ret->tenant = at[1];
        at += 2;
        left -= 2;
    }
    if (left < 2 || left > 4 || strcmp(at[0], "mail") != 0)
        return false;
    ret->partial = left > 2 && strcmp(at[left - 2], "partials") == 0;
    if (left - ret->partial == 3)
        ret->locale = g_ascii_strdown(at[1], -1);
    ret->file = at[left - 1];
    at[left - 1][strlen(ret->file) - strlen(SUFFIX)] = '\0';
    return ret->partial || (left == 3 && ret->locale);
}

/* The path under which the set keeps it: without suffix, the locale in lower case. */
static char *
key_of(const place *p)
{
    return g_strconcat(p->tenant ? "tenants/" : "", p->tenant ? p->tenant : "",
                       p->tenant ? "/" : "", "mail/", p->locale ? p->locale : "",
                       p->locale ? "/" : "", p->partial ? "partials/" : "", p->file,
                       NULL);
}

static void
list_files(struct loading *loading, const char *folder, int depth)
{
    g_autofree char *full = g_build_filename(loading->directory, folder, NULL);
    g_autoptr(GDir) dir = g_dir_open(full, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autofree char *whole = g_build_filename(full, name, NULL);
        if (name[0] == '.')
            continue;
        if (g_file_test(whole, G_FILE_TEST_IS_DIR) && depth > 1)
            list_files(loading, path, depth - 1);
        else if (g_str_has_suffix(name, SUFFIX))
            g_ptr_array_add(loading->paths, g_steal_pointer(&path));
    }
}

static void
load_file(struct loading *loading, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_auto(place) p = { 0 };
    g_autofree char *full = g_build_filename(loading->directory, path, NULL);
    g_autofree char *source = NULL;
    gsize n = 0;
    if (!read_place(path, &p)) {
        wrong(loading, "%s: a template stands in mail/<locale>/ or a folder partials",
              path);
        return;
    }
    if (!g_file_get_contents(full, &source, &n, &error)) {
        wrong(loading, "%s: %s", path, error->message);
        return;
    }
    Template *made = template_compile((struct slice){ source, n }, path, &error);
    if (made)
        g_hash_table_insert(loading->set->templates, key_of(&p), made);
    else
        wrong(loading, "%s", error->message);
}

/* The event and the kind of a file's name; false if it is none. */
static bool
read_name(const char *file, char **ret_event, size_t *ret_kind)
{
    const char *dot = strrchr(file, '.');
    g_autofree char *event = g_strndup(file, dot ? (size_t)(dot - file) : 0);
    if (!dot || !template_set_knows(event))
        return false;
    for (size_t i = 0; i < TEMPLATE_KINDS; i++)
        if (strcmp(template_kinds[i].name, dot + 1) == 0) {
            *ret_event = g_steal_pointer(&event);
            *ret_kind = i;
            return true;
        }
    return false;
}

/* Its names, and that it renders with the example: a subject of two lines shows here. */
static void
check_template(struct loading *loading, const char *key, size_t kind, const char *tenant,
               const char *locale)
{
    g_autoptr(GError) error = NULL;
    const Template *template = g_hash_table_lookup(loading->set->templates, key);
    g_auto(template_view) view = template_view_make(loading->set, tenant, locale);
    view.kind = template_kinds[kind].name;
    const struct template_partials partials = { template_view_partial, &view };
    const struct template_input input = { loading->set->document,
                                          template_kinds[kind].mode, &partials };
    GString *text = template_check_names(template, &input, &error)
                        ? template_render(template, &input, NULL, &error)
                        : NULL;
    if (text)
        g_string_free(text, TRUE);
    else
        wrong(loading, "%s", error->message);
}

/* A tenant's partials change what our templates become: all of them are checked again,
   as that tenant sees them. */
static void
check_for_tenants(struct loading *loading, const char *key, size_t kind,
                  const char *locale, GHashTable *tenants)
{
    GHashTableIter iter;
    void *tenant = NULL;
    g_hash_table_iter_init(&iter, tenants);
    while (g_hash_table_iter_next(&iter, &tenant, NULL)) {
        g_autofree char *own = g_strdup_printf("tenants/%s/%s", (char *)tenant, key);
        if (!g_hash_table_contains(loading->set->templates, own))
            check_template(loading, key, kind, tenant, locale);
    }
}

static void
check_file(struct loading *loading, const char *path, GHashTable *tenants)
{
    g_auto(place) p = { 0 };
    g_autofree char *event = NULL;
    size_t kind = 0;
    if (!read_place(path, &p) || p.partial)
        return;
    g_autofree char *key = key_of(&p);
    if (!read_name(p.file, &event, &kind)) {
        wrong(loading, "%s: is not <event>.{subject,txt,html}" SUFFIX " of a known event",
              path);
        return;
    }
    if (!g_hash_table_contains(loading->set->templates, key))
        return; /* did not compile */
    check_template(loading, key, kind, p.tenant, p.locale);
    if (!p.tenant)
        check_for_tenants(loading, key, kind, p.locale, tenants);
}

/* A locale of ours is there as a whole, or a mail would be half in another language. */
static void
check_locale(struct loading *loading, const char *locale)
{
    for (size_t i = 0; template_events[i]; i++)
        for (size_t k = 0; k < TEMPLATE_KINDS; k++) {
            g_autofree char *key = g_strdup_printf(
                "mail/%s/%s.%s", locale, template_events[i], template_kinds[k].name);
            g_autofree char *path = g_strconcat(key, SUFFIX, NULL);
            if (!g_hash_table_contains(loading->set->templates, key)
                && !g_ptr_array_find_with_equal_func(loading->paths, path, g_str_equal,
                                                     NULL))
                wrong(loading, "%s: is missing", path);
        }
}

static void
check_all(struct loading *loading)
{
    g_autoptr(GHashTable) tenants =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) locales =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_add(locales, g_strdup("en"));
    for (size_t i = 0; i < loading->paths->len; i++) {
        g_auto(place) p = { 0 };
        if (!read_place(loading->paths->pdata[i], &p))
            continue;
        if (p.partial && p.tenant)
            g_hash_table_add(tenants, g_strdup(p.tenant));
        if (p.locale && !p.tenant)
            g_hash_table_add(locales, g_strdup(p.locale));
    }
    for (size_t i = 0; i < loading->paths->len; i++)
        check_file(loading, loading->paths->pdata[i], tenants);

    GHashTableIter iter;
    void *locale = NULL;
    g_hash_table_iter_init(&iter, locales);
    while (g_hash_table_iter_next(&iter, &locale, NULL))
        check_locale(loading, locale);
}

static bool
load_document(struct loading *loading, GError **error)
{
    json_error_t bad;
    g_autofree char *path =
        g_build_filename(loading->directory, "mail", "document.json", NULL);
    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return error_set(error, ERR_MISSING, "%s: no templates are there", path);
    loading->set->document = json_load_file(path, JSON_REJECT_DUPLICATES, &bad);
    return loading->set->document
           || error_set(error, ERR_REJECT, "%s:%d:%d: %s", path, bad.line, bad.column,
                        bad.text);
}

static int
compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

TemplateSet *
template_set_load(const char *directory, GError **error)
{
    g_autoptr(TemplateSet) set = g_new0(TemplateSet, 1);
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    struct loading loading = { set, directory, paths, lines };
    set->templates = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                           (GDestroyNotify)template_free);
    if (!load_document(&loading, error))
        return NULL;

    list_files(&loading, "mail", TREE_DEPTH - 2);
    list_files(&loading, "tenants", TREE_DEPTH);
    g_ptr_array_sort(paths, compare_paths);
    for (size_t i = 0; i < paths->len; i++)
        load_file(&loading, paths->pdata[i]);
    check_all(&loading);
    if (lines->len == 0)
        return g_steal_pointer(&set);

    g_ptr_array_add(lines, NULL);
    g_autofree char *text = g_strjoinv("\n", (char **)lines->pdata);
    error_set(error, ERR_REJECT, "%s", text);
    return NULL;
}

void
template_set_free(TemplateSet *set)
{
    if (!set)
        return;
    g_clear_pointer(&set->templates, g_hash_table_unref);
    json_decref(set->document);
    g_free(set);
}
