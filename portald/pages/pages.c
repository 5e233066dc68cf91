#include "portald/pages/pages.h"

#include <stdint.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/text/template.h"

#define SUFFIX ".html.mustache"

struct Pages {
    GHashTable *by_language; /* "de" -> GHashTable of name -> Template */
};

static bool
find_template(void *templates, const char *name, const Template **ret_template,
              GError **error)
{
    (void)error;
    *ret_template = g_hash_table_lookup(templates, name);
    return true;
}

static void
free_template(void *template)
{
    template_free(template);
}

static void
unref_table(void *table)
{
    g_hash_table_unref(table);
}

static bool
compile(Pages *pages, const Texts *texts, const char *file, struct slice source,
        GError **error)
{
    for (const char *const *language = texts_languages(texts); *language; language++) {
        g_autofree char *text = texts_translate(texts, *language, source);
        g_autofree char *where = g_strdup_printf("%s (%s)", file, *language);
        Template *template = template_compile(slice_from(text), where, error);
        if (!template)
            return false;
        char *name = g_strndup(file, strlen(file) - strlen(SUFFIX));
        g_hash_table_insert(g_hash_table_lookup(pages->by_language, *language), name,
                            template);
    }
    return true;
}

static bool
load_page(Pages *pages, const Texts *texts, const char *folder, const char *file,
          GError **error)
{
    g_autofree char *path = g_build_filename(folder, file, NULL);
    g_autofree char *source = NULL;
    gsize n = 0;

    if (!g_file_get_contents(path, &source, &n, NULL))
        return error_set(error, ERR_MISSING, "%s can't be read", path);
    return compile(pages, texts, file, (struct slice){ source, n }, error);
}

static bool
load_folder(Pages *pages, const Texts *texts, const char *folder, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

    if (!dir)
        return error_set(error, ERR_MISSING, "%s can't be read", folder);
    for (const char *file; (file = g_dir_read_name(dir));)
        if (g_str_has_suffix(file, SUFFIX)
            && !load_page(pages, texts, folder, file, error))
            return false;
    return true;
}

/* Add an example's keys to the document; a file that is not there adds none. */
static bool
add_example(json_t *document, const char *folder, const char *name, GError **error)
{
    g_autofree char *file = g_strconcat(name, ".json", NULL);
    g_autofree char *path = g_build_filename(folder, file, NULL);
    json_error_t where;

    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return true;
    g_autoptr(json_t) example = json_load_file(path, 0, &where);
    if (!example)
        return error_set(error, ERR_REJECT, "%s:%d: %s", path, where.line, where.text);
    return json_object_update(document, example) == 0
           || error_set(error, ERR_REJECT, "%s: an object is expected", path);
}

static bool
check_page(GHashTable *templates, const char *name, const char *folder, GError **error)
{
    const struct template_partials partials = { find_template, templates };
    g_autoptr(json_t) document = json_object();

    if (!add_example(document, folder, "document", error)
        || !add_example(document, folder, name, error))
        return false;
    const struct template_input input = { document, TEMPLATE_HTML, &partials };
    return template_check_names(g_hash_table_lookup(templates, name), &input, error);
}

static bool
check_pages(const Pages *pages, const char *folder, GError **error)
{
    GHashTableIter languages, templates;
    void *table, *name;

    g_hash_table_iter_init(&languages, pages->by_language);
    while (g_hash_table_iter_next(&languages, NULL, &table)) {
        g_hash_table_iter_init(&templates, table);
        while (g_hash_table_iter_next(&templates, &name, NULL))
            if (!check_page(table, name, folder, error))
                return false;
    }
    return true;
}

Pages *
pages_load(const char *directory, const Texts *texts, GError **error)
{
    g_autoptr(Pages) pages = g_new0(Pages, 1);
    g_autofree char *folder = g_build_filename(directory, "pages", NULL);

    pages->by_language =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, unref_table);
    for (const char *const *language = texts_languages(texts); *language; language++)
        g_hash_table_insert(
            pages->by_language, g_strdup(*language),
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_template));
    if (!load_folder(pages, texts, folder, error) || !check_pages(pages, folder, error))
        return NULL;
    return g_steal_pointer(&pages);
}

void
pages_free(Pages *pages)
{
    if (!pages)
        return;
    g_hash_table_unref(pages->by_language);
    g_free(pages);
}

GString *
pages_render(const Pages *pages, const char *language, const char *name,
             const json_t *document, GError **error)
{
    GHashTable *templates = g_hash_table_lookup(pages->by_language, language);
    const Template *template = templates ? g_hash_table_lookup(templates, name) : NULL;
    if (!template) {
        error_set(error, ERR_BUG, "there is no page %s", name);
        return NULL;
    }
    const struct template_partials partials = { find_template, templates };
    const struct template_input input = { document, TEMPLATE_HTML, &partials };
    return template_render(template, &input, NULL, error);
}
